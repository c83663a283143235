// What is left to check of a proof: sums of points that are zero only for a true one.
// docs/protocol.md section 5.6, "Generators of IPA"; docs/protocol.md section 5.9, "Proof bytes".

import { add, mod, mul, randomScalar, sub, values } from "./s02-field.ts";
import { combine, type Point } from "./s02-points.ts";
import type { Family } from "./s03-generators.ts";

/** `Σ coefficient · generator + Σ scalar · point`, which must be the identity. */
export interface Relation {
  /** Coefficients of `G_i` of views, of their `W`, and of the value of a form. */
  view?: readonly bigint[];
  viewBlind?: bigint;
  formValue?: bigint;
  /** Coefficients of the generators of coefficients of IPA, of `G_0`, `W` and `U`. */
  coefficients?: readonly bigint[];
  ipaFirst?: bigint;
  ipaBlind?: bigint;
  ipaProduct?: bigint;
  /** Coefficients of `S_i`, `H` and the commitments `T_j` of a sealed model. */
  sealed?: readonly bigint[];
  sealedValue?: bigint;
  rows?: readonly bigint[];
  points: [scalar: bigint, point: Point][];
}

const SINGLE = ["viewBlind", "formValue", "ipaFirst", "ipaBlind", "ipaProduct", "sealedValue"] as const;
const LISTS = ["view", "coefficients", "sealed", "rows"] as const;
type Single = (typeof SINGLE)[number];
type List = (typeof LISTS)[number];

/** A sum of relations, each with a random weight. It can be sent from one worker to another. */
export interface Sums {
  single: Record<Single, bigint>;
  lists: Record<List, bigint[]>;
  /** The part of the points of proofs, as coordinates; `undefined` for the identity. */
  point: { x: bigint; y: bigint } | undefined;
}

export class Sum {
  private readonly single = Object.fromEntries(SINGLE.map((name) => [name, 0n])) as Record<Single, bigint>;
  private readonly lists = Object.fromEntries(LISTS.map((name) => [name, []])) as unknown as Record<List, bigint[]>;
  private readonly scalars: bigint[] = [];
  private readonly points: Point[] = [];

  /** Takes up a relation with a weight of its own from the system. */
  add(relation: Relation): void {
    const weight = randomScalar();
    for (const name of SINGLE) {
      const own = relation[name];
      if (own !== undefined) this.single[name] = add(this.single[name], mul(weight, own));
    }
    for (const name of LISTS) addScaled(this.lists[name], relation[name] ?? [], weight);
    for (const [scalar, point] of relation.points) {
      this.scalars.push(mul(weight, scalar));
      this.points.push(point);
    }
  }

  result(): Sums {
    const sum = combine(this.scalars, this.points);
    return { single: this.single, lists: this.lists, point: sum.is0() ? undefined : sum.toAffine() };
  }
}

function addScaled(sums: bigint[], list: readonly bigint[], weight: bigint): void {
  while (sums.length < list.length) sums.push(0n);
  for (let i = 0; i < list.length; i++) if (list[i] !== 0n) sums[i] = mod(sums[i]! + weight * list[i]!);
}

/** Adds the sums of several workers. */
export function join(all: readonly Sums[]): Omit<Sums, "point"> {
  const single = Object.fromEntries(SINGLE.map((name) => [name, 0n])) as Record<Single, bigint>;
  const lists = Object.fromEntries(LISTS.map((name) => [name, []])) as unknown as Record<List, bigint[]>;
  for (const sums of all) {
    for (const name of SINGLE) single[name] = add(single[name], sums.single[name]);
    for (const name of LISTS) addScaled(lists[name], sums.lists[name], 1n);
  }
  return { single, lists };
}

/** Coefficients of generators of one family, from the first. */
export interface Share {
  family: Family;
  scalars: bigint[];
}

/**
 * Coefficients of hashed generators: a coefficient of `G_i = Σ_j ω^(ij)·L_j` is one of every `L_j`, and
 * `L_0 = G_0 − Σ_{j≥1} L_j`. The second value is the coefficient of `G_0`.
 */
export function shares(lists: Record<List, bigint[]>): { shares: Share[]; ipaFirst: bigint } {
  const out: Share[] = [
    { family: "view", scalars: lists.view },
    { family: "sealed", scalars: lists.sealed },
  ];
  let ipaFirst = 0n;
  if (lists.coefficients.length > 0) {
    const ofValues = values(lists.coefficients);
    ipaFirst = ofValues[0]!;
    out.push({ family: "ipa", scalars: ofValues.map((t) => sub(t, ipaFirst)) });
  }
  return { shares: out.filter(({ scalars }) => scalars.length > 0), ipaFirst };
}
