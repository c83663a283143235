// The classifier and its bytes. docs/protocol.md section 11, "Classifier" ([format-classifier]).

import { malformed, type Reader } from "./bytes.ts";

/** docs/protocol.md section 4, "Limits of a classifier". */
export const LIMITS = {
  bytes: 2 ** 26,
  view: 2 ** 20,
  valueLength: 2 ** 22,
  allValues: 2 ** 26,
  live: 5 * 2 ** 20,
  /** Elements of a node in a row of the widest batch, and rows of one item in it. */
  lanes: 2 ** 9,
  itemRows: 2 ** 14 - 8,
  nodes: 2 ** 16,
  pointwise: 2 ** 12,
  allTerms: 2 ** 16,
  terms: 2 ** 12,
  tables: 2 ** 8,
  tableLength: 2 ** 20,
  /** A table with more entries is dearer to look up, and never analysed in a sum. */
  smallTable: 2 ** 16,
  allEntries: 2 ** 20,
  work: 2 ** 30,
  shift: 48,
  answer: 2 ** 12,
  hidden: 2 ** 24,
} as const;

/** A function on `lo, lo + 1, …`. */
export interface Table {
  lo: number;
  outputs: Int32Array;
}

/** Sizes of a convolution, in the order of the file. */
export interface Geometry {
  inChannels: number;
  inHeight: number;
  inWidth: number;
  outChannels: number;
  kernelHeight: number;
  kernelWidth: number;
  strideY: number;
  strideX: number;
  dilationY: number;
  dilationX: number;
  top: number;
  left: number;
  bottom: number;
  right: number;
  groups: number;
}

export type LinearMap =
  | { type: "scale"; factor: number }
  | { type: "select"; index: Uint32Array }
  | { type: "dense"; weights: Int32Array }
  | { type: "sparse"; offsets: Uint32Array; columns: Uint32Array; values: Int32Array }
  | { type: "conv"; geometry: Geometry; weights: Int32Array };

/** A map whose weights are hidden. */
export type HiddenMap = { type: "dense" } | { type: "conv"; geometry: Geometry };

export interface Term<M> {
  source: number;
  map: M;
}

export interface Hidden {
  terms: Term<HiddenMap>[];
  biases: number;
}

export type Node =
  | { type: "linear"; length: number; bias: BigInt64Array; terms: Term<LinearMap>[]; hidden?: Hidden }
  | { type: "pointwise"; source: number; shift: number; table: number };

export type AnswerKind = "match" | "class" | "scores";
export const ANSWER_KINDS: readonly AnswerKind[] = ["match", "class", "scores"];

/** Nodes over flat vectors: value 0 is the view, value `i + 1` the output of node `i`. */
export interface Classifier {
  answers: AnswerKind;
  inputLength: number;
  tables: Table[];
  nodes: Node[];
  /** Elements of every value. */
  lengths: number[];
}

export type Shape = Omit<Classifier, "lengths">;

/** Marks an element of a selection that is zero. */
export const ZERO = 0xffffffff;

/** Reads length of the view, tables and nodes. A node with something hidden is read where it is allowed. */
export function readShape(from: Reader, answers: AnswerKind, mayHide: boolean): Shape {
  const inputLength = from.u32();
  const tables: Table[] = [];
  for (let count = from.length(LIMITS.tables, 8, "the list of tables"); count > 0; count--) {
    tables.push({ lo: from.i32(), outputs: from.i32s(LIMITS.tableLength, "a table") });
  }
  const nodes: Node[] = [];
  const counter = new TermCounter();
  for (let count = from.length(LIMITS.nodes, 10, "the list of nodes"); count > 0; count--) {
    nodes.push(readNode(from, counter, mayHide));
  }
  return { answers, inputLength, tables, nodes };
}

class TermCounter {
  private terms = 0;
  add(count: number): void {
    this.terms += count;
    if (this.terms > LIMITS.allTerms) malformed("the classifier has too many terms");
  }
}

function readNode(from: Reader, counter: TermCounter, mayHide: boolean): Node {
  const kind = from.u8();
  if (kind === 1) {
    const length = from.u32();
    const bias = from.i64s(LIMITS.valueLength, "a bias");
    return { type: "linear", length, bias, terms: readTerms(from, counter) };
  }
  if (kind === 2) return { type: "pointwise", source: from.u32(), shift: from.u8(), table: from.u32() };
  if (kind === 3 && mayHide) {
    const length = from.u32();
    const terms = readTerms(from, counter);
    const biases = from.u32();
    const count = from.length(LIMITS.terms, 5, "the list of hidden terms");
    counter.add(count);
    const hidden = Array.from({ length: count }, () => ({ source: from.u32(), map: readHiddenMap(from) }));
    return { type: "linear", length, bias: new BigInt64Array(), terms, hidden: { terms: hidden, biases } };
  }
  return malformed(`${kind} is not a kind of node`);
}

function readTerms(from: Reader, counter: TermCounter): Term<LinearMap>[] {
  const count = from.length(LIMITS.terms, 9, "the list of terms");
  counter.add(count);
  return Array.from({ length: count }, () => ({ source: from.u32(), map: readMap(from) }));
}

function readMap(from: Reader): LinearMap {
  const most = LIMITS.bytes / 4;
  const kind = from.u8();
  switch (kind) {
    case 1:
      return { type: "scale", factor: from.i32() };
    case 2:
      return { type: "select", index: from.u32s(most, "a selection") };
    case 3:
      return { type: "dense", weights: from.i32s(most, "a dense map") };
    case 4: {
      const offsets = from.u32s(most, "a sparse map");
      const columns = from.u32s(most, "a sparse map");
      return { type: "sparse", offsets, columns, values: from.i32s(most, "a sparse map") };
    }
    case 5: {
      const geometry = readGeometry(from);
      return { type: "conv", geometry, weights: from.i32s(most, "a convolution") };
    }
    default:
      return malformed(`${kind} is not a kind of map`);
  }
}

function readHiddenMap(from: Reader): HiddenMap {
  const kind = from.u8();
  if (kind === 3) return { type: "dense" };
  if (kind === 5) return { type: "conv", geometry: readGeometry(from) };
  return malformed(`${kind} is not a kind of hidden map`);
}

function readGeometry(from: Reader): Geometry {
  return {
    inChannels: from.u32(),
    inHeight: from.u32(),
    inWidth: from.u32(),
    outChannels: from.u32(),
    kernelHeight: from.u32(),
    kernelWidth: from.u32(),
    strideY: from.u32(),
    strideX: from.u32(),
    dilationY: from.u32(),
    dilationX: from.u32(),
    top: from.u32(),
    left: from.u32(),
    bottom: from.u32(),
    right: from.u32(),
    groups: from.u32(),
  };
}

/** The pointwise nodes in order, each with its elements. */
export function pointwiseNodes(classifier: Classifier): { node: Node & { type: "pointwise" }; length: number }[] {
  return classifier.nodes.flatMap((node, i) =>
    node.type === "pointwise" ? [{ node, length: classifier.lengths[i + 1]! }] : [],
  );
}

export const activations = (classifier: Classifier): number =>
  pointwiseNodes(classifier).reduce((sum, { length }) => sum + length, 0);
