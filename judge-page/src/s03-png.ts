// PNG with the chunks IHDR, IDAT and IEND alone, 8 bits a sample, gray or RGB, not interlaced.
// [format-rendition]; docs/protocol.md section 11, "Images".

import { inflateSync } from "fflate";
import { concat, equal, malformed } from "./bytes.ts";
import type { Raster } from "./s03-rendition.ts";

const SIGNATURE = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a);
const damaged = (): never => malformed("it is no PNG, or a damaged one");

/** Reads an image of at most `pixels` pixels. */
export function readPng(bytes: Uint8Array, pixels: number): Raster {
  const { header, packed } = chunks(bytes);
  const data = new DataView(header.buffer, header.byteOffset, header.byteLength);
  if (header.length < 8) damaged();
  const [width, height] = [data.getUint32(0), data.getUint32(4)];
  if (width * height > pixels) malformed(`it has more than ${pixels} pixels`);
  if (header.length !== 13 || width === 0 || height === 0) damaged();
  const [depth, colours, compression, filter, interlace] = header.subarray(8);
  if (compression !== 0 || filter !== 0 || interlace! > 1) damaged();
  if (depth !== 8 || (colours !== 0 && colours !== 2) || interlace !== 0) {
    malformed("it is not an 8-bit gray or RGB image without interlacing");
  }
  const channels = colours === 0 ? 1 : 3;
  const row = width * channels;
  const lines = inflate(packed, height * (row + 1));
  return { width, height, channels, samples: unfilter(lines, height, row, channels) };
}

/** The header, and the compressed bytes of all IDAT chunks together. */
function chunks(bytes: Uint8Array): { header: Uint8Array; packed: Uint8Array } {
  if (!equal(bytes.subarray(0, 8), SIGNATURE)) damaged();
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const parts: Uint8Array[] = [];
  let header: Uint8Array | undefined;
  for (let at = 8; ; ) {
    if (at + 12 > bytes.length) return damaged();
    const length = view.getUint32(at);
    const end = at + 12 + length;
    if (end > bytes.length) return damaged();
    const name = String.fromCharCode(...bytes.subarray(at + 4, at + 8));
    const content = bytes.subarray(at + 8, end - 4);
    if (crc32(bytes.subarray(at + 4, end - 4)) !== view.getUint32(end - 4)) return damaged();
    if (name === "IHDR" && header === undefined) header = content;
    else if (name === "IDAT" && header !== undefined) parts.push(content);
    else if (name === "IEND" && header !== undefined && end === bytes.length) {
      return parts.length > 0 ? { header, packed: concat(parts) } : damaged();
    } else return malformed("it has more than a header, pixels and an end");
    at = end;
  }
}

/** The `length` bytes of a zlib stream (RFC 1950), which ends with their checksum. */
function inflate(packed: Uint8Array, length: number): Uint8Array {
  const [method, flags] = packed;
  if (packed.length < 6 || (method! & 15) !== 8 || method! >> 4 > 7) damaged();
  if (((method! << 8) | flags!) % 31 !== 0 || (flags! & 32) !== 0) damaged();
  const end = packed.length - 4;
  let out: Uint8Array;
  try {
    // One byte of room more: a longer stream shows.
    out = inflateSync(packed.subarray(2, end), { out: new Uint8Array(length + 1) });
  } catch {
    return damaged();
  }
  const sum = new DataView(packed.buffer, packed.byteOffset + end, 4).getUint32(0);
  return out.length === length && adler32(out) === sum ? out : damaged();
}

/** The checksum of RFC 1950. */
function adler32(bytes: Uint8Array): number {
  let [a, b] = [1, 0];
  for (let from = 0; from < bytes.length; from += 3800) {
    for (const byte of bytes.subarray(from, from + 3800)) b += a += byte;
    [a, b] = [a % 65521, b % 65521];
  }
  return b * 65536 + a;
}

function unfilter(lines: Uint8Array, height: number, row: number, step: number): Uint8Array {
  const out = new Uint8Array(height * row);
  for (let y = 0; y < height; y++) {
    const filter = lines[y * (row + 1)]!;
    if (filter > 4) damaged();
    const [from, to] = [y * (row + 1) + 1, y * row];
    for (let x = 0; x < row; x++) {
      const left = x >= step ? out[to + x - step]! : 0;
      const above = y > 0 ? out[to + x - row]! : 0;
      const corner = x >= step && y > 0 ? out[to + x - row - step]! : 0;
      out[to + x] = lines[from + x]! + predict(filter, left, above, corner);
    }
  }
  return out;
}

function predict(filter: number, left: number, above: number, corner: number): number {
  if (filter === 0) return 0;
  if (filter === 1) return left;
  if (filter === 2) return above;
  if (filter === 3) return (left + above) >> 1;
  const guess = left + above - corner;
  const [a, b, c] = [Math.abs(guess - left), Math.abs(guess - above), Math.abs(guess - corner)];
  if (a <= b && a <= c) return left;
  return b <= c ? above : corner;
}

const CRC = Uint32Array.from({ length: 256 }, (_, byte) => {
  let c = byte;
  for (let i = 0; i < 8; i++) c = c & 1 ? 0xedb88320 ^ (c >>> 1) : c >>> 1;
  return c;
});

export function crc32(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) crc = CRC[(crc ^ byte) & 255]! ^ (crc >>> 8);
  return (crc ^ 0xffffffff) >>> 0;
}
