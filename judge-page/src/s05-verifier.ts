// The verifier of one batch. docs/protocol.md section 5.4, "Steps"; docs/protocol.md section 5.9, "Proof bytes".

import { Malformed, malformed, Reader } from "./bytes.ts";
import { add, mul, powers, readScalar, sub } from "./s02-field.ts";
import { readPoint, type Point } from "./s02-points.ts";
import { byteLength } from "./s03-view-name.ts";
import { answerOfZeros } from "./s04-evaluate.ts";
import { shapeOf, type Request } from "./s04-request.ts";
import { firstState, type Context, type Item } from "./s05-challenges.ts";
import { columnsOf, keyOf, type Columns, type Key } from "./s05-circuit.ts";
import { adjoint, Instance, lanesOf, sideOf, weightsOf } from "./s05-equation.ts";
import { itemsPerBatch, layOut, type Dimensions, type Layout } from "./s05-layout.ts";
import { readStrictly, reduce } from "./s05-library.ts";
import { isFolded, open, openingBytes } from "./s05-opening.ts";
import type { Relation } from "./s05-relation.ts";
import { checkSealed } from "./s10-verifier.ts";

/** Keys for the batches of one request. */
export class Verifier {
  readonly layout: Layout;
  readonly columns: Columns;
  readonly key: Key;
  readonly context: Context;

  constructor(
    readonly request: Request,
    dimensions: Dimensions,
  ) {
    this.layout = layOut(shapeOf(request), dimensions);
    this.columns = columnsOf(this.layout);
    this.key = keyOf(this.layout, this.columns);
    const { commitment, digest } = request;
    this.context = { commitment, request: digest, layout: this.layout.digest, key: this.key.digest };
  }

  /** The relations that are left of the proof of a batch. */
  check(batch: number, items: readonly Item[], proof: Uint8Array): Relation[] {
    if (items.length === 0 || items.length > itemsPerBatch(this.layout)) {
      malformed(`the batch has ${items.length} items, which the layout does not allow`);
    }
    try {
      return this.request.subject.type === "public"
        ? this.checkPublic(batch, items, proof)
        : checkSealed(this, this.request.subject.sealed, batch, items, proof);
    } catch (error) {
      // A challenge that meets a pole has a chance of 2^-240; a proof that brings it about is refused.
      if (error instanceof RangeError) throw new Malformed("the circuit's proof does not verify");
      throw error;
    }
  }

  private checkPublic(batch: number, items: readonly Item[], proof: Uint8Array): Relation[] {
    const { layout, columns, key, request } = this;
    const subject = request.subject as Request["subject"] & { type: "public" };
    const { classifier, wide } = subject;
    const length = byteLength(request.view) + 1;
    const folded = isFolded(length - 1, items.length);
    // [step-masks], [step-first-phase], [step-values], [step-circuit], [step-opening]: what was published.
    const from = new Reader(proof);
    const masks = take(from, layout.groups, 32);
    const maskPoints = masks.map(readPoint);
    const yBytes = from.take(32 * layout.groups);
    const y = words(yBytes).map(readScalar);
    const opening = from.take(openingBytes(length, folded));
    const circuit = from.take(from.remaining);
    readStrictly(layout, columns, key, circuit);
    const firstPhase = circuit.subarray(0, 32 * columns.first);
    // [step-weights]
    const isScores = request.answers === "scores";
    const state = firstState("duces/batch/v2", this.context, batch, items, masks, firstPhase, isScores);
    const [rho, eta] = [state.draw("rho"), state.draw("eta")];
    // [step-circuit]
    const weights = weightsOf(classifier, rho);
    const { outputs, input, bias } = adjoint(classifier, weights.relations);
    const levels = Math.ceil(items.length / layout.groups);
    const places = powers(eta, eta, levels);
    const padding = items.length % layout.groups === 0 ? [] : answerOfZeros(classifier, wide);
    const sides = sidesOf(layout, items, padding, (said) => sideOf(bias, weights, said), places);
    const rightHand = sides.map((side, c) => sub(side, y[c]!));
    const instance = new Instance(layout, columns, lanesOf(layout, weights, outputs), places, rightHand);
    const ofCircuit = reduce(layout, columns, key, instance, circuit);
    // [step-theta], [step-opening]
    const opened = state.absorb("y", yBytes).absorb("circuit", circuit);
    const theta = opened.draw("theta");
    const value = y.reduceRight((sum, own) => add(mul(sum, theta), own), 0n);
    const q = (scale: bigint): [bigint, Point][] => {
      const ofGroups = powers(scale, theta, layout.groups);
      const points = maskPoints.map((point, c): [bigint, Point] => [ofGroups[c]!, point]);
      items.forEach(({ commitment }, i) => {
        const weight = mul(ofGroups[i % layout.groups]!, places[Math.floor(i / layout.groups)]!);
        points.push([weight, readPoint(commitment)]);
      });
      return points;
    };
    const reader = new Reader(opening);
    const ofOpening = open(reader, opened, [...input, 1n], value, folded, q);
    reader.finish();
    return [ofCircuit, ofOpening];
  }
}

/** `Σ_b η^(b+1) · side` of every group; slots without an item have the answer `padding`. */
export function sidesOf(
  layout: Layout,
  items: readonly Item[],
  padding: readonly number[],
  side: (answer: readonly number[]) => bigint,
  places: readonly bigint[],
): bigint[] {
  const known = new Map<string, bigint>();
  const of = (said: readonly number[]): bigint => {
    const name = said.join();
    const value = known.get(name) ?? side(said);
    known.set(name, value);
    return value;
  };
  return Array.from({ length: layout.groups }, (_, c) =>
    places.reduce((sum, weight, b) => {
      const item = items[b * layout.groups + c];
      return add(sum, mul(weight, of(item === undefined ? padding : item.answer)));
    }, 0n),
  );
}

export const take = (from: Reader, count: number, bytes: number): Uint8Array[] =>
  Array.from({ length: count }, () => from.take(bytes));

export const words = (bytes: Uint8Array): Uint8Array[] => take(new Reader(bytes), bytes.length / 32, 32);
