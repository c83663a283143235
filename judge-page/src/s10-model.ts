// model.sealed. docs/protocol.md section 10.1, "The model"; docs/protocol.md section 11, "Sealed model"
// ([format-sealed]).

import { Malformed, encode, equal, malformed, Reader } from "./bytes.ts";
import { H } from "./s02-hash.ts";
import { readPoint } from "./s02-points.ts";
import { byteLength, parseView, type View } from "./s03-view-name.ts";
import { ANSWER_KINDS, activations, LIMITS, readShape, type Classifier, type HiddenMap } from "./s04-classifier.ts";
import { outputSize } from "./s04-maps.ts";
import { checkHidden, checkStructure } from "./s04-structure.ts";
import { hasUnprintable } from "./text.ts";

export interface Sealed {
  view: View;
  rule: string;
  architecture: Classifier;
  /** Hidden weights and biases: `K`. */
  parameters: number;
  rows: Rows;
  /** `T_j` of the rows that hold weights, compressed. */
  commitments: Uint8Array[];
  digest: Uint8Array;
}

/** How the hidden weights stand in rows. */
export interface Rows {
  /** Weights of a row: `2^c`. */
  length: number;
  /** Rows: `2^(m − c)`. */
  count: number;
  /** Rows that hold weights. */
  present: number;
}

const MOST_ROWS = 2 ** 12;

export function readSealed(bytes: Uint8Array): Sealed {
  if (bytes.length > LIMITS.bytes) {
    malformed(`the sealed classifier takes ${bytes.length} bytes, allowed are ${LIMITS.bytes}`);
  }
  const from = new Reader(bytes);
  const head = from.take(endOfHead(bytes));
  const view = parseView(from.string(64, "the view's name"));
  const rule = from.string(4096, "the rule");
  const kind = from.u8();
  const answers = ANSWER_KINDS[kind] ?? malformed(`${kind} is not a kind of answer`);
  const shape = readShape(from, answers, true);
  const { architecture, parameters } = checked(() => {
    const architecture = checkStructure(shape);
    return { architecture, parameters: checkHidden(architecture) };
  });
  const count = from.length(MOST_ROWS, 32, "the list of commitments");
  const commitments = Array.from({ length: count }, () => from.take(32));
  for (const commitment of commitments) readPoint(commitment);
  from.finish();
  if (architecture.inputLength !== byteLength(view)) {
    malformed(`the classifier reads ${architecture.inputLength} bytes, ${view.name} has ${byteLength(view)}`);
  }
  if (hasUnprintable(rule)) malformed("the rule is not one line of printable characters");
  const rows = rowsOf(parameters);
  if (count !== rows.present) malformed(`there must be ${rows.present} commitments, none of them zero`);
  const sealed = { view, rule, architecture, parameters, rows, commitments };
  if (!equal(encode(headOf(sealed)), head)) malformed("its text head does not say what follows it");
  return { ...sealed, digest: H("duces/sealed-model/v1", bytes) };
}

/** The end of the text head, after its empty line. */
function endOfHead(bytes: Uint8Array): number {
  for (let i = 0; i + 1 < bytes.length; i++) if (bytes[i] === 10 && bytes[i + 1] === 10) return i + 2;
  return 0;
}

function checked<T>(check: () => T): T {
  try {
    return check();
  } catch (error) {
    if (error instanceof Malformed) malformed(`the sealed classifier is refused: ${error.message}`);
    throw error;
  }
}

function rowsOf(parameters: number): Rows {
  const bits = Math.ceil(Math.log2(parameters));
  const length = 2 ** Math.ceil(bits / 2);
  return { length, count: 2 ** bits / length, present: Math.ceil(parameters / length) };
}

const NAMES = { match: "match", class: "class", scores: "scores" };

function headOf(sealed: Omit<Sealed, "digest">): string {
  const { architecture, rows } = sealed;
  const { nodes, tables } = architecture;
  const entries = tables.reduce((sum, { outputs }) => sum + outputs.length, 0);
  const maps = nodes.flatMap((node, i) =>
    node.type === "linear" ? (node.hidden?.terms ?? []).map((term) => describe(architecture, i, term)) : [],
  );
  const lines = [
    "duces-sealed-model-v1",
    `view: ${sealed.view.name}`,
    `rule: ${sealed.rule}`,
    `answers: ${NAMES[architecture.answers]}`,
    `nodes: ${nodes.length}`,
    `activations: ${activations(architecture)}`,
    `tables: ${tables.length} with ${entries} entries`,
    `hidden: ${sealed.parameters} weights and biases`,
    `commitments: ${rows.present} to ${rows.length} each`,
    ...maps.slice(0, 64),
  ];
  if (maps.length > 64) lines.push(`and ${maps.length - 64} more hidden maps`);
  return `${lines.join("\n")}\n\n`;
}

function describe(of: Classifier, node: number, term: { source: number; map: HiddenMap }): string {
  if (term.map.type === "dense") {
    return `node ${node}: hidden matrix, ${of.lengths[term.source]} to ${of.lengths[node + 1]}`;
  }
  const g = term.map.geometry;
  const [height, width] = outputSize(g)!;
  return (
    `node ${node}: hidden convolution ${g.kernelHeight} x ${g.kernelWidth}, ` +
    `${g.inChannels} x ${g.inHeight} x ${g.inWidth} to ${g.outChannels} x ${height} x ${width}, groups ${g.groups}`
  );
}
