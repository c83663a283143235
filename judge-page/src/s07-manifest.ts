// manifest.json. docs/protocol.md section 11, "Manifest" ([format-manifest]).

import { digestFromHex, equal, encode, hex, malformed, utf8 } from "./bytes.ts";

export const MOST_BYTES = 1 << 16;
const FORMAT = "duces-production-v1";

export interface Manifest {
  commitment: Uint8Array;
  request: Uint8Array;
  items: number;
  width: number;
  k: number;
  lanes: number;
  batesPrefix: string;
}

/** Reads a file that must be exactly what its content is written as. */
export function parseManifest(bytes: Uint8Array): Manifest {
  let json: unknown;
  try {
    json = JSON.parse(utf8(bytes) ?? malformed("it is not UTF-8"));
  } catch (error) {
    malformed(error instanceof Error ? error.message : "it is not JSON");
  }
  const fields = json as Record<string, unknown>;
  if (typeof json !== "object" || json === null) malformed("it is not an object");
  if (fields["format"] !== FORMAT) malformed(`its format is not '${FORMAT}'`);
  const text = (name: string): string => {
    const value = fields[name];
    return typeof value === "string" ? value : malformed(`'${name}' is not a string`);
  };
  const digest = (name: string): Uint8Array =>
    digestFromHex(text(name)) ?? malformed(`'${name}' is not 64 lower-case hex digits`);
  const number = (name: string, most: number): number => {
    const value = fields[name];
    const fits = typeof value === "number" && Number.isSafeInteger(value) && value >= 0 && value <= most;
    return fits ? value : malformed(`'${name}' is not a number that is expected`);
  };
  const manifest = {
    commitment: digest("commitment"),
    request: digest("request"),
    items: number("items", Number.MAX_SAFE_INTEGER),
    width: number("width", 2 ** 32 - 1),
    k: number("k", 2 ** 32 - 1),
    lanes: number("lanes", 2 ** 32 - 1),
    batesPrefix: batesPrefix(text("bates_prefix")),
  };
  if (!equal(encode(write(manifest)), bytes)) malformed("it is not in the canonical spelling");
  return manifest;
}

function write(manifest: Manifest): string {
  const json = {
    format: FORMAT,
    commitment: hex(manifest.commitment),
    request: hex(manifest.request),
    items: manifest.items,
    width: manifest.width,
    k: manifest.k,
    lanes: manifest.lanes,
    bates_prefix: manifest.batesPrefix,
  };
  return `${JSON.stringify(json, null, 2)}\n`;
}

function batesPrefix(text: string): string {
  const fits = /^[A-Za-z0-9](?:[A-Za-z0-9_-]{0,22}[A-Za-z_-])?$/.test(text) && !/[0-9]$/.test(text);
  return fits
    ? text
    : malformed(
        "a Bates prefix has 1 to 24 ASCII letters, digits, '-' and '_', begins with a letter or digit " +
          "and does not end in a digit",
      );
}
