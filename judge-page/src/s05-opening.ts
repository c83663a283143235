// The opening of a linear form. docs/protocol.md section 5.7, "Opening of a linear form".

import { malformed, type Reader } from "./bytes.ts";
import { add, inner, mul, neg, readScalar, sub } from "./s02-field.ts";
import { readPoint, type Point } from "./s02-points.ts";
import type { State } from "./s05-challenges.ts";
import type { Relation } from "./s05-relation.ts";

/** Whether the response is proved: where there are fewer than four items for each byte that is opened. */
export const isFolded = (opened: number, items: number): boolean => opened > Math.floor(items / 4);

const rounds = (length: number): number => Math.ceil(Math.log2(length));

/** Bytes of an opening of a form with `length` entries. */
export const openingBytes = (length: number, folded: boolean): number =>
  32 * (folded ? 4 + 2 * rounds(length) : 3 + length);

export interface Round {
  left: Point;
  right: Point;
  gamma: bigint;
}

interface Opening {
  first: Point;
  e: bigint;
  c: bigint;
  blind: bigint;
  response: { plain: bigint[] } | { x: bigint; rounds: Round[]; last: bigint };
}

/** Reads an opening and draws its challenges, from the state of `θ` on. */
export function readOpening(from: Reader, state: State, length: number, folded: boolean): Opening {
  const head = from.take(64);
  const [first, e] = [readPoint(head.subarray(0, 32)), readScalar(head.subarray(32))];
  const opened = state.absorb("opening", head);
  const c = opened.draw("c");
  const blindBytes = from.take(32);
  const blind = readScalar(blindBytes);
  if (!folded) {
    const plain = Array.from({ length }, () => readScalar(from.take(32)));
    return { first, e, c, blind, response: { plain } };
  }
  const blinded = opened.absorb("blind", blindBytes);
  const x = blinded.draw("x");
  const list = readRounds(from, blinded, rounds(length));
  return { first, e, c, blind, response: { x, rounds: list, last: readScalar(from.take(32)) } };
}

export function readRounds(from: Reader, state: State, count: number): Round[] {
  return Array.from({ length: count }, () => {
    const message = from.take(64);
    state = state.absorb("round", message);
    const [left, right] = [readPoint(message.subarray(0, 32)), readPoint(message.subarray(32))];
    return { left, right, gamma: state.draw("gamma") };
  });
}

/** The coefficients of the last generator: `last` times the `γ_j` of the rounds in whose lower half it is. */
export function lastGenerator(last: bigint, list: readonly Pick<Round, "gamma">[]): bigint[] {
  let out = [last];
  for (const { gamma } of list) out = out.flatMap((s) => [mul(s, gamma), s]);
  return out;
}

/** `A_0` counts `weight` times in the last `A`; the points count as often as stated. */
export function unroll(list: readonly Round[]): { weight: bigint; points: [bigint, Point][] } {
  let weight = 1n;
  const points: [bigint, Point][] = [];
  for (const { left, right, gamma } of list.slice().reverse()) {
    points.push([weight, left], [mul(weight, mul(gamma, gamma)), right]);
    weight = mul(weight, gamma);
  }
  return { weight, points };
}

/**
 * Reads the opening of `Q` and reduces it to a relation; `q` hands out the points of `Q`, times a scalar.
 * The form is `form`, its value `value`.
 */
export function open(
  from: Reader,
  state: State,
  form: readonly bigint[],
  value: bigint,
  folded: boolean,
  q: (scale: bigint) => [bigint, Point][],
): Relation {
  const { first, e, c, blind, response } = readOpening(from, state, form.length, folded);
  const target = add(e, mul(c, value));
  if ("plain" in response) {
    if (inner(response.plain, form) !== target) {
      malformed("the opening against the view commitments does not verify");
    }
    // Σ a'_i·G_i + σ'·W − D − c·Q.
    return { view: response.plain, viewBlind: blind, points: [[neg(1n), first], ...q(neg(c))] };
  }
  const { x, rounds: list, last } = response;
  const { weight, points } = unroll(list);
  const generator = lastGenerator(last, list);
  // last·(G* + ⟨l*⟩·xU) − A, with A_0 = D + c·Q − σ'·W + (e + c·t)·xU.
  return {
    view: generator,
    viewBlind: mul(weight, blind),
    formValue: mul(x, sub(inner(generator, form), mul(weight, target))),
    points: [
      [neg(weight), first],
      ...points.map(([scalar, point]): [bigint, Point] => [neg(scalar), point]),
      ...q(neg(mul(weight, c))),
    ],
  };
}
