// Renditions: a text, or one upright image. docs/protocol.md section 3, "Commitment" ([format-rendition]).

import { encode, malformed, utf8 } from "./bytes.ts";
import { H } from "./s02-hash.ts";
import { readPng } from "./s03-png.ts";
import { isWhiteSpace } from "./s03-unicode.ts";
import type { Kind } from "./s03-view-name.ts";

/** An upright image: rows from the top, pixels from the left, 8 bits a sample. */
export interface Raster {
  width: number;
  height: number;
  channels: 1 | 3;
  samples: Uint8Array;
}

export type Rendition = { kind: "text"; text: string } | { kind: "image"; image: Raster };

/** The most bytes of a text. */
const MOST_TEXT = 64 << 20;

/** The most bytes of the file of a rendition of at most so many pixels. */
export const mostBytes = (kind: Kind, pixels: number): number =>
  kind === "text" ? MOST_TEXT : 4 * pixels + (1 << 20);

/** Reads the bytes of a file of `text/` or `images/`. */
export function readRendition(kind: Kind, bytes: Uint8Array, pixels: number): Rendition {
  if (kind === "image") return { kind, image: readPng(bytes, pixels) };
  const text = utf8(bytes) ?? malformed("it is not UTF-8");
  if (/[\0\r]/.test(text)) malformed("it holds NUL or a carriage return");
  for (const c of text) if (!isWhiteSpace(c)) return { kind, text };
  return malformed("it holds nothing but white space");
}

export function renditionDigest(rendition: Rendition): Uint8Array {
  if (rendition.kind === "text") return H("duces/text/v1", encode(rendition.text));
  const { width, height, channels, samples } = rendition.image;
  return H("duces/image/v1", width, height, channels, samples);
}
