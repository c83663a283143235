// The circuit's proof, as the library has it. docs/protocol.md section 13, "The library's proof".

import { blake2b } from "@noble/hashes/blake2.js";
import { encode, malformed } from "./bytes.ts";
import { add, integer, inverse, inverses, mul, neg, P, power, readScalar, rootOfUnity, sub } from "./s02-field.ts";
import { coordinates, readPoint, type Point } from "./s02-points.ts";
import { gateValues, type Columns, type Key } from "./s05-circuit.ts";
import type { Instance } from "./s05-equation.ts";
import type { Layout } from "./s05-layout.ts";
import type { Relation } from "./s05-relation.ts";

/** Pieces of the quotient: the degree of the gates less one. */
export const PIECES = 6;

/** BLAKE2b over everything that was said so far; each challenge is the hash at that point. */
class Transcript {
  private readonly state = blake2b.create({ dkLen: 64, personalization: encode("Halo2-Transcript") });

  challenge(): bigint {
    this.state.update(Uint8Array.of(0));
    return integer(this.state.clone().digest()) % P;
  }

  point(point: Point): void {
    this.state.update(Uint8Array.of(1)).update(coordinates(point));
  }

  scalar(bytes: Uint8Array): void {
    this.state.update(Uint8Array.of(2)).update(bytes);
  }

  /** Scalars that stand one after the other, each after the byte 2. */
  marked(bytes: Uint8Array): void {
    this.state.update(bytes);
  }
}

/** The words of a proof, read strictly and absorbed. */
class Words {
  private at = 0;
  constructor(
    private readonly bytes: Uint8Array,
    private readonly transcript: Transcript,
  ) {}

  private take(): Uint8Array {
    this.at += 32;
    return this.bytes.subarray(this.at - 32, this.at);
  }

  point(): Point {
    const point = readPoint(this.take());
    this.transcript.point(point);
    return point;
  }

  scalar(): bigint {
    const bytes = this.take();
    const value = readScalar(bytes);
    this.transcript.scalar(bytes);
    return value;
  }

  points(count: number): Point[] {
    return Array.from({ length: count }, () => this.point());
  }

  scalars(count: number): bigint[] {
    return Array.from({ length: count }, () => this.scalar());
  }
}

/** How many words a circuit's proof has under IPA. */
function wordCount(layout: Layout, columns: Columns, key: Key): number {
  const points = columns.advice + 1 + PIECES;
  const values = key.queries.advice.length + 1;
  return points + values + 1 + 2 + 1 + 2 * layout.k + 2;
}

/** Reads every word strictly, before anything else is done with the proof. */
export function readStrictly(layout: Layout, columns: Columns, key: Key, proof: Uint8Array): void {
  const expected = 32 * wordCount(layout, columns, key);
  if (proof.length !== expected) {
    malformed(`the circuit's proof has ${proof.length} bytes in place of ${expected}`);
  }
  const count = proof.length / 32;
  const firstValue = columns.advice + 1 + PIECES;
  const lastValue = firstValue + key.queries.advice.length;
  // After the values: q', two values, S, the rounds, two scalars.
  const isScalar = (i: number): boolean =>
    (i >= firstValue && i <= lastValue) || i === lastValue + 2 || i === lastValue + 3 || i >= count - 2;
  for (let i = 0; i < count; i++) {
    const word = proof.subarray(32 * i, 32 * i + 32);
    if (isScalar(i)) readScalar(word);
    else readPoint(word);
  }
}

/** Reduces a circuit's proof to a relation. */
export function reduce(layout: Layout, columns: Columns, key: Key, instance: Instance, proof: Uint8Array): Relation {
  const transcript = new Transcript();
  const words = new Words(proof, transcript);
  transcript.scalar(key.digest);
  instance.absorb((bytes) => transcript.marked(bytes));
  const first = words.points(columns.first);
  const challenges = [transcript.challenge(), transcript.challenge(), transcript.challenge()];
  const second = words.points(columns.second);
  // Challenges of arguments that the circuit does not have.
  for (let i = 0; i < 3; i++) transcript.challenge();
  const random = words.point();
  const y = transcript.challenge();
  const pieces = words.points(PIECES);
  const x = transcript.challenge();
  const values = words.scalars(key.queries.advice.length);
  const randomValue = words.scalar();

  const xn = power(x, BigInt(layout.rows));
  const at = new Map(key.queries.advice.map(({ column, rotation }, i) => [2 * column + rotation, values[i]!]));
  const cell = (column: number, rotation: 0 | 1): bigint => at.get(2 * column + rotation)!;
  const all = gateValues(layout, columns, cell, instance.valuesAt(x, xn), challenges);
  const folded = all.reduce((sum, value) => add(mul(sum, y), value), 0n);
  const quotient = mul(folded, inverse(sub(xn, 1n)));

  const queried = openings(columns, key, [...first, ...second], cell);
  return open(layout, words, transcript, { x, xn, queried, pieces, quotient, random, randomValue });
}

