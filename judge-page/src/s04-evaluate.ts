// The plain meaning of a classifier. docs/protocol.md section 4, "Request" ([format-classifier]).

import type { Classifier, Node } from "./s04-classifier.ts";
import { biasVector, shifted } from "./s04-bounds.ts";
import { walk } from "./s04-maps.ts";
import { freedAfter } from "./s04-structure.ts";

type Value = Float64Array | BigInt64Array;

/** The outputs of the last node on one view. `wide` tells which nodes need more than doubles. */
export function answer(classifier: Classifier, wide: readonly boolean[], view: Uint8Array): number[] {
  const { nodes, tables } = classifier;
  const values: (Value | undefined)[] = [Float64Array.from(view)];
  freedAfter(nodes).forEach((freed, i) => {
    const node = nodes[i]!;
    if (node.type === "linear") {
      values[i + 1] = wide[i] ? wideSum(node, values) : sum(node, values);
    } else {
      const { lo, outputs } = tables[node.table]!;
      const source = values[node.source]!;
      const out = new Float64Array(source.length);
      for (let j = 0; j < out.length; j++) out[j] = outputs[shifted(source[j]!, node.shift) - lo]!;
      values[i + 1] = out;
    }
    for (const value of freed) values[value] = undefined;
  });
  return Array.from(values[nodes.length]!, Number);
}

function sum(node: Node & { type: "linear" }, values: readonly (Value | undefined)[]): Float64Array {
  const y = Float64Array.from(biasVector(node), Number);
  for (const { source, map } of node.terms) {
    const z = Float64Array.from(values[source]!, Number);
    walk(map, z.length, y.length, (weight, output, input, step, count) => {
      for (let j = 0; j < count; j++) y[output + j] = y[output + j]! + weight * z[input + j * step]!;
    });
  }
  return y;
}

function wideSum(node: Node & { type: "linear" }, values: readonly (Value | undefined)[]): BigInt64Array {
  const y = biasVector(node);
  for (const { source, map } of node.terms) {
    const z = BigInt64Array.from(values[source]!, BigInt);
    walk(map, z.length, y.length, (weight, output, input, step, count) => {
      for (let j = 0; j < count; j++) y[output + j] = y[output + j]! + BigInt(weight) * z[input + j * step]!;
    });
  }
  return y;
}

/** What stands in slots of a batch without an item. */
export const answerOfZeros = (classifier: Classifier, wide: readonly boolean[]): number[] =>
  answer(classifier, wide, new Uint8Array(classifier.inputLength));
