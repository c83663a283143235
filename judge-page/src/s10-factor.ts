// `⟨eq(r), U⟩ = f0 + ⟨F, θ⟩`. docs/protocol.md section 10.2, "The form".

import { add, inner, mod, mul, P, sub } from "./s02-field.ts";
import { pointwiseNodes, type Classifier } from "./s04-classifier.ts";
import { biasVector } from "./s04-bounds.ts";
import { walk, walkConvolution } from "./s04-maps.ts";
import { freedAfter } from "./s04-structure.ts";
import { adjoint } from "./s05-equation.ts";

/** The weights `eq_i(r)` by place. */
export interface Extension {
  outputs: bigint[][];
  input: bigint[];
  one: bigint;
  masks: [bigint, bigint];
}

export function extension(architecture: Classifier, r: readonly bigint[]): Extension {
  // `r_1` belongs to the highest bit.
  let eq = [1n];
  for (const at of r) {
    eq = eq.flatMap((weight) => {
      const upper = mul(weight, at);
      return [sub(weight, upper), upper];
    });
  }
  let place = 0;
  const next = (count: number): bigint[] => eq.slice(place, (place += count));
  const outputs = pointwiseNodes(architecture).map(({ length }) => next(length));
  const input = next(architecture.inputLength);
  const [one, n1, n2] = next(3) as [bigint, bigint, bigint];
  return { outputs, input, one, masks: [n1, n2] };
}

/** Returns `f0`, and hands out `F`, entry after entry. */
export function factor(
  architecture: Classifier,
  relations: readonly bigint[][],
  eq: Extension,
  visit: (k: number, value: bigint) => void,
): bigint {
  const { nodes } = architecture;
  const isHidden = (i: number): boolean => {
    const node = nodes[i]!;
    return node.type === "linear" && node.hidden !== undefined;
  };
  const { gradients } = adjoint(architecture, relations, isHidden);
  const values: (bigint[] | undefined)[] = [eq.input];
  let constant = eq.masks[1];
  let [pointwise, next] = [0, 0];
  freedAfter(nodes).forEach((freed, i) => {
    const node = nodes[i]!;
    if (node.type === "pointwise") {
      constant = sub(constant, inner(relations[pointwise]!, values[node.source]!));
      values[i + 1] = eq.outputs[pointwise]!;
      pointwise += 1;
    } else {
      const gradient = gradients.get(i) ?? new Array<bigint>(node.length).fill(0n);
      for (const { source, map } of node.hidden?.terms ?? []) {
        const phi = values[source]!;
        if (map.type === "dense") {
          for (const g of gradient) for (const own of phi) visit(next++, mul(g, own));
          continue;
        }
        const { geometry } = map;
        const count = (geometry.outChannels * geometry.inChannels * geometry.kernelHeight * geometry.kernelWidth) / geometry.groups;
        const sums = new Array<bigint>(count).fill(0n);
        walkConvolution(geometry, (index, output, input, step, many) => {
          let sum = sums[index]!;
          for (let j = 0; j < many; j++) sum += gradient[output + j]! * phi[input + j * step]!;
          sums[index] = sum;
        });
        for (const sum of sums) visit(next++, sum % P);
      }
      const biases = node.hidden?.biases ?? 0;
      for (let b = 0; b < biases; b++) {
        const run = node.length / biases;
        const own = gradient.slice(b * run, (b + 1) * run).reduce(add, 0n);
        visit(next++, mul(own, eq.one));
      }
      values[i + 1] = applyPublic(node, values, eq.one);
    }
    for (const value of freed) values[value] = undefined;
  });
  return constant;
}

function applyPublic(
  node: Classifier["nodes"][number] & { type: "linear" },
  values: readonly (bigint[] | undefined)[],
  one: bigint,
): bigint[] {
  const y = node.bias.length > 0 ? Array.from(biasVector(node), (b) => b * one) : new Array<bigint>(node.length).fill(0n);
  for (const { source, map } of node.terms) {
    const z = values[source]!;
    walk(map, z.length, y.length, (weight, output, input, step, count) => {
      const w = BigInt(weight);
      for (let j = 0; j < count; j++) y[output + j] = y[output + j]! + w * z[input + j * step]!;
    });
  }
  return y.map(mod);
}
