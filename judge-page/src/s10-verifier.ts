// The verifier of one batch of a sealed classifier. docs/protocol.md section 10.3, "Steps".

import { malformed, Reader } from "./bytes.ts";
import { add, inner, inverse, mul, neg, powers, readScalar, sub } from "./s02-field.ts";
import { readPoint, type Point } from "./s02-points.ts";
import { byteLength } from "./s03-view-name.ts";
import { activations } from "./s04-classifier.ts";
import { firstState, type Item } from "./s05-challenges.ts";
import { Instance, lanesOf, sideOf, weightsOf } from "./s05-equation.ts";
import { readStrictly, reduce } from "./s05-library.ts";
import { isFolded, lastGenerator, open, openingBytes, readRounds, unroll } from "./s05-opening.ts";
import type { Relation } from "./s05-relation.ts";
import { sidesOf, take, words, type Verifier } from "./s05-verifier.ts";
import { extension, factor } from "./s10-factor.ts";
import type { Sealed } from "./s10-model.ts";

/** Two points that are sent together. */
interface Pair {
  bytes: Uint8Array;
  points: [Point, Point];
}

function pairs(from: Reader, count: number): Pair[] {
  return take(from, count, 64).map((bytes) => {
    const points: [Point, Point] = [readPoint(bytes.subarray(0, 32)), readPoint(bytes.subarray(32))];
    return { bytes, points };
  });
}

const double = (a: bigint): bigint => add(a, a);
const log2 = (n: number): number => Math.round(Math.log2(n));

export function checkSealed(
  verifier: Verifier,
  sealed: Sealed,
  batch: number,
  items: readonly Item[],
  proof: Uint8Array,
): Relation[] {
  const { layout, columns, key, request } = verifier;
  const { architecture, rows } = sealed;
  const view = byteLength(request.view);
  const opened = view + layout.groups + 2;
  const folded = isFolded(opened - 1, items.length);
  const variables = Math.ceil(Math.log2(activations(architecture) + view + 3));
  // The messages in the order of the proof.
  const from = new Reader(proof);
  const maskBytes = from.take(32);
  const mask = readPoint(maskBytes);
  const valueBytes = from.take(32);
  const sum = pairs(from, variables);
  const factorBytes = from.take(32);
  const yBytes = from.take(32 * layout.groups);
  const opening = from.take(openingBytes(opened, folded));
  const rowRounds = pairs(from, log2(rows.count));
  const [first] = pairs(from, 1);
  const blindBytes = from.take(64);
  const columnBytes = from.take(64 * log2(rows.length) + 32);
  const circuit = from.take(from.remaining);
  readStrictly(layout, columns, key, circuit);
  const [value, hat, y] = [readScalar(valueBytes), readScalar(factorBytes), words(yBytes).map(readScalar)];
  const [alpha, alphaOfValue] = words(blindBytes).map(readScalar) as [bigint, bigint];

  // [step-sealed-first-phase] to [step-sealed-factor]
  const firstPhase = circuit.subarray(0, 32 * columns.first);
  const isScores = request.answers === "scores";
  let state = firstState("duces/sealed-batch/v1", verifier.context, batch, items, [maskBytes], firstPhase, isScores);
  const [rho, eta, kappa] = [state.draw("rho"), state.draw("eta"), state.draw("kappa")];
  state = state.absorb("value", valueBytes);
  const r = sum.map(({ bytes }) => {
    state = state.absorb("sum", bytes);
    return state.draw("r");
  });
  state = state.absorb("factor", factorBytes);
  const lambda = state.draw("lambda");
  if (hat === 0n) malformed("the factor of the weights is zero, under which they would not be bound");

  // [step-sealed-circuit]
  const weights = weightsOf(architecture, rho);
  const eq = extension(architecture, r);
  const levels = Math.ceil(items.length / layout.groups);
  const places = powers(eta, eta, levels);
  const last = items[items.length - 1]!;
  const outputs = eq.outputs.map((list) => list.map((own) => mul(lambda, own)));
  const sides = sidesOf(layout, items, last.answer, (said) => sideOf(0n, weights, said), places);
  const rightHand = sides.map((side, c) => add(side, y[c]!));
  const instance = new Instance(layout, columns, lanesOf(layout, weights, outputs), places, rightHand);
  const ofCircuit = reduce(layout, columns, key, instance, circuit);
  state = state.absorb("y", yBytes).absorb("circuit", circuit);

  // [step-sealed-opening]
  const ofGroups = powers(1n, kappa, layout.groups);
  const slots = layout.groups * levels;
  const slotWeight = (i: number): bigint => mul(ofGroups[i % layout.groups]!, places[Math.floor(i / layout.groups)]!);
  let all = 0n;
  for (let i = 0; i < slots; i++) all = add(all, slotWeight(i));
  const form = [
    ...eq.input.map((own) => mul(lambda, own)),
    ...ofGroups,
    mul(lambda, eq.masks[0]),
    sub(mul(lambda, eq.masks[1]), 1n),
  ];
  const yAtKappa = y.reduceRight((sum, own) => add(mul(sum, kappa), own), 0n);
  const target = sub(sub(mul(lambda, sub(hat, mul(eq.one, all))), value), yAtKappa);
  const q = (scale: bigint): [bigint, Point][] => {
    const points: [bigint, Point][] = [[scale, mask]];
    // Slots without an item repeat the last one.
    const perItem = items.map(() => 0n);
    for (let i = 0; i < slots; i++) {
      const item = Math.min(i, items.length - 1);
      perItem[item] = add(perItem[item]!, slotWeight(i));
    }
    items.forEach(({ commitment }, i) => points.push([mul(scale, perItem[i]!), readPoint(commitment)]));
    return points;
  };
  const reader = new Reader(opening);
  const ofOpening = open(reader, state, form, target, folded, q);
  reader.finish();
  state = state.absorb("link", opening);

  // [step-sealed-rows], [step-sealed-weights]
  const gammas = rowRounds.map(({ bytes }) => {
    state = state.absorb("row", bytes);
    return state.draw("gamma");
  });
  state = state.absorb("weights", first!.bytes);
  const c = state.draw("c");
  state = state.absorb("blinds", blindBytes);
  const x = state.draw("x");
  const columnReader = new Reader(columnBytes);
  const rounds = readRounds(columnReader, state, log2(rows.length));
  const lastScalar = readScalar(columnReader.take(32));
  columnReader.finish();

  // F* is one row: the lower half of each round counts γ times.
  const lower = lastGenerator(1n, gammas.map((gamma) => ({ gamma })));
  const row = new Array<bigint>(rows.length).fill(0n);
  const constant = factor(architecture, weights.relations, eq, (k, own) => {
    const column = k % rows.length;
    row[column] = add(row[column]!, mul(lower[Math.floor(k / rows.length)]!, own));
  });
  const { weight, points } = unroll(rounds);
  const generator = lastGenerator(lastScalar, rounds);
  const [star, starValue] = lastValue(sum, r, rowRounds, gammas, inverse(hat), constant, value);
  // ⟨a', S⟩ + ⟨F*, a'⟩·xH − A, with A_0 = D + c·T* − α·W + x·(E + c·A* − α'·W).
  const scale = neg(mul(weight, mul(x, c)));
  const upper = upperWeights(gammas);
  const ofWeights: Relation = {
    sealed: generator,
    sealedValue: add(mul(x, inner(generator, row)), mul(scale, starValue)),
    viewBlind: mul(weight, add(alpha, mul(x, alphaOfValue))),
    rows: upper.slice(0, rows.present).map((own) => neg(mul(mul(weight, c), own))),
    points: [
      ...points.map(([scalar, point]): [bigint, Point] => [neg(scalar), point]),
      [neg(weight), first!.points[0]],
      [neg(mul(weight, x)), first!.points[1]],
      ...star.map(([scalar, point]): [bigint, Point] => [mul(scale, scalar), point]),
    ],
  };
  return [ofCircuit, ofOpening, ofWeights];
}

