// Every rule on a classifier that needs no values, and its limits. docs/protocol.md section 4, "Limits of a classifier";
// docs/protocol.md section 10.1, "The model".

import { Malformed, malformed } from "./bytes.ts";
import { LIMITS, type Classifier, type Hidden, type Node, type Shape } from "./s04-classifier.ts";
import { checkMap, weighHidden, workOfElements, workOfMap } from "./s04-maps.ts";

export const TOO_MUCH_WORK = `the classifier takes too much work: ${LIMITS.work} units are allowed`;

/** Runs a check of one node; its refusal names the node. */
export function atNode<T>(node: number, check: () => T): T {
  try {
    return check();
  } catch (error) {
    if (error instanceof Malformed) throw new Malformed(`node ${node}: ${error.message}`);
    throw error;
  }
}

export function checkStructure(shape: Shape): Classifier {
  const { inputLength, nodes } = shape;
  if (inputLength === 0 || inputLength > LIMITS.view) malformed(`the view has ${inputLength} elements`);
  if (nodes.length === 0 || nodes.length > LIMITS.nodes) {
    malformed(`there are ${nodes.length} nodes, allowed are 1 to ${LIMITS.nodes}`);
  }
  checkTables(shape);
  const lengths = [inputLength];
  const spent = new Spent(inputLength);
  nodes.forEach((node, i) => {
    const length = atNode(i, () => {
      const elements = lengthOf(node, lengths, shape.tables.length);
      spent.add(node, elements);
      return elements;
    });
    lengths.push(length);
  });
  checkLive(nodes, lengths);
  const classifier = { ...shape, lengths };
  checkAnswers(classifier);
  return classifier;
}

function checkTables({ tables }: Shape): void {
  if (tables.length === 0 || tables.length > LIMITS.tables) {
    malformed(`there are ${tables.length} tables, allowed are 1 to ${LIMITS.tables}`);
  }
  let entries = 0;
  tables.forEach(({ lo, outputs }, i) => {
    entries += outputs.length;
    if (entries > LIMITS.allEntries) malformed("the tables have too many entries together");
    if (outputs.length === 0 || outputs.length > LIMITS.tableLength) {
      malformed(`table ${i} has ${outputs.length} entries`);
    }
    const hi = lo + outputs.length - 1;
    if (hi >= 2 ** 31) malformed(`table ${i} has arguments up to ${hi}, allowed are those below 2^31`);
  });
}

/** Elements of a node; `lengths` are those of the values before it. */
function lengthOf(node: Node, lengths: readonly number[], tables: number): number {
  const read = (source: number): number =>
    lengths[source] ?? malformed(`it reads value ${source}, which comes later`);
  let length: number;
  if (node.type === "linear") {
    length = node.length;
    if (node.terms.length > LIMITS.terms) malformed(`it has ${node.terms.length} terms`);
    for (const term of node.terms) checkMap(term.map, read(term.source), length);
    if (node.bias.length > 0 && length % node.bias.length !== 0) {
      malformed(`${node.bias.length} biases do not divide ${length} elements`);
    }
  } else {
    if (node.table >= tables) malformed(`it names table ${node.table}`);
    if (node.shift > LIMITS.shift) malformed(`its shift is ${node.shift} bits`);
    length = read(node.source);
  }
  if (length === 0 || length > LIMITS.valueLength) malformed(`it has ${length} elements`);
  return length;
}

/** What the nodes so far take of each limit. */
class Spent {
  private terms = 0;
  private pointwise = 0;
  /** Of one item in the widest batch. */
  private rows = 0;
  private work = 0;

  constructor(private values: number) {}

  add(node: Node, elements: number): void {
    this.values += elements;
    this.work += workOfElements(elements);
    if (node.type === "linear") {
      this.terms += node.terms.length;
      for (const term of node.terms) this.work += workOfMap(term.map, elements);
    } else {
      this.pointwise += 1;
      const pairs = Math.ceil(Math.max(0, node.shift - 13) / 26);
      this.rows += (1 + pairs) * Math.ceil(elements / LIMITS.lanes);
    }
    const most = (spent: number, limit: number, what: string): void => {
      if (spent > limit) malformed(`the classifier has too many ${what}: ${limit} are allowed`);
    };
    most(this.values, LIMITS.allValues, "elements");
    most(this.terms, LIMITS.allTerms, "terms");
    most(this.pointwise, LIMITS.pointwise, "pointwise nodes");
    if (this.rows > LIMITS.itemRows) {
      malformed(`one item takes more than ${LIMITS.itemRows} rows of the widest batch`);
    }
    if (this.work > LIMITS.work) malformed(TOO_MUCH_WORK);
  }
}

