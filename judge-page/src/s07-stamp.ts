// Bates numbers below pages. docs/protocol.md section 11, "Stamps" ([format-stamp]).

import { equal, malformed } from "./bytes.ts";
import { mostBytes, readRendition, type Raster, type Rendition } from "./s03-rendition.ts";
import type { Kind } from "./s03-view-name.ts";

/** The most pixels of a strip. */
export const MOST_PIXELS = 2 ** 21;

/** A character, then seven rows of five dots, the leftmost in bit 4. */
const GLYPHS = new Map(
  `
    -0000001f000000 .00000000000c0c 00e11131519110e 1040c040404040e 20e11010204081f
    31f02040201110e 402060a121f0202 51f101e0101110e 60608101e11110e 71f010204080808
    80e11110e11110e 90e11110f01020c A0e11111f111111 B1e11111e11111e C0e11101010110e
    D1c12111111121c E1f10101e10101f F1f10101e101010 G0e11101711110f H1111111f111111
    I0e04040404040e J0702020202120c K11121418141211 L1010101010101f M111b1515111111
    N11111915131111 O0e11111111110e P1e11111e101010 Q0e11111115120d R1e11111e141211
    S0f10100e01011e T1f040404040404 U1111111111110e V11111111110a04 W1111111515150a
    X11110a040a1111 Y1111110a040404 Z1f01020408101f _0000000000001f a00000e010f110f
    b1010161911111e c00000e1010110e d01010d1311110f e00000e111f100e f0609081c080808
    g000f11110f010e h10101619111111 i04000c0404040e j0200060202120c k10101214181412
    l0c04040404040e m00001a15151111 n00001619111111 o00000e1111110e p00001e111e1010
    q00000d130f0101 r00001619101010 s00000e100e011e t08081c08080906 u0000111111130d
    v00001111110a04 w0000111115150a x0000110a040a11 y000011110f010e z00001f0204081f
  `
    .trim()
    .split(/\s+/)
    .map((glyph) => [glyph[0]!, (glyph.slice(1).match(/../g) ?? []).map((row) => parseInt(row, 16))]),
);

/** Pixels of a dot, characters of a line, rows of the strip below a picture of this width. */
function layoutOf(width: number, characters: number): { scale: number; line: number; rows: number } {
  if (width > 2 ** 14) return { scale: 1, line: 1, rows: 0 };
  const scale = Math.min(8, Math.max(1, Math.floor(width / 600)));
  const line = Math.max(1, Math.floor(width / (6 * scale)));
  return { scale, line, rows: 9 * scale * Math.ceil(characters / line) };
}

/** The samples of the strip. */
function strip(width: number, channels: number, name: string): Uint8Array {
  const { scale, line, rows } = layoutOf(width, name.length);
  const samples = new Uint8Array(width * rows * channels).fill(255);
  if (rows === 0) return samples;
  Array.from(name).forEach((character, i) => {
    const own = Math.min(line, name.length - (i - (i % line)));
    const left = Math.max(0, width - 6 * scale * own) + 6 * scale * (i % line);
    const top = 9 * scale * Math.floor(i / line) + scale;
    for (let y = 0; y < 7 * scale; y++) {
      const dots = GLYPHS.get(character)![Math.floor(y / scale)]!;
      for (let x = 0; x < 5 * scale && left + x < width; x++) {
        if (((dots >> (4 - Math.floor(x / scale))) & 1) === 0) continue;
        const at = ((top + y) * width + left + x) * channels;
        samples.fill(0, at, at + channels);
      }
    }
  });
  return samples;
}

/** The picture, without the name that must be below it. */
export function unstamp({ width, height, channels, samples }: Raster, name: string): Raster {
  const own = height - layoutOf(width, name.length).rows;
  const below = own > 0 ? strip(width, channels, name) : undefined;
  const length = samples.length - (below?.length ?? 0);
  if (below === undefined || !equal(samples.subarray(length), below)) {
    malformed(`the stamp below the picture is not ${name}`);
  }
  return { width, height: own, channels, samples: samples.subarray(0, length) };
}

/** The picture with its name below it. */
export function stamp({ width, height, channels, samples }: Raster, name: string): Raster {
  const below = strip(width, channels, name);
  const all = new Uint8Array(samples.length + below.length);
  all.set(samples);
  all.set(below, samples.length);
  return { width, height: height + layoutOf(width, name.length).rows, channels, samples: all };
}

/** The most bytes of the file of a rendition in a production. */
export const mostRendered = (kind: Kind, pixels: number): number => mostBytes(kind, pixels + MOST_PIXELS);

/** Reads a file of `text/`, or a page of `images/` with its name below. */
export function readRendered(kind: Kind, bytes: Uint8Array, pixels: number, name: string): Rendition {
  const rendition = readRendition(kind, bytes, pixels + MOST_PIXELS);
  if (rendition.kind === "text") return rendition;
  const image = unstamp(rendition.image, name);
  if (image.width * image.height > pixels) malformed(`it has more than ${pixels} pixels`);
  return { kind: "image", image };
}
