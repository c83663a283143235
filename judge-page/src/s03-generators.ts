// Generators, of which nobody knows a relation. docs/protocol.md section 11, "Hash to the curve".

import { concat, encode, le32 } from "./bytes.ts";
import { hashToCurve, type Point } from "./s02-points.ts";

const DOMAINS = {
  view: encode("duces/view-commitment/v1"),
  ipa: encode("duces/ipa/v1"),
  form: encode("duces/linear-form/v1"),
  sealed: encode("duces/sealed/v1"),
};

export type Family = keyof typeof DOMAINS;

const numbered = (kind: number, i: number): Uint8Array => concat([Uint8Array.of(kind), le32(i)]);

/** Generators `from … to − 1` of a family: views `G_i`, values `L_i` of a column, sealed weights `S_i`. */
export function range(family: Family, from: number, to: number): Point[] {
  const known = (made[family] ??= []);
  for (let i = from; i < to; i++) known[i] ??= hashToCurve(DOMAINS[family], numbered(0, i));
  return known.slice(from, to);
}

/** Generators that were made before: at most `2^20` of views, `2^14` of columns, `2^12` of weights. */
const made: Partial<Record<Family, Point[]>> = {};

/** `W`, the generator of blinds of views. */
export const viewBlind = (): Point => hashToCurve(DOMAINS.view, Uint8Array.of(1));
/** `U`, the generator of the value of a linear form. */
export const formValue = (): Point => hashToCurve(DOMAINS.form, Uint8Array.of(0));
/** `H`, the generator of committed scalars of a sealed model. */
export const sealedValue = (): Point => hashToCurve(DOMAINS.sealed, Uint8Array.of(1));
/** The generators of the inner-product argument that are no values: `W`, `U` and `G_0`. */
export const ipaBlind = (): Point => hashToCurve(DOMAINS.ipa, numbered(1, 0));
export const ipaProduct = (): Point => hashToCurve(DOMAINS.ipa, numbered(2, 0));
export const ipaFirst = (): Point => hashToCurve(DOMAINS.ipa, numbered(3, 0));