/** The values that a node reads. */
function sources(node: Node): number[] {
  if (node.type === "pointwise") return [node.source];
  return [...node.terms, ...(node.hidden?.terms ?? [])].map((term) => term.source);
}

/** For each node the values that are needed no longer after it; the last value is always needed. */
export function freedAfter(nodes: readonly Node[]): number[][] {
  const last = Array.from({ length: nodes.length + 1 }, (_, value) => Math.max(value, 1) - 1);
  nodes.forEach((node, i) => sources(node).forEach((source) => (last[source] = i)));
  const freed: number[][] = nodes.map(() => []);
  for (let value = 0; value < nodes.length; value++) freed[last[value]!]!.push(value);
  return freed;
}

function checkLive(nodes: readonly Node[], lengths: readonly number[]): void {
  let live = lengths[0]!;
  let peak = live;
  freedAfter(nodes).forEach((freed, i) => {
    live += lengths[i + 1]!;
    peak = Math.max(peak, live);
    for (const value of freed) live -= lengths[value]!;
  });
  if (peak > LIMITS.live) malformed(`${peak} elements are needed at one time, allowed are ${LIMITS.live}`);
}

function checkAnswers({ answers, nodes, tables, lengths }: Classifier): void {
  const last = nodes.length - 1;
  const node = nodes[last]!;
  atNode(last, () => {
    if (node.type !== "pointwise") return malformed("the last node must be the pointwise decision");
    const outputs = tables[node.table]!.outputs;
    const length = lengths[last + 1]!;
    if (answers !== "scores" && length !== 1) malformed("the decision must have one element");
    if (answers === "match" && outputs.some((z) => z !== 0 && z !== 1)) {
      malformed("the table of the decision must yield 0 or 1");
    }
    if (answers === "class" && outputs.some((z) => z < 0)) malformed("the table of the class must yield 0 or more");
    if (answers === "scores" && length > LIMITS.answer) malformed("there are too many scores");
  });
}

/** Checks what is hidden of an architecture; returns the number of its hidden weights and biases. */
export function checkHidden(architecture: Classifier): number {
  const { nodes, lengths } = architecture;
  let [hiddenTerms, parameters, work] = [0, 0, 0];
  nodes.forEach((node, i) => {
    if (node.type !== "linear") return void (work += workOfElements(lengths[i + 1]!));
    work += workOfElements(node.length);
    for (const term of node.terms) work += workOfMap(term.map, node.length);
    if (node.hidden === undefined) return;
    atNode(i, () => {
      const own = weigh(node.hidden!, node.length, lengths, i);
      hiddenTerms += node.hidden!.terms.length;
      if (node.terms.length + node.hidden!.terms.length > LIMITS.terms || hiddenTerms > LIMITS.allTerms) {
        malformed("it has too many terms");
      }
      parameters += own.parameters;
      work += own.work;
      if (parameters > LIMITS.hidden) malformed(`there are more than ${LIMITS.hidden} hidden weights and biases`);
    });
  });
  if (parameters === 0) malformed("nothing in it is hidden");
  if (work > LIMITS.work) malformed(TOO_MUCH_WORK);
  oneHiddenMap(nodes);
  return parameters;
}

function weigh(hidden: Hidden, length: number, lengths: readonly number[], node: number) {
  if (hidden.biases === 0 || length % hidden.biases !== 0) {
    malformed(`${hidden.biases} hidden biases do not divide ${length} elements`);
  }
  let [parameters, work] = [hidden.biases, 0];
  for (const { source, map } of hidden.terms) {
    if (source > node) malformed(`it reads value ${source}, which comes later`);
    const own = weighHidden(map, lengths[source]!, length);
    parameters += own.weights;
    work += own.work;
  }
  return { parameters, work };
}

/** Between a view or table and the next table lies at most one hidden map, and no map is sparse. */
function oneHiddenMap(nodes: readonly Node[]): void {
  const touched = [false];
  nodes.forEach((node, i) => {
    if (node.type === "pointwise") return void touched.push(false);
    const own = node.hidden?.terms ?? [];
    atNode(i, () => {
      if (node.terms.some((term) => term.map.type === "sparse")) malformed("a sealed classifier has no sparse maps");
      if (own.some((term) => touched[term.source])) {
        malformed("its hidden weights meet other hidden weights before a table");
      }
    });
    touched.push(node.hidden !== undefined || node.terms.some((term) => touched[term.source]));
  });
}
