// The frozen production in a folder of its own, to be changed and judged.

import { createHash } from "node:crypto";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { deflateSync } from "node:zlib";
import { concat, encode, le32, le64, withLength } from "../src/bytes.ts";
import { folderSource, namedFile } from "../src/node-source.ts";
import type { Outcome } from "../src/outcome.ts";
import { here, Pool } from "../src/pool.ts";
import type { View } from "../src/s03-view-name.ts";
import { H } from "../src/s02-hash.ts";
import { crc32 } from "../src/s03-png.ts";
import type { Raster } from "../src/s03-rendition.ts";
import { batesNumber, imagePath, inBatesOrder } from "../src/s07-bates.ts";
import { DISPOSITIONS, isProduced, isRedacted, parseLedger, type Disposition, type Line } from "../src/s07-ledger.ts";
import { renderLogs } from "../src/s07-logs.ts";
import { parseManifest } from "../src/s07-manifest.ts";
import { parseWithholding } from "../src/s07-withholding.ts";
import { verify } from "../src/verify.ts";

/** The root of the repository: tests run in `judge-page/`. */
export const REPOSITORY = resolve("..");
/** The frozen production, or another of the same corpus. */
export const FROZEN = process.env["FROZEN"] ?? join(REPOSITORY, "fixtures/frozen/v1");
export const COMMITMENT = join(FROZEN, "commitment.txt");
export const REQUEST = join(FROZEN, "small.request");
/** The frozen production with redacted documents. */
export const REDACTED = `${FROZEN}-redacted`;
/** Productions under other classifiers, sealed ones among them. */
export const MORE = join(REPOSITORY, "judge-page/tests/more");
/** Why tests of one of them are skipped, if they are. */
export const notMade = (name: string): string | false =>
  existsSync(join(MORE, name)) ? false : `tests/more/make.py did not make ${name}`;

/** The program that this one is a second opinion on: `JUDGE_VERIFY`, or what was built. */
const BUILT = ["release", "debug"].map((profile) => join(REPOSITORY, "target", profile, "judge-verify"));
const NAMED = process.env["JUDGE_VERIFY"];
export const FIRST = (NAMED === undefined ? BUILT : [NAMED]).find((path) => existsSync(path));

const SILENT = { begins: () => {}, part: () => {}, passed: () => {} };

/** One pool for all tests: it remembers generators. */
const pool = new Pool([here()]);

export async function judge(folder: string, commitment = COMMITMENT, request = REQUEST): Promise<Outcome> {
  const inputs = {
    production: folderSource(folder),
    commitment: await namedFile(commitment, "commitment"),
    request: await namedFile(request, "request"),
    earlier: [],
  };
  return verify(inputs, pool, SILENT);
}

/** `VERIFIED`, `REJECTED 6`, or `NOT CHECKED 4`. */
export function said({ verdict }: Outcome): string {
  return verdict.word === "VERIFIED" ? verdict.word : `${verdict.word} ${verdict.check}`;
}