interface Queried {
  point: Point;
  /** Its value at `x`, and at `ω·x` where it is asked for. */
  value: bigint;
  next: bigint | undefined;
}

/** The columns in the order in which they are first asked for. */
function openings(columns: Columns, key: Key, points: Point[], cell: (c: number, r: 0 | 1) => bigint): Queried[] {
  return key.queries.advice.flatMap(({ column, rotation }) => {
    if (rotation === 1) return [];
    const next = column === columns.sum ? cell(column, 1) : undefined;
    return [{ point: points[column]!, value: cell(column, 0), next }];
  });
}

interface Claims {
  x: bigint;
  xn: bigint;
  queried: Queried[];
  pieces: Point[];
  quotient: bigint;
  random: Point;
  randomValue: bigint;
}

/** The multi-opening of the Halo paper, and its inner-product argument. */
function open(layout: Layout, words: Words, transcript: Transcript, claims: Claims): Relation {
  const { x, queried } = claims;
  const [x1, x2] = [transcript.challenge(), transcript.challenge()];
  // Two sets: what is asked for at x alone, and the running sum, at x and ω·x.
  const commitments: [bigint, Point][][] = [[], []];
  let value = 0n;
  let weight = 1n;
  const take = (point: [bigint, Point][], claimed: bigint): void => {
    for (const [scalar, own] of point) commitments[0]!.push([mul(weight, scalar), own]);
    value = add(value, mul(weight, claimed));
    weight = mul(weight, x1);
  };
  take([[1n, claims.random]], claims.randomValue);
  let power_ = 1n;
  const quotient: [bigint, Point][] = claims.pieces.map((piece) => {
    const own: [bigint, Point] = [power_, piece];
    power_ = mul(power_, claims.xn);
    return own;
  });
  take(quotient, claims.quotient);
  for (const { point, value, next } of queried.slice().reverse()) if (next === undefined) take([[1n, point]], value);
  const sum = queried.find(({ next }) => next !== undefined)!;
  commitments[1]!.push([1n, sum.point]);

  const q = words.point();
  const x3 = transcript.challenge();
  const [u0, u1] = [words.scalar(), words.scalar()];
  const next = mul(x, rootOfUnity(layout.k));
  const [toX, toNext] = inverses([sub(x3, x), sub(x3, next)]);
  // The line through the two values of the running sum, at x_3.
  const slope = mul(sub(sum.next!, sum.value), inverse(sub(next, x)));
  const line = add(sum.value, mul(slope, sub(x3, x)));
  const f0 = mul(sub(u0, value), toX!);
  const f1 = mul(mul(sub(u1, line), toX!), toNext!);
  const x4 = transcript.challenge();
  const f = add(mul(f0, x2), f1);
  const v = add(mul(add(mul(f, x4), u0), x4), u1);
  const points: [bigint, Point][] = [
    [mul(x4, x4), q],
    ...commitments[0]!.map(([scalar, point]): [bigint, Point] => [mul(x4, scalar), point]),
    ...commitments[1]!,
  ];
  return innerProduct(layout, words, transcript, points, x3, v);
}

/** The commitment `Σ points` opens at `x` to `v`. */
function innerProduct(
  layout: Layout,
  words: Words,
  transcript: Transcript,
  points: [bigint, Point][],
  x: bigint,
  v: bigint,
): Relation {
  const s = words.point();
  const xi = transcript.challenge();
  points.push([xi, s]);
  const z = transcript.challenge();
  const rounds: { left: Point; right: Point; u: bigint }[] = [];
  for (let j = 0; j < layout.k; j++) {
    const [left, right] = [words.point(), words.point()];
    rounds.push({ left, right, u: transcript.challenge() });
  }
  const inverted = inverses(rounds.map(({ u }) => u));
  rounds.forEach(({ left, right, u }, j) => points.push([inverted[j]!, left], [u, right]));
  const [c, blind] = [words.scalar(), words.scalar()];
  // b = Π (1 + u_j · x^(2^(k−j))), and the coefficients of G' in the same order.
  let b = 1n;
  let coefficients = [neg(c)];
  let square = x;
  for (const { u } of rounds.slice().reverse()) {
    b = mul(b, add(1n, mul(u, square)));
    square = mul(square, square);
    coefficients = coefficients.concat(coefficients.map((scalar) => mul(scalar, u)));
  }
  return {
    coefficients,
    ipaFirst: neg(v),
    ipaBlind: neg(blind),
    ipaProduct: neg(mul(mul(c, b), z)),
    points,
  };
}

