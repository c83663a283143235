// Interval analysis over all byte vectors: no argument leaves its table, no accumulator ±2^62.
// docs/protocol.md section 4, "Limits of a classifier" ([format-classifier]).

import { malformed } from "./bytes.ts";
import { LIMITS, type Classifier, type LinearMap, type Node } from "./s04-classifier.ts";
import { lookUpSum, sumOf, type Sum } from "./s04-correlated.ts";
import { Extremes } from "./s04-extremes.ts";
import { steepest, walk, workOfElements, workOfMap } from "./s04-maps.ts";
import { atNode, freedAfter, TOO_MUCH_WORK } from "./s04-structure.ts";

/** The least and the greatest integer of every element. Doubles where these are exact. */
export interface Interval {
  lo: Float64Array | BigInt64Array;
  hi: Float64Array | BigInt64Array;
}

type Linear = Node & { type: "linear" };
const ACCUMULATOR = 1n << 62n;
const EXACT = BigInt(Number.MAX_SAFE_INTEGER);

/** Analyses all nodes; tells of each whether its sums need more than doubles. */
export function analyse(classifier: Classifier): boolean[] {
  const analysis = new Analysis(classifier);
  freedAfter(classifier.nodes).forEach((freed, i) => {
    atNode(i, () => analysis.node(i));
    for (const value of freed) analysis.free(value);
  });
  return analysis.wide;
}

class Analysis {
  readonly wide: boolean[] = [];
  private readonly intervals: (Interval | undefined)[];
  private readonly magnitudes: bigint[] = [255n];
  private readonly ranges: (Extremes | undefined)[] = [];
  /** The last four sums `Y + c·f(⌊Y / 2^s⌋)`, the latest last. */
  private prepared: { key: string; extremes: Extremes }[] = [];
  private work = 0;

  constructor(private readonly classifier: Classifier) {
    const { inputLength } = classifier;
    const view = { lo: new Float64Array(inputLength), hi: new Float64Array(inputLength).fill(255) };
    this.intervals = [view];
  }

  free(value: number): void {
    this.intervals[value] = undefined;
  }

  node(i: number): void {
    const node = this.classifier.nodes[i]!;
    const interval = node.type === "linear" ? this.linear(i, node) : this.pointwise(node);
    this.intervals[i + 1] = interval;
    this.magnitudes[i + 1] = magnitude(interval);
  }

  private spend(units: number): void {
    this.work += units;
    if (this.work > LIMITS.work) malformed(TOO_MUCH_WORK);
  }

  private linear(i: number, node: Linear): Interval {
    // The most that a sum can reach on the way, whatever its order.
    let most = node.bias.reduce((most, b) => (abs(b) > most ? abs(b) : most), 0n);
    for (const { source, map } of node.terms) {
      const { weight, entries } = steepest(map, this.classifier.lengths[source]!);
      most += this.magnitudes[source]! * BigInt(weight) * BigInt(entries);
    }
    const units = node.terms.reduce((sum, { map }) => sum + workOfMap(map, node.length), workOfElements(node.length));
    this.spend(units * (most >= 1n << 63n ? 4 : 1));
    const wide = most > EXACT;
    this.wide[i] = wide;
    const sum = sumOf(node, this.classifier);
    const interval = wide ? this.watched(node) : this.exact(node);
    if (sum !== undefined) this.narrow(sum, interval);
    const outside = (list: Float64Array | BigInt64Array): boolean => list.some((v) => abs(BigInt(v)) > ACCUMULATOR);
    if (wide && (outside(interval.lo as BigInt64Array) || outside(interval.hi as BigInt64Array))) tooLarge();
    return interval;
  }

  /** Sums in doubles, which hold every integer that can occur. */
  private exact(node: Linear): Interval {
    const lo = Float64Array.from(biasVector(node), Number);
    const hi = lo.slice();
    for (const { source, map } of node.terms) {
      const from = this.intervals[source]!;
      const [low, high] = [numbers(from.lo), numbers(from.hi)];
      walk(map, low.length, lo.length, (weight, output, input, step, count) => {
        const [a, b] = weight < 0 ? [high, low] : [low, high];
        for (let j = 0; j < count; j++) {
          lo[output + j] = lo[output + j]! + weight * a[input + j * step]!;
          hi[output + j] = hi[output + j]! + weight * b[input + j * step]!;
        }
      });
    }
    return { lo, hi };
  }

  /** Sums one by one: each product and each partial sum must fit 64 bits. */
  private watched(node: Linear): Interval {
    const lo = Array.from(biasVector(node));
    const hi = lo.slice();
    for (const { source, map } of node.terms) {
      const from = this.intervals[source]!;
      this.addWatched(map, from, lo, hi);
    }
    return { lo: BigInt64Array.from(lo), hi: BigInt64Array.from(hi) };
  }