/** How often `T_j` counts in `T*`: the upper half of each round counts `γ` times. */
function upperWeights(gammas: readonly bigint[]): bigint[] {
  let out = [1n];
  for (const gamma of gammas) out = out.flatMap((own) => [own, mul(own, gamma)]);
  return out;
}

/** `A*` as points of the proof, and its share of `H`. */
function lastValue(
  sum: readonly Pair[],
  r: readonly bigint[],
  rows: readonly Pair[],
  gammas: readonly bigint[],
  scale: bigint,
  constant: bigint,
  value: bigint,
): [points: [bigint, Point][], h: bigint] {
  const points: [bigint, Point][] = [];
  let weight = 1n;
  for (let j = rows.length - 1; j >= 0; j--) {
    // A ← [L] + γ·A + γ²·[R]
    const [left, right] = rows[j]!.points;
    points.push([weight, left], [mul(weight, mul(gammas[j]!, gammas[j]!)), right]);
    weight = mul(weight, gammas[j]!);
  }
  // A = b̂^(−1)·S − f0·H
  const own = neg(mul(weight, constant));
  weight = mul(weight, scale);
  for (let j = sum.length - 1; j >= 0; j--) {
    // S ← r·S + (1 − 2r)·[k0] + (r² − r)·[k2]
    const [k0, k2] = sum[j]!.points;
    const at = r[j]!;
    points.push([mul(weight, sub(1n, double(at))), k0], [mul(weight, sub(mul(at, at), at)), k2]);
    weight = mul(weight, at);
  }
  return [points, add(own, mul(weight, value))];
}
