// The sum `1·Y + c·f(⌊Y / 2^s⌋) + bias`, analysed as one function of `Y`. docs/protocol.md section 4, "Request".

import type { Interval } from "./s04-bounds.ts";
import { LIMITS, type Classifier, type LinearMap, type Node, type Table, type Term } from "./s04-classifier.ts";
import { Extremes } from "./s04-extremes.ts";

export interface Sum {
  source: number;
  table: number;
  shift: number;
  factor: number;
  bias: BigInt64Array;
  /** The extremes of `g(h) = 2^s·h + c·f(h)` over the table's arguments. */
  prepare(table: Table): Extremes;
}

/** Recognises the sum: one term is `1·Y`, the other a multiple of a small table's output that reads `Y`. */
export function sumOf(node: Node & { type: "linear" }, { nodes, tables }: Classifier): Sum | undefined {
  const [one, other] = node.terms;
  if (node.terms.length !== 2 || node.hidden !== undefined) return undefined;
  const read = (y: Term<LinearMap>, z: Term<LinearMap>): Sum | undefined => {
    if (y.map.type !== "scale" || y.map.factor !== 1 || z.map.type !== "scale") return undefined;
    const made = nodes[z.source - 1];
    if (made?.type !== "pointwise" || made.source !== y.source) return undefined;
    if (tables[made.table]!.outputs.length > LIMITS.smallTable) return undefined;
    const { table, shift } = made;
    const factor = z.map.factor;
    const prepare = (own: Table): Extremes => prepared(own, shift, factor);
    return { source: y.source, table, shift, factor, bias: node.bias, prepare };
  };
  return read(one!, other!) ?? read(other!, one!);
}

function prepared({ lo, outputs }: Table, shift: number, factor: number): Extremes {
  const largest = Math.max(Math.abs(lo), Math.abs(lo + outputs.length)) * 2 ** shift + Math.abs(factor) * 2 ** 31;
  if (largest <= Number.MAX_SAFE_INTEGER) {
    return Extremes.of(outputs.length, (i) => (lo + i) * 2 ** shift + factor * outputs[i]!);
  }
  return Extremes.ofLarge(outputs.length, (i) => cell(lo + i, outputs[i]!, shift, factor));
}

const cell = (h: number, z: number, shift: number, factor: number): bigint =>
  (BigInt(h) << BigInt(shift)) + BigInt(factor) * BigInt(z);

/** Intersects an interval of the sum, `y` being that of `Y`. */
export function lookUpSum(sum: Sum, table: Table, extremes: Extremes, y: Interval, own: Interval): void {
  const wide = 1n << BigInt(sum.shift);
  const run = own.lo.length / Math.max(1, sum.bias.length);
  let [least, greatest] = [0n, 0n];
  for (let i = 0; i < own.lo.length; i++) {
    if (i === 0 || y.lo[i] !== y.lo[i - 1] || y.hi[i] !== y.hi[i - 1]) {
      [least, greatest] = over(BigInt(y.lo[i]!), BigInt(y.hi[i]!), wide, sum, table, extremes);
    }
    const bias = sum.bias.length > 0 ? sum.bias[Math.floor(i / run)]! : 0n;
    raise(own.lo, i, least + bias);
    lower(own.hi, i, greatest + bias);
  }
}

/** The extremes of `g(h) + r` for `Y = h·2^s + r` in `[a, b]`. */
function over(a: bigint, b: bigint, wide: bigint, sum: Sum, table: Table, extremes: Extremes): [bigint, bigint] {
  const s = BigInt(sum.shift);
  const [head, tail] = [Number(a >> s), Number(b >> s)];
  const g = (h: number): bigint => cell(h, table.outputs[h - table.lo]!, sum.shift, sum.factor);
  const start = a - (BigInt(head) << s);
  const end = b - (BigInt(tail) << s);
  if (head === tail) return [g(head) + start, g(head) + end];
  let least = min(g(head) + start, g(tail));
  let greatest = max(g(head) + wide - 1n, g(tail) + end);
  if (head + 1 < tail) {
    const [low, high] = extremes.query(head + 1 - table.lo, tail - 1 - table.lo);
    least = min(least, BigInt(low));
    greatest = max(greatest, BigInt(high) + wide - 1n);
  }
  return [least, greatest];
}

const min = (a: bigint, b: bigint): bigint => (a < b ? a : b);
const max = (a: bigint, b: bigint): bigint => (a > b ? a : b);

function raise(list: Float64Array | BigInt64Array, i: number, bound: bigint): void {
  if (bound > BigInt(list[i]!)) set(list, i, bound);
}

function lower(list: Float64Array | BigInt64Array, i: number, bound: bigint): void {
  if (bound < BigInt(list[i]!)) set(list, i, bound);
}

function set(list: Float64Array | BigInt64Array, i: number, value: bigint): void {
  if (list instanceof Float64Array) list[i] = Number(value);
  else list[i] = value;
}
