// Rows and columns of a batch. docs/protocol.md section 5.2, "Layout".

import { malformed } from "./bytes.ts";
import { H } from "./s02-hash.ts";
import { activations, pointwiseNodes, type Classifier } from "./s04-classifier.ts";

/** The ranges of the dimensions, the widest range table, and the rows for blinding. */
const WIDTH = { least: 11, most: 23 };
const COLUMN = { least: 11, most: 14 };
const RANGE_BITS = 13;
const BLINDING_ROWS = 6;

export interface Dimensions {
  width: number;
  k: number;
  lanes: number;
}

/** A run of rows for the elements of one pointwise node. */
export interface Block {
  /** First row within the item. */
  start: number;
  rows: number;
  /** The pointwise node, in order, and its elements. */
  node: number;
  length: number;
  /** `q` counts `2^a` times, `r` `2^b` times. */
  a: number;
  b: number;
  /** The tags of `(q, z)` and of `r`. */
  tagQ: number;
  tagR: number;
  /** Whether `z` is the activation's output. */
  isFirst: boolean;
}

export interface Layout extends Dimensions {
  /** Rows of a column. */
  rows: number;
  /** `C`. */
  groups: number;
  /** `A`. */
  bodyRows: number;
  stack: number;
  itemRows: number;
  blocks: Block[];
  entries: Entries;
  tableColumns: number;
  digest: Uint8Array;
}

/** The entries of the table. */
export interface Entries {
  tag: number[];
  argument: number[];
  value: number[];
}

export function checkDimensions({ width, k, lanes }: Dimensions): void {
  const inside = (name: string, value: number, least: number, most: number): void => {
    if (value < least || value > most) malformed(`${name} is ${value}, which is not from ${least} to ${most}`);
  };
  inside("width", width, WIDTH.least, WIDTH.most);
  inside("k", k, COLUMN.least, Math.min(COLUMN.most, width));
  inside("lanes", lanes, 1, 2 ** (width - k));
}

export function layOut(classifier: Classifier, dimensions: Dimensions): Layout {
  const { width, k, lanes } = dimensions;
  const { entries, tags } = table(classifier);
  const blocks = blocksOf(classifier, lanes, tags);
  const itemRows = blocks.reduce((sum, block) => sum + block.rows, 0);
  const groups = Math.floor(2 ** (width - k) / lanes);
  const bodyRows = Math.max(0, 2 ** k - BLINDING_ROWS - 1 - groups);
  const stack = Math.floor(bodyRows / itemRows);
  if (stack < 1) {
    malformed(
      `one item has ${activations(classifier)} activations, which do not fit a batch of ` +
        `width ${width}, k ${k}, lanes ${lanes}`,
    );
  }
  const count = entries.tag.length;
  const digest = H("duces/layout/v1", width, k, lanes, groups, stack, itemRows, count, RANGE_BITS);
  const tableColumns = Math.ceil(count / bodyRows);
  return { width, k, lanes, rows: 2 ** k, groups, bodyRows, stack, itemRows, blocks, entries, tableColumns, digest };
}

export const itemsPerBatch = (layout: Layout): number => layout.groups * layout.stack;
export const triples = (layout: Layout): number => layout.groups * layout.lanes;
/** The row where the running sum ends. */
export const endRow = (layout: Layout): number => layout.groups + layout.bodyRows;
/** The first row of the items at place `b`. */
export const startOf = (layout: Layout, b: number): number => layout.groups + b * layout.itemRows;

/** The bits of the limbs of a remainder below `2^shift`, the highest first. */
export function limbs(shift: number): number[] {
  const count = 1 + 2 * Math.ceil(Math.max(0, shift - RANGE_BITS) / (2 * RANGE_BITS));
  return Array.from({ length: count }, (_, i) => Math.floor(shift / count) + (i < shift % count ? 1 : 0));
}

interface Tags {
  functions: Map<number, number>;
  ranges: Map<number, number>;
}

/** The one lookup table: functions by index, then ranges by width. */
function table(classifier: Classifier): { entries: Entries; tags: Tags } {
  const nodes = pointwiseNodes(classifier).map(({ node }) => node);
  const ascending = (list: number[]): number[] => [...new Set(list)].sort((a, b) => a - b);
  const functions = ascending(nodes.map((node) => node.table));
  const widths = ascending([0, ...nodes.flatMap((node) => limbs(node.shift))]);
  const entries: Entries = { tag: [], argument: [], value: [] };
  const tags: Tags = { functions: new Map(), ranges: new Map() };
  let tag = 0;
  const add = (argument: number, value: number): void => {
    entries.tag.push(tag);
    entries.argument.push(argument);
    entries.value.push(value);
  };
  for (const index of functions) {
    tags.functions.set(index, ++tag);
    const { lo, outputs } = classifier.tables[index]!;
    outputs.forEach((value, i) => add(lo + i, value));
  }
  for (const width of widths) {
    tags.ranges.set(width, ++tag);
    for (let argument = 0; argument < 2 ** width; argument++) add(argument, 0);
  }
  return { entries, tags };
}

/** For every pointwise node a block for quotients and first limbs, then one for every pair of limbs. */
function blocksOf(classifier: Classifier, lanes: number, tags: Tags): Block[] {
  const blocks: Block[] = [];
  let start = 0;
  pointwiseNodes(classifier).forEach(({ node, length }, index) => {
    const [first, ...pairs] = limbs(node.shift);
    const rows = Math.ceil(length / lanes);
    const push = (a: number, b: number, tagQ: number, tagR: number, isFirst: boolean): void => {
      blocks.push({ start, rows, node: index, length, a, b, tagQ, tagR, isFirst });
      start += rows;
    };
    let rest = node.shift - first!;
    push(node.shift, rest, tags.functions.get(node.table)!, tags.ranges.get(first!)!, true);
    for (let i = 0; i < pairs.length; i += 2) {
      const [high, low] = [pairs[i]!, pairs[i + 1]!];
      push(rest - high, rest - high - low, tags.ranges.get(high)!, tags.ranges.get(low)!, false);
      rest -= high + low;
    }
  });
  return blocks;
}
