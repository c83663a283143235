// The group G1 of BN254: its points as bytes, sums of them, and hashing to it.
// docs/protocol.md section 2, "Notation"; [format-view-commitment];
// docs/protocol.md section 11, "Hash to the curve".

import { bn254 } from "@noble/curves/bn254.js";
import { malformed } from "./bytes.ts";
import { integer, write32, Q } from "./s02-field.ts";
import { Hash } from "./s02-hash.ts";

export const G1Point = bn254.G1.Point;
export type Point = InstanceType<typeof G1Point>;
const IDENTITY: Point = G1Point.ZERO;

/** The square root of a square modulo `q ≡ 3 mod 4`, or `undefined`. */
function squareRoot(square: bigint): bigint | undefined {
  // The exponent (q + 1) / 4, in digits of 4 bits.
  const table = [1n];
  for (let i = 1; i < 16; i++) table.push((table[i - 1]! * square) % Q);
  let root = 1n;
  for (const digit of ROOT_DIGITS) {
    root = (root * root) % Q;
    root = (root * root) % Q;
    root = (root * root) % Q;
    root = (root * root) % Q;
    if (digit > 0) root = (root * table[digit]!) % Q;
  }
  return (root * root) % Q === square ? root : undefined;
}

const ROOT_DIGITS = Array.from(((Q + 1n) / 4n).toString(16), (digit) => parseInt(digit, 16));

/** The point with this abscissa whose ordinate is odd, or even. */
function lift(x: bigint, odd: boolean): Point | undefined {
  const y = squareRoot((((x * x) % Q) * x + 3n) % Q);
  if (y === undefined) return undefined;
  return G1Point.fromAffine({ x, y: ((y & 1n) === 1n) === odd ? y : Q - y });
}

/** Reads the canonical form of a point other than the identity. */
export function readPoint(bytes: Uint8Array): Point {
  const last = bytes[31]!;
  const x = integer(bytes) & ((1n << 254n) - 1n);
  if (bytes.length !== 32 || last >> 7 !== 0 || x >= Q) malformed("it is not a point of the curve");
  return lift(x, ((last >> 6) & 1) === 1) ?? malformed("it is not a point of the curve");
}

/** The coordinates of a point, each in 32 bytes. */
export function coordinates(point: Point): Uint8Array {
  const { x, y } = point.toAffine();
  const out = new Uint8Array(64);
  write32(x, out);
  write32(y, out, 32);
  return out;
}

export function compress(point: Point): Uint8Array {
  const { x, y } = point.toAffine();
  const out = new Uint8Array(32);
  write32(x, out);
  out[31] = out[31]! | (Number(y & 1n) << 6);
  return out;
}

/** `Σ scalars[i] · points[i]`, bucket by bucket (Pippenger), with digits from −2^(c−1) to 2^(c−1). */
export function combine(scalars: readonly bigint[], points: readonly Point[]): Point {
  const used: number[] = [];
  for (let i = 0; i < scalars.length; i++) if (scalars[i] !== 0n) used.push(i);
  if (used.length === 0) return IDENTITY;
  const width = windowFor(used.length);
  const digits = used.map((i) => signedDigits(scalars[i]!, width));
  const negated: (Point | undefined)[] = new Array(used.length);
  const buckets: (Point | undefined)[] = new Array((1 << (width - 1)) + 1);
  let total = IDENTITY;
  for (let window = digits[0]!.length - 1; window >= 0; window--) {
    for (let i = 0; i < width && !total.is0(); i++) total = total.double();
    buckets.fill(undefined);
    for (let j = 0; j < used.length; j++) {
      const digit = digits[j]![window]!;
      if (digit === 0) continue;
      const point = points[used[j]!]!;
      const term = digit > 0 ? point : (negated[j] ??= point.negate());
      const bucket = Math.abs(digit);
      const before = buckets[bucket];
      buckets[bucket] = before === undefined ? term : before.add(term);
    }
    let running = IDENTITY;
    let window_sum = IDENTITY;
    for (let bucket = buckets.length - 1; bucket > 0; bucket--) {
      const own = buckets[bucket];
      if (own !== undefined) running = running.add(own);
      window_sum = window_sum.add(running);
    }
    total = total.add(window_sum);
  }
  return total;
}

function windowFor(count: number): number {
  return Math.max(3, Math.min(12, Math.floor(Math.log2(count)) - 1));
}

/** The digits of a scalar to the base `2^width`, lowest first. */
function signedDigits(scalar: bigint, width: number): Int16Array {
  const count = Math.ceil(255 / width) + 1;
  const out = new Int16Array(count);
  const base = 1 << width;
  const bytes = new Uint8Array(40);
  write32(scalar, bytes);
  let carry = 0;
  for (let i = 0; i < count; i++) {
    const bit = i * width;
    const at = bit >> 3;
    const word =
      at < 36 ? bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24) : 0;
    let digit = ((word >>> (bit & 7)) & (base - 1)) + carry;
    carry = 0;
    if (digit > base / 2) {
      digit -= base;
      carry = 1;
    }
    out[i] = digit;
  }
  return out;
}

/** The point of a message under a domain: trial and increment. */
export function hashToCurve(domain: Uint8Array, message: Uint8Array): Point {
  for (let counter = 0; ; counter++) {
    const wide = new Uint8Array(64);
    for (const half of [0, 1]) {
      const hash = Hash.of("duces/hash-to-curve/v1").part(domain).part(message);
      wide.set(hash.part(counter).part(half).finish(), 32 * half);
    }
    const point = lift(integer(wide) % Q, wide[63]! >> 7 === 1);
    if (point !== undefined) return point;
  }
}
