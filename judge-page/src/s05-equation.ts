// The linear equation of a batch, and the instance columns. docs/protocol.md section 5.3, "The equation";
// docs/protocol.md section 13, "Cells that are absorbed" ([step-circuit]).

import { add, inner, inverses, mod, mul, P, power, powers, rootOfUnity, sub, write32 } from "./s02-field.ts";
import { pointwiseNodes, type Classifier } from "./s04-classifier.ts";
import { biasVector } from "./s04-bounds.ts";
import { walk } from "./s04-maps.ts";
import type { Columns } from "./s05-circuit.ts";
import { endRow, startOf, type Layout } from "./s05-layout.ts";

/** The powers of `ρ`: `s_t` for every pointwise node, and `ρ^(T+j)` for the integers of an answer. */
export interface Weights {
  relations: bigint[][];
  answers: bigint[];
}

export function weightsOf(classifier: Classifier, rho: bigint): Weights {
  let power_ = 1n;
  const next = (count: number): bigint[] => Array.from({ length: count }, () => (power_ = mul(power_, rho)));
  const relations = pointwiseNodes(classifier).map(({ length }) => next(length));
  return { relations, answers: next(relations[relations.length - 1]!.length) };
}

/** `u = −Aᵀs` on outputs, `u_in` on the view, and `⟨s, b⟩`. */
export interface Adjoint {
  outputs: bigint[][];
  input: bigint[];
  bias: bigint;
  /** The gradient of every node: what `−s` becomes, carried back to it. */
  gradients: Map<number, bigint[]>;
}

/** Carries `−s` back over the public maps. `keep` says of which nodes the gradient is kept. */
export function adjoint(classifier: Classifier, relations: readonly bigint[][], keep?: (node: number) => boolean): Adjoint {
  const { nodes, lengths } = classifier;
  const gradients: (bigint[] | undefined)[] = nodes.map(() => undefined);
  const at = (value: number): bigint[] => (gradients[value] ??= new Array<bigint>(lengths[value]!).fill(0n));
  const out: Adjoint = { outputs: [], input: [], bias: 0n, gradients: new Map() };
  let pointwise = relations.length;
  for (let i = nodes.length - 1; i >= 0; i--) {
    const node = nodes[i]!;
    const own = gradients[i + 1];
    gradients[i + 1] = undefined;
    if (node.type === "pointwise") {
      pointwise -= 1;
      out.outputs[pointwise] = own?.map(mod) ?? new Array<bigint>(lengths[i + 1]!).fill(0n);
      const source = at(node.source);
      relations[pointwise]!.forEach((s, j) => (source[j] = source[j]! - s));
      continue;
    }
    if (own === undefined) continue;
    const h = own.map(mod);
    if (keep?.(i)) out.gradients.set(i, h);
    if (node.bias.length > 0) biasVector(node).forEach((b, j) => (out.bias -= b * h[j]!));
    for (const { source, map } of node.terms) {
      const g = at(source);
      walk(map, g.length, h.length, (weight, output, input, step, count) => {
        const w = BigInt(weight);
        for (let j = 0; j < count; j++) g[input + j * step] = g[input + j * step]! + w * h[output + j]!;
      });
    }
  }
  out.input = at(0).map(mod);
  out.bias = mod(out.bias);
  return out;
}

/** The coefficients of `q, r, z` of one item, by lane and part. */
export type Lanes = bigint[][];

export function lanesOf(layout: Layout, weights: Weights, outputs: readonly bigint[][]): Lanes {
  const { lanes, itemRows, blocks } = layout;
  const out: Lanes = Array.from({ length: 3 * lanes }, () => new Array<bigint>(itemRows).fill(0n));
  const last = weights.relations.length - 1;
  for (const block of blocks) {
    const [q, r] = [1n << BigInt(block.a), 1n << BigInt(block.b)];
    for (let i = 0; i < block.length; i++) {
      const row = block.start + Math.floor(i / lanes);
      const lane = 3 * (i % lanes);
      const s = weights.relations[block.node]![i]!;
      out[lane]![row] = mul(s, q);
      out[lane + 1]![row] = mul(s, r);
      if (!block.isFirst) continue;
      const z = outputs[block.node]![i]!;
      out[lane + 2]![row] = block.node === last ? add(z, weights.answers[i]!) : z;
    }
  }
  return out;
}

/** The right-hand side of one item: `⟨s, b⟩ + Σ_j ρ^(T+j)·a_j`. */
export function sideOf(bias: bigint, weights: Weights, answer: readonly number[]): bigint {
  return answer.reduce((sum, a, j) => (a === 0 ? sum : mod(sum + weights.answers[j]! * BigInt(a))), bias);
}

/** The instance columns of a batch. */
export class Instance {
  private readonly levels: number;

  /**
   * `places` are the weights `η^(b+1)` of the occupied places, `sides` the right-hand sides of the groups.
   */
  constructor(
    private readonly layout: Layout,
    private readonly columns: Columns,
    private readonly lanes: Lanes,
    private readonly places: readonly bigint[],
    private readonly sides: readonly bigint[],
  ) {
    this.levels = places.length;
  }

