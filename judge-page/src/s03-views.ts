// From a rendition to a view, in integers. docs/protocol.md section 12, "Views" ([format-view]).

import { encode } from "./bytes.ts";
import type { Rendition, Raster } from "./s03-rendition.ts";
import { isWhiteSpace, isWord, lowered } from "./s03-unicode.ts";
import type { View } from "./s03-view-name.ts";

/** The bytes of a view; `undefined` where the rendition is of the other kind. */
export function derive(rendition: Rendition, view: View): Uint8Array | undefined {
  switch (view.type) {
    case "gray":
    case "rgb": {
      if (rendition.kind !== "image") return undefined;
      const planes: Plane[] = view.type === "gray" ? ["luma"] : [0, 1, 2];
      const size = view.width * view.height;
      const out = new Uint8Array(planes.length * size);
      planes.forEach((plane, i) => out.set(area(rendition.image, plane, view.width, view.height), i * size));
      return out;
    }
    case "text-bytes":
      return rendition.kind === "text" ? beginning(rendition.text, view.bytes) : undefined;
    case "text-hash":
      return rendition.kind === "text" ? counts(rendition.text, view) : undefined;
  }
}

type Plane = "luma" | 0 | 1 | 2;

/** One sample of a plane. */
function sample(image: Raster, plane: Plane, pixel: number): number {
  const { samples, channels } = image;
  if (channels === 1) return samples[pixel]!;
  if (plane !== "luma") return samples[3 * pixel + plane]!;
  const [r, g, b] = [samples[3 * pixel]!, samples[3 * pixel + 1]!, samples[3 * pixel + 2]!];
  return Math.floor((19595 * r + 38470 * g + 7471 * b + 32768) / 65536);
}

/** Area resize: every target pixel is the mean of what lies under it, rounded half up. */
function area(image: Raster, plane: Plane, width: number, height: number): Uint8Array {
  const columns = overlaps(image.width, width);
  const rows = overlaps(image.height, height);
  // A sum is at most 255 · w · h, and w · h at most 2^30: exact in a double.
  const sums = new Float64Array(width * height);
  const line = new Float64Array(width);
  let current = -1;
  for (const row of rows) {
    if (row.source !== current) {
      current = row.source;
      line.fill(0);
      for (const column of columns) {
        const value = sample(image, plane, row.source * image.width + column.source);
        line[column.target] = line[column.target]! + column.weight * value;
      }
    }
    for (let x = 0; x < width; x++) {
      sums[row.target * width + x] = sums[row.target * width + x]! + row.weight * line[x]!;
    }
  }
  const whole = image.width * image.height;
  return Uint8Array.from(sums, (sum) => Math.floor((2 * sum + whole) / (2 * whole)));
}

interface Overlap {
  source: number;
  target: number;
  weight: number;
}

/** The units that source and target pixels of one axis share: both axes have `from · to` units. */
function overlaps(from: number, to: number): Overlap[] {
  const out: Overlap[] = [];
  for (let source = 0, target = 0, at = 0; source < from && target < to; ) {
    const [sourceEnd, targetEnd] = [(source + 1) * to, (target + 1) * from];
    const end = Math.min(sourceEnd, targetEnd);
    out.push({ source, target, weight: end - at });
    at = end;
    if (end === sourceEnd) source += 1;
    if (end === targetEnd) target += 1;
  }
  return out;
}

/** The first bytes of the text in lower case, each run of white space one space. */
function beginning(text: string, length: number): Uint8Array {
  const out = new Uint8Array(length);
  let at = 0;
  let space = false;
  let index = 0;
  for (const c of text) {
    if (isWhiteSpace(c)) {
      space = at > 0;
      index += c.length;
      continue;
    }
    if (at >= length) break;
    const bytes = encode((space ? " " : "") + lowered(text, index, c));
    index += c.length;
    space = false;
    out.set(bytes.subarray(0, length - at), at);
    at += bytes.length;
  }
  return out;
}

/** Counts of hashed n-grams of tokens. */
function counts(text: string, view: View & { type: "text-hash" }): Uint8Array {
  const out = new Uint8Array(view.features);
  const most = view.binary ? 1 : 255;
  const latest: string[] = [];
  for (const token of tokens(text)) {
    latest.push(token);
    if (latest.length > view.longest) latest.shift();
    for (let length = view.shortest; length <= Math.min(view.longest, latest.length); length++) {
      const bucket = bucketOf(murmur(encode(latest.slice(-length).join(" "))), view.features);
      if (out[bucket]! < most) out[bucket] = out[bucket]! + 1;
    }
  }
  return out;
}

/** Runs of two word characters or more, of the text in lower case. */
function* tokens(text: string): Iterable<string> {
  let token = "";
  let length = 0;
  let index = 0;
  for (const character of text) {
    const small = lowered(text, index, character);
    index += character.length;
    for (const c of small) {
      if (isWord(c)) {
        token += c;
        length += 1;
        continue;
      }
      if (length >= 2) yield token;
      token = "";
      length = 0;
    }
  }
  if (length >= 2) yield token;
}

function bucketOf(hash: number, features: number): number {
  const signed = hash | 0;
  // −2^31 has no absolute value in 32 bits.
  if (signed === -(2 ** 31)) return (2 ** 31 - features) % features;
  return Math.abs(signed) % features;
}

/** MurmurHash3 x86_32 with seed 0. */
function murmur(bytes: Uint8Array): number {
  const turn = (x: number, bits: number): number => (x << bits) | (x >>> (32 - bits));
  const mix = (k: number): number => Math.imul(turn(Math.imul(k, 0xcc9e2d51), 15), 0x1b873593);
  let hash = 0;
  const whole = bytes.length & ~3;
  for (let i = 0; i < whole; i += 4) {
    hash ^= mix(bytes[i]! | (bytes[i + 1]! << 8) | (bytes[i + 2]! << 16) | (bytes[i + 3]! << 24));
    hash = (Math.imul(turn(hash, 13), 5) + 0xe6546b64) | 0;
  }
  let tail = 0;
  for (let i = bytes.length - 1; i >= whole; i--) tail = (tail << 8) | bytes[i]!;
  hash ^= mix(tail) ^ bytes.length;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