/** A copy of a production, which is deleted after `use`. */
export async function withCopy<T>(
  use: (production: Production) => T | Promise<T>,
  original = join(FROZEN, "production"),
): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), "judge-page-"));
  try {
    const copy = join(folder, "production");
    cpSync(original, copy, { recursive: true });
    // Histories of files do not keep empty folders.
    for (const name of ["proofs", "natives", "text", "images"]) mkdirSync(join(copy, name), { recursive: true });
    return await use(new Production(copy));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

export class Production {
  constructor(readonly folder: string) {}

  path(name: string): string {
    return join(this.folder, name);
  }

  read(name: string): Uint8Array {
    return new Uint8Array(readFileSync(this.path(name)));
  }

  text(name: string): string {
    return readFileSync(this.path(name), "utf8");
  }

  write(name: string, content: Uint8Array | string): void {
    writeFileSync(this.path(name), content);
  }

  remove(name: string): void {
    rmSync(this.path(name));
  }

  list(folder: string): string[] {
    return readdirSync(this.path(folder)).sort();
  }

  /** All files but the list of digests, ascending. */
  files(folder = ""): string[] {
    const names = readdirSync(this.path(folder)).map((name) => (folder === "" ? name : `${folder}/${name}`));
    return names
      .flatMap((name) => (statSync(this.path(name)).isDirectory() ? this.files(name) : [name]))
      .filter((name) => name !== "sha256sums.txt")
      .sort();
  }

  edit(name: string, change: (text: string) => string): void {
    this.write(name, change(this.text(name)));
  }

  change(name: string, change: (bytes: Uint8Array) => Uint8Array | void): void {
    const bytes = this.read(name);
    this.write(name, change(bytes) ?? bytes);
  }

  /** Writes the list of digests anew. */
  seal(): void {
    const digest = (name: string): string => createHash("sha256").update(this.read(name)).digest("hex");
    this.write("sha256sums.txt", this.files().map((name) => `${digest(name)}  ${name}\n`).join(""));
  }

  ledger(): { views: View[]; lines: Line[] } {
    return parseLedger(this.read("ledger.bin"));
  }

  writeLedger({ views, lines }: { views: View[]; lines: Line[] }): void {
    const records = lines.map((line, position) => record({ ...line, position }, views));
    const head = [encode("duces-ledger-v1\n"), le64(lines.length), le32(views.length)];
    this.write("ledger.bin", concat([...head, ...views.map(({ name }) => withLength(name)), ...records]));
  }

  /** The first position with this disposition. */
  first(disposition: Disposition): number {
    return this.ledger().lines.findIndex((line) => line.disposition === disposition);
  }

  setDisposition(position: number, disposition: Disposition): void {
    const ledger = this.ledger();
    const redaction = disposition === "redacted" ? new Uint8Array(32) : undefined;
    ledger.lines[position] = { ...ledger.lines[position]!, disposition, companion: "none", redaction };
    this.writeLedger(ledger);
  }

  openings(): string[][] {
    return this.text("openings.csv").trimEnd().split("\n").slice(1).map((line) => line.split(","));
  }

  writeOpenings(rows: string[][]): void {
    const [header] = this.text("openings.csv").split("\n");
    this.write("openings.csv", [header!, ...rows.map((row) => row.join(","))].map((line) => `${line}\n`).join(""));
  }

  /** Removes the opening of a position, and its files. */
  forget(position: number): void {
    const rows = this.openings();
    const row = rows.find((row) => row[0] === String(position));
    if (row === undefined) return;
    for (const name of [`natives/${row[2]}`, `text/${row[4]}`, `images/${row[4]}`]) {
      if (!name.endsWith("/") && existsSync(this.path(name))) this.remove(name);
    }
    this.writeOpenings(rows.filter((other) => other !== row));
  }

  addEntry(position: number): void {
    this.editLog((text) => {
      const [header, ...lines] = text.trimEnd().split("\n");
      lines.push(`${position},privilege,A memo`);
      lines.sort((a, b) => parseInt(a) - parseInt(b));
      return [header, ...lines].map((line) => `${line}\n`).join("");
    });
  }

  /** Edits the withholding log, and writes both its renderings anew. */
  editLog(change: (text: string) => string): void {
    this.edit("withholding.csv", change);
    const log = parseWithholding(this.read("withholding.csv"), Number.MAX_SAFE_INTEGER, 0);
    const redacted = this.redacted();
    const manifest = parseManifest(this.read("manifest.json"));
    for (const [name, bytes] of renderLogs(log, manifest, (position) => redacted.get(position))) this.write(name, bytes);
  }

  /** The Bates numbers of what is redacted, by position. */
  redacted(): Map<number, string> {
    const { batesPrefix } = parseManifest(this.read("manifest.json"));
    const handedOver = this.ledger().lines.filter((line) => isProduced(line) || isRedacted(line));
    const numbered = inBatesOrder(handedOver).map((line, i) => ({ line, bates: batesNumber(batesPrefix, i + 1) }));
    const redacted = numbered.filter(({ line }) => isRedacted(line));
    return new Map(redacted.map(({ line, bates }) => [line.position, bates]));
  }

  /** Has the ledger name the redactions as they now are. */
  bindRedactions(): void {
    const { entries } = parseWithholding(this.read("withholding.csv"), Number.MAX_SAFE_INTEGER, 0);
    const ledger = this.ledger();
    for (const [position, bates] of this.redacted()) {
      const text = `text/${bates}.txt`;
      const pages: string[] = [];
      while (existsSync(this.path(imagePath(bates, pages.length + 1)))) pages.push(imagePath(bates, pages.length + 1));
      const files = existsSync(this.path(text)) ? [text] : pages;
      const digests = files.map((path) => new Uint8Array(createHash("sha256").update(this.read(path)).digest()));
      const own = entries.filter((entry) => entry.position === position);
      const bases = own.flatMap(({ basis, description }) => [encode(basis), encode(description)]);
      ledger.lines[position]!.redaction = H("duces/redaction/v1", position, pages.length, ...digests, ...bases);
    }
    this.writeLedger(ledger);
  }
}

/** A picture as PNG, without filters. */
export function writePng({ width, height, channels, samples }: Raster): Uint8Array {
  const row = width * channels;
  const lines = new Uint8Array(height * (row + 1));
  for (let y = 0; y < height; y++) lines.set(samples.subarray(y * row, (y + 1) * row), y * (row + 1) + 1);
  const be32 = (value: number): Uint8Array => Uint8Array.of(value >>> 24, value >>> 16, value >>> 8, value);
  const chunk = (name: string, data: Uint8Array): Uint8Array => {
    const body = concat([encode(name), data]);
    return concat([be32(data.length), body, be32(crc32(body))]);
  };
  const header = concat([be32(width), be32(height), Uint8Array.of(8, channels === 1 ? 0 : 2, 0, 0, 0)]);
  const signature = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a);
  const packed = new Uint8Array(deflateSync(lines));
  return concat([signature, chunk("IHDR", header), chunk("IDAT", packed), chunk("IEND", new Uint8Array())]);
}

const COMPANIONS = ["none", "produced", "withheld", "redacted"];

function record(line: Line, views: readonly View[]): Uint8Array {
  const isHead = line.family === line.position;
  const disposition = DISPOSITIONS.indexOf(line.disposition);
  const code = disposition | (COMPANIONS.indexOf(line.companion) << 4) | (isHead ? 0 : 128);
  const mask = new Uint8Array(Math.ceil(views.length / 8));
  for (const { view } of line.views) {
    const i = views.findIndex(({ name }) => name === view.name);
    mask[i >> 3] = mask[i >> 3]! | (1 << (i & 7));
  }
  return concat([
    Uint8Array.of(code, line.statusCode),
    mask,
    isHead ? new Uint8Array() : le64(line.family),
    line.file,
    line.rendition ?? new Uint8Array(),
    ...line.views.map(({ commitment }) => commitment),
    line.redaction ?? new Uint8Array(),
  ]);
}