  private addWatched(map: LinearMap, from: Interval, lo: bigint[], hi: bigint[]): void {
    const [low, high] = [bigs(from.lo), bigs(from.hi)];
    const add = (sums: bigint[], at: number, weight: bigint, z: bigint): void => {
      const product = weight * z;
      const total = sums[at]! + product;
      if (BigInt.asIntN(64, product) !== product || BigInt.asIntN(64, total) !== total) tooLarge();
      sums[at] = total;
    };
    walk(map, low.length, lo.length, (weight, output, input, step, count) => {
      const [a, b] = weight < 0 ? [high, low] : [low, high];
      for (let j = 0; j < count; j++) {
        add(lo, output + j, BigInt(weight), a[input + j * step]!);
        add(hi, output + j, BigInt(weight), b[input + j * step]!);
      }
    });
  }

  /** Intersects with the interval of `Y + c·f(⌊Y / 2^s⌋)` as one function of `Y`. */
  private narrow(sum: Sum, interval: Interval): void {
    const table = this.classifier.tables[sum.table]!;
    const y = this.intervals[sum.source]!;
    const key = `${sum.table} ${sum.factor} ${sum.shift}`;
    const known = this.prepared.find((one) => one.key === key);
    this.spend(80 * changes(y) + (known ? 0 : 16 * table.outputs.length));
    const own = known ?? { key, extremes: sum.prepare(table) };
    this.prepared = [...this.prepared.filter((one) => one !== own), own].slice(-4);
    lookUpSum(sum, table, own.extremes, y, interval);
  }

  private pointwise(node: Node & { type: "pointwise" }): Interval {
    const table = this.classifier.tables[node.table]!;
    const y = this.intervals[node.source]!;
    const lookup = table.outputs.length > LIMITS.smallTable ? 128 : 32;
    this.spend(workOfElements(y.lo.length) + lookup * changes(y));
    const extremes = (this.ranges[node.table] ??= Extremes.of(table.outputs.length, (i) => table.outputs[i]!));
    const lo = new Float64Array(y.lo.length);
    const hi = new Float64Array(y.lo.length);
    for (let i = 0; i < lo.length; i++) {
      if (i > 0 && y.lo[i] === y.lo[i - 1] && y.hi[i] === y.hi[i - 1]) {
        [lo[i], hi[i]] = [lo[i - 1]!, hi[i - 1]!];
        continue;
      }
      const [a, b] = [shifted(y.lo[i]!, node.shift), shifted(y.hi[i]!, node.shift)];
      const last = table.lo + table.outputs.length - 1;
      if (a < table.lo || b > last) {
        malformed(`element ${i} can take values from ${a} to ${b}, its table covers ${table.lo} to ${last}`);
      }
      const [least, greatest] = extremes.query(a - table.lo, b - table.lo);
      [lo[i], hi[i]] = [Number(least), Number(greatest)];
    }
    return { lo, hi };
  }
}

const tooLarge = (): never => malformed("an accumulator can exceed 2^62");
const abs = (v: bigint): bigint => (v < 0n ? -v : v);

/** `⌊y / 2^shift⌋`. */
export function shifted(y: number | bigint, shift: number): number {
  return typeof y === "bigint" ? Number(y >> BigInt(shift)) : Math.floor(y / 2 ** shift);
}

function magnitude({ lo, hi }: Interval): bigint {
  let most = 0n;
  if (lo instanceof Float64Array && hi instanceof Float64Array) {
    let number = 0;
    for (let i = 0; i < lo.length; i++) number = Math.max(number, Math.abs(lo[i]!), Math.abs(hi[i]!));
    return BigInt(number);
  }
  for (const list of [lo, hi]) for (const v of list) if (abs(BigInt(v)) > most) most = abs(BigInt(v));
  return most;
}

/** How often the interval of an element is not that of the element before. */
function changes({ lo, hi }: Interval): number {
  let count = 1;
  for (let i = 1; i < lo.length; i++) if (lo[i] !== lo[i - 1] || hi[i] !== hi[i - 1]) count += 1;
  return count;
}

const numbers = (list: Float64Array | BigInt64Array): Float64Array =>
  list instanceof Float64Array ? list : Float64Array.from(list, Number);
const bigs = (list: Float64Array | BigInt64Array): BigInt64Array =>
  list instanceof BigInt64Array ? list : BigInt64Array.from(list, BigInt);

/** The bias of every element. */
export function biasVector({ bias, length }: Linear): BigInt64Array {
  const out = new BigInt64Array(length);
  const run = length / bias.length;
  if (bias.length > 0) for (let i = 0; i < length; i++) out[i] = bias[Math.floor(i / run)]!;
  return out;
}