  /** Hands out all cells in order, column after column, each the byte 2 and 32 bytes. */
  absorb(take: (bytes: Uint8Array) => void): void {
    const { layout } = this;
    for (const coefficients of this.lanes) {
      const column = new Cells(startOf(layout, this.levels));
      this.places.forEach((weight, b) => {
        const start = startOf(layout, b);
        coefficients.forEach((c, row) => c !== 0n && column.set(start + row, mul(weight, c)));
      });
      take(column.bytes);
    }
    const sides = new Cells(layout.groups);
    this.sides.forEach((side, c) => sides.set(layout.groups - 1 - c, side));
    take(sides.bytes);
    take(layoutCells(layout));
  }

  /** The values of all columns at `x`. */
  valuesAt(x: bigint, xn: bigint): bigint[] {
    const { layout, columns } = this;
    const at = lagrange(layout, x, xn);
    const out = new Array<bigint>(columns.instance);
    // Σ_b η^(b+1) · l at the row of place b.
    const rows = Array.from({ length: layout.itemRows }, (_, row) => {
      let sum = 0n;
      this.places.forEach((weight, b) => (sum += weight * at[startOf(layout, b) + row]!));
      return sum % P;
    });
    this.lanes.forEach((coefficients, i) => (out[i] = inner(coefficients, rows)));
    out[columns.sides] = inner(this.sides, at.slice(0, layout.groups).reverse());
    const { tags, entries } = layoutColumns(layout);
    const small = (list: ArrayLike<number>, from: number): bigint => {
      let sum = 0n;
      for (let i = 0; i < list.length; i++) if (list[i] !== 0) sum += BigInt(list[i]!) * at[from + i]!;
      return mod(sum);
    };
    tags.forEach((list, i) => (out[columns.tagQ + i] = small(list, layout.groups)));
    entries.forEach((list, i) => (out[columns.table(0, 0) + i] = small(list, layout.groups)));
    const ones = (from: number, to: number): bigint => at.slice(from, to).reduce((sum, l) => sum + l, 0n) % P;
    const end = endRow(layout);
    out[columns.select.first] = at[0]!;
    out[columns.select.masks] = ones(0, layout.groups);
    out[columns.select.body] = ones(layout.groups, end);
    out[columns.select.end] = at[end]!;
    return out;
  }
}

/** Cells of one column in the form of the transcript. */
class Cells {
  readonly bytes: Uint8Array;
  constructor(count: number) {
    this.bytes = new Uint8Array(33 * count);
    for (let i = 0; i < count; i++) this.bytes[33 * i] = 2;
  }
  set(row: number, value: bigint): void {
    write32(value, this.bytes, 33 * row + 1);
  }
}

interface LayoutColumns {
  /** Tags of `(q, z)` and of `r`, from the first body row. */
  tags: number[][];
  /** Tag, argument and value of every table column, from the first body row. */
  entries: number[][];
}

function layoutColumns(layout: Layout): LayoutColumns {
  const tags = (["tagQ", "tagR"] as const).map((part) => {
    const item = layout.blocks.flatMap((block) => new Array<number>(block.rows).fill(block[part]));
    return Array.from({ length: layout.bodyRows }, (_, row) =>
      row < layout.stack * layout.itemRows ? item[row % layout.itemRows]! : item[0]!,
    );
  });
  const { tag, argument, value } = layout.entries;
  const entries: number[][] = [];
  for (let from = 0; from < tag.length; from += layout.bodyRows) {
    for (const list of [tag, argument, value]) entries.push(list.slice(from, from + layout.bodyRows));
  }
  return { tags, entries };
}

const CELLS = new WeakMap<Layout, Uint8Array>();

/** The cells of the columns that follow from the layout alone. */
function layoutCells(layout: Layout): Uint8Array {
  const known = CELLS.get(layout);
  if (known !== undefined) return known;
  const { tags, entries } = layoutColumns(layout);
  const [start, end] = [layout.groups, endRow(layout)];
  const lists = [...tags, ...entries].map((list) => [...new Array<number>(start).fill(0), ...list]);
  const ones = (from: number, to: number): number[] => [...new Array<number>(from).fill(0), ...new Array<number>(to - from).fill(1)];
  lists.push(ones(0, 1), ones(0, start), ones(start, end), ones(end, end + 1));
  const cells = new Cells(lists.reduce((sum, list) => sum + list.length, 0));
  let row = 0;
  for (const list of lists) {
    for (const value of list) {
      if (value !== 0) cells.set(row, value > 0 ? BigInt(value) : P + BigInt(value));
      row += 1;
    }
  }
  CELLS.set(layout, cells.bytes);
  return cells.bytes;
}

/** The Lagrange polynomials of the rows up to the end of the running sum, at `x`. */
function lagrange(layout: Layout, x: bigint, xn: bigint): bigint[] {
  const count = endRow(layout) + 1;
  const omega = powers(1n, rootOfUnity(layout.k), count);
  const below = inverses(omega.map((w) => sub(x, w)));
  const common = mul(sub(xn, 1n), power(BigInt(layout.rows), P - 2n));
  return below.map((inverse, i) => mul(mul(inverse, omega[i]!), common));
}

