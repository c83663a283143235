// The scalar field F of BN254 and sums in it. docs/protocol.md section 2, "Notation".

import { malformed } from "./bytes.ts";

/** The order of the group, the modulus of scalars. */
export const P = 0x30644e72e131a029b85045b68181585d2833e84879b9709143e1f593f0000001n;
/** The modulus of coordinates. */
export const Q = 0x30644e72e131a029b85045b68181585d97816a916871ca8d3c208c16d87cfd47n;

export const mod = (a: bigint): bigint => {
  const r = a % P;
  return r < 0n ? r + P : r;
};
export const mul = (a: bigint, b: bigint): bigint => (a * b) % P;
export const add = (a: bigint, b: bigint): bigint => {
  const sum = a + b;
  return sum >= P ? sum - P : sum;
};
export const sub = (a: bigint, b: bigint): bigint => (a >= b ? a - b : a - b + P);
export const neg = (a: bigint): bigint => (a === 0n ? 0n : P - a);

export function power(base: bigint, exponent: bigint, modulus: bigint = P): bigint {
  let result = 1n;
  for (let e = exponent; e > 0n; e >>= 1n) {
    if (e & 1n) result = (result * base) % modulus;
    base = (base * base) % modulus;
  }
  return result;
}

/** The inverse of a number that is not zero. */
export function inverse(a: bigint): bigint {
  if (a === 0n) throw new RangeError("zero has no inverse");
  let [low, high, x, y] = [mod(a), P, 1n, 0n];
  while (low > 1n) {
    const quotient = high / low;
    [low, high, x, y] = [high - quotient * low, low, y - quotient * x, x];
  }
  return mod(x);
}

/** The inverses of numbers none of which is zero, with one inversion. */
export function inverses(list: readonly bigint[]): bigint[] {
  const before: bigint[] = [];
  let product = 1n;
  for (const a of list) {
    before.push(product);
    product = mul(product, a);
  }
  let rest = inverse(product);
  const out: bigint[] = new Array(list.length);
  for (let i = list.length - 1; i >= 0; i--) {
    out[i] = mul(rest, before[i]!);
    rest = mul(rest, list[i]!);
  }
  return out;
}

/** `first · ratio^i` for `i < count`. */
export function powers(first: bigint, ratio: bigint, count: number): bigint[] {
  const out: bigint[] = new Array(count);
  for (let i = 0, value = first; i < count; i++, value = mul(value, ratio)) out[i] = value;
  return out;
}

export function inner(a: readonly bigint[], b: readonly bigint[]): bigint {
  let sum = 0n;
  const count = Math.min(a.length, b.length);
  for (let i = 0; i < count; i++) if (a[i] !== 0n && b[i] !== 0n) sum += a[i]! * b[i]!;
  return sum % P;
}

export function sum(list: Iterable<bigint>): bigint {
  let total = 0n;
  for (const a of list) total += a;
  return total % P;
}

/** The integer of little-endian bytes. */
export function integer(bytes: Uint8Array): bigint {
  const data = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let value = 0n;
  for (let at = bytes.length; at > 0; ) {
    at -= 8;
    value = (value << 64n) | data.getBigUint64(at, true);
  }
  return value;
}

const WORD = (1n << 64n) - 1n;

/** Writes a number below 2^256 to 32 bytes, little-endian. */
export function write32(value: bigint, out: Uint8Array, at = 0): void {
  const data = new DataView(out.buffer, out.byteOffset, out.byteLength);
  for (let i = 0; i < 4; i++, value >>= 64n) data.setBigUint64(at + 8 * i, value & WORD, true);
}

export function scalarBytes(value: bigint): Uint8Array {
  const out = new Uint8Array(32);
  write32(value, out);
  return out;
}

/** A scalar of 32 bytes, which must be below the order. */
export function readScalar(bytes: Uint8Array): bigint {
  const value = integer(bytes);
  if (value >= P) malformed("a scalar is not smaller than the group order");
  return value;
}

/** A uniform scalar from the system. */
export function randomScalar(): bigint {
  return integer(crypto.getRandomValues(new Uint8Array(64))) % P;
}

/** A root of unity of order 2^28, `7^((p − 1) / 2^28)`. */
const ROOT = power(7n, (P - 1n) >> 28n);

/** `ω`: a root of unity of order `2^k`. */
export function rootOfUnity(k: number): bigint {
  let root = ROOT;
  for (let i = k; i < 28; i++) root = mul(root, root);
  return root;
}

/** The values at `1, ω, ω², …` of a polynomial with as many coefficients, a power of two. */
export function values(coefficients: readonly bigint[]): bigint[] {
  const n = coefficients.length;
  const k = Math.log2(n);
  const out: bigint[] = new Array(n);
  for (let i = 0; i < n; i++) {
    let j = 0;
    for (let bit = 0; bit < k; bit++) j |= ((i >> bit) & 1) << (k - 1 - bit);
    out[j] = coefficients[i]!;
  }
  for (let half = 1; half < n; half *= 2) {
    const roots = powers(1n, rootOfUnity(Math.log2(half) + 1), half);
    for (let start = 0; start < n; start += 2 * half) {
      for (let i = 0; i < half; i++) {
        const low = out[start + i]!;
        const high = mul(out[start + half + i]!, roots[i]!);
        out[start + i] = add(low, high);
        out[start + half + i] = sub(low, high);
      }
    }
  }
  return out;
}
