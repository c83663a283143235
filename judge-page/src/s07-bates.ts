// Bates numbers, and the names of produced files. docs/protocol.md section 11, "Bates numbers and names" ([format-natives]).

import { malformed } from "./bytes.ts";

const EXTENSIONS = new Set(
  (
    "bin bmp csv dat doc docx eml gif htm html ico jpg mbox mht mhtml msg odp ods odt pdf png pnm ppt pptx " +
    "pst rtf tif tsv txt webp xls xlsb xlsx xml zip"
  ).split(" "),
);

export const batesNumber = (prefix: string, serial: number): string => `${prefix}${String(serial).padStart(7, "0")}`;

/** A prefix and at least seven digits, a number from 1. */
export function checkBates(text: string): string {
  const found = /^([A-Za-z0-9](?:[A-Za-z0-9_-]*[A-Za-z_-])?)?([0-9]{7,20})$/.exec(text);
  const [, prefix, digits] = found ?? [];
  const isPrefix = prefix !== undefined && prefix.length <= 24 && !/[0-9]$/.test(prefix);
  const serial = BigInt(digits ?? 0);
  const canonical = serial.toString().padStart(7, "0") === digits && serial > 0n && serial < 1n << 64n;
  return isPrefix && canonical ? text : malformed("a Bates number is a prefix and at least 7 digits");
}

export function checkExtension(text: string): string {
  return EXTENSIONS.has(text) ? text : malformed(`the extension is none of ${[...EXTENSIONS].join(", ")}`);
}

/** What load files call a page, which are numbered from 1. */
export const imageKey = (bates: string, page: number): string =>
  page === 1 ? bates : `${bates}.${String(page).padStart(4, "0")}`;

/** The path of a page. */
export const imagePath = (bates: string, page: number): string => `images/${imageKey(bates, page)}.png`;

/** The order of Bates numbers: family after family by the head, in a family the head first. */
export function inBatesOrder<T extends { position: number; family: number }>(list: readonly T[]): T[] {
  const isMember = (one: T): number => (one.position === one.family ? 0 : 1);
  return [...list].sort((a, b) => a.family - b.family || isMember(a) - isMember(b) || a.position - b.position);
}
