// Leaves, the tree and the root. docs/protocol.md section 11, "Leaf and tree" ([format-leaf]).

import { concat, encode, le32, le64, withLength } from "./bytes.ts";
import { H, sha256 } from "./s02-hash.ts";
import { byteLength, type View } from "./s03-view-name.ts";

/** Why a position has no rendition, by code; whether such a file was opened, so that it can head a family. */
const REASONS: readonly [name: string, opened: boolean][] = [
  ["unsupported-type", true],
  ["damaged", true],
  ["limit", true],
  ["empty", false],
  ["no-text", true],
  ["read-error", false],
  ["symbolic-link", false],
  ["special-file", false],
  ["encrypted", true],
  ["reader-failed", true],
  ["timed-out", true],
  ["not-an-image", false],
  ["unlisted-folder", false],
  ["excluded", false],
  ["missing", false],
];

export type Status = { type: "item" } | { type: "page" } | { type: "exception"; reason: string; opened: boolean };

export function statusOf(code: number): Status | undefined {
  if (code === 0) return { type: "item" };
  if (code === 255) return { type: "page" };
  const reason = REASONS[code - 1];
  return reason && { type: "exception", reason: reason[0], opened: reason[1] };
}

export interface Leaf {
  position: number;
  statusCode: number;
  family: number;
  file: Uint8Array;
  rendition: Uint8Array | undefined;
  views: { view: View; commitment: Uint8Array }[];
}

export function hashLeaf(leaf: Leaf): Uint8Array {
  const views = leaf.views.map(({ view, commitment }) =>
    concat([withLength(view.name), le64(byteLength(view)), commitment]),
  );
  return sha256(
    concat([
      Uint8Array.of(0),
      withLength("duces/leaf/v1"),
      le64(leaf.position),
      Uint8Array.of(leaf.statusCode),
      le64(leaf.family),
      leaf.file,
      leaf.rendition ?? new Uint8Array(),
      le32(leaf.views.length),
      ...views,
    ]),
  );
}

/** The root of the tree over leaves, padded to a power of two. */
export function treeRoot(leaves: readonly Uint8Array[]): Uint8Array {
  let layer = leaves.slice();
  const padding = sha256(concat([Uint8Array.of(2), withLength("duces/empty/v1")]));
  while ((layer.length & (layer.length - 1)) !== 0) layer.push(padding);
  while (layer.length > 1) {
    const above: Uint8Array[] = [];
    for (let i = 0; i < layer.length; i += 2) {
      above.push(sha256(concat([Uint8Array.of(1), layer[i]!, layer[i + 1]!])));
    }
    layer = above;
  }
  return layer[0]!;
}

export const commitFile = (salt: Uint8Array, digest: Uint8Array, suffix: string): Uint8Array =>
  H("duces/file/v1", salt, digest, encode(suffix));
/** Of a rendition that comes from its file, or of a text that a load file stated. */
export const commitRendition = (salt: Uint8Array, digest: Uint8Array, stated: boolean): Uint8Array =>
  H(stated ? "duces/stated-text/v1" : "duces/rendition/v1", salt, digest);
