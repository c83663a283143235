// Linear maps: which input meets which output with which weight. docs/protocol.md section 11, "Classifier".

import { malformed } from "./bytes.ts";
import { ZERO, type Geometry, type HiddenMap, type LinearMap } from "./s04-classifier.ts";

/**
 * Receives entries of one weight: output `output + j` gets `weight` times input `input + j · step`, for
 * `0 ≤ j < count`. `index` is the number of the weight in its map.
 */
export type Visit = (weight: number, output: number, input: number, step: number, count: number) => void;

/** Visits all entries of a map; those of one output come in the order of the file. */
export function walk(map: LinearMap, inputs: number, outputs: number, visit: Visit): void {
  switch (map.type) {
    case "scale":
      visit(map.factor, 0, 0, 1, outputs);
      return;
    case "select":
      map.index.forEach((input, output) => {
        if (input !== ZERO) visit(1, output, input, 1, 1);
      });
      return;
    case "dense":
      map.weights.forEach((weight, i) => {
        if (weight !== 0) visit(weight, Math.floor(i / inputs), i % inputs, 1, 1);
      });
      return;
    case "sparse":
      for (let output = 0; output < outputs; output++) {
        for (let i = map.offsets[output]!; i < map.offsets[output + 1]!; i++) {
          visit(map.values[i]!, output, map.columns[i]!, 1, 1);
        }
      }
      return;
    case "conv":
      walkConvolution(map.geometry, (index, output, input, step, count) => {
        const weight = map.weights[index]!;
        if (weight !== 0) visit(weight, output, input, step, count);
      });
  }
}

/** Rows and columns of the output of a convolution; `undefined` where the kernel does not fit. */
export function outputSize(g: Geometry): [height: number, width: number] | undefined {
  const axis = (input: number, before: number, after: number, kernel: number, stride: number, dilation: number) => {
    const room = input + before + after - (dilation * (kernel - 1) + 1);
    return kernel >= 1 && stride >= 1 && room >= 0 ? Math.floor(room / stride) + 1 : undefined;
  };
  const height = axis(g.inHeight, g.top, g.bottom, g.kernelHeight, g.strideY, g.dilationY);
  const width = axis(g.inWidth, g.left, g.right, g.kernelWidth, g.strideX, g.dilationX);
  return height === undefined || width === undefined ? undefined : [height, width];
}

/** The places where each weight of a convolution stands; the weight is given by its index. */
export function walkConvolution(g: Geometry, visit: Visit): void {
  const [height, width] = outputSize(g)!;
  const [perGroupIn, perGroupOut] = [g.inChannels / g.groups, g.outChannels / g.groups];
  let index = 0;
  for (let o = 0; o < g.outChannels; o++) {
    const firstChannel = Math.floor(o / perGroupOut) * perGroupIn;
    for (let i = 0; i < perGroupIn; i++) {
      const plane = (firstChannel + i) * g.inHeight * g.inWidth;
      for (let ky = 0; ky < g.kernelHeight; ky++) {
        for (let kx = 0; kx < g.kernelWidth; kx++, index++) {
          const shiftX = kx * g.dilationX - g.left;
          const from = Math.max(0, Math.ceil(-shiftX / g.strideX));
          const to = Math.min(width, Math.floor((g.inWidth - 1 - shiftX) / g.strideX) + 1);
          if (to <= from) continue;
          for (let y = 0; y < height; y++) {
            const row = y * g.strideY + ky * g.dilationY - g.top;
            if (row < 0 || row >= g.inHeight) continue;
            const input = plane + row * g.inWidth + from * g.strideX + shiftX;
            visit(index, (o * height + y) * width + from, input, g.strideX, to - from);
          }
        }
      }
    }
  }
}

/** Checks that a map goes from `inputs` to `outputs` elements. */
export function checkMap(map: LinearMap, inputs: number, outputs: number): void {
  switch (map.type) {
    case "scale":
      if (inputs !== outputs) malformed(`it scales ${inputs} elements into ${outputs}`);
      return;
    case "select":
      if (map.index.length !== outputs || map.index.some((i) => i !== ZERO && i >= inputs)) {
        malformed("its selection does not fit");
      }
      return;
    case "dense":
      if (map.weights.length !== inputs * outputs) {
        malformed(`it has ${map.weights.length} weights for ${inputs} × ${outputs}`);
      }
      return;
    case "sparse": {
      const { offsets, columns, values } = map;
      const rows = offsets.length === outputs + 1 && offsets[0] === 0 && offsets[outputs] === values.length;
      const rising = offsets.every((offset, i) => i === 0 || offsets[i - 1]! <= offset);
      const fits = columns.length === values.length && columns.every((column) => column < inputs);
      if (!rows || !rising || !fits) malformed("the sparse rows are malformed");
      return;
    }
    case "conv": {
      const wanted = checkGeometry(map.geometry, inputs, outputs);
      if (wanted !== map.weights.length) malformed(`the convolution needs ${wanted} weights`);
    }
  }
}

/** Checks the sizes of a convolution; returns how many weights it has. */
export function checkGeometry(g: Geometry, inputs: number, outputs: number): number {
  const sizes = [g.inChannels, g.inHeight, g.inWidth, g.outChannels, g.kernelHeight, g.kernelWidth, g.groups];
  const steps = [g.strideY, g.strideX, g.dilationY, g.dilationX];
  const pads = [g.top, g.left, g.bottom, g.right];
  const within = (list: number[], least: number): boolean => list.every((n) => n >= least && n < 2 ** 24);
  if (!within(sizes, 1) || !within(steps, 1) || !within(pads, 0)) {
    malformed("the convolution has a size of zero or out of range");
  }
  if (g.inChannels % g.groups !== 0 || g.outChannels % g.groups !== 0) {
    malformed("the groups do not divide the channels");
  }
  const product = (...list: number[]): bigint => list.reduce((a, n) => a * BigInt(n), 1n);
  if (product(g.inChannels, g.inHeight, g.inWidth) !== BigInt(inputs)) {
    malformed("the convolution does not fit its input");
  }
  const [height, width] = outputSize(g) ?? malformed("the kernel is larger than the input");
  if (product(g.outChannels, height, width) !== BigInt(outputs)) malformed("the convolution does not fit its output");
  const weights = product(g.outChannels, g.inChannels / g.groups, g.kernelHeight, g.kernelWidth);
  return Number(weights);
}

const PIECE = 256;
const RUN = 8;

/** Units of work of a map into `outputs` elements, the 256 of its term included. */
export function workOfMap(map: LinearMap, outputs: number): number {
  switch (map.type) {
    case "scale":
      return PIECE + outputs + RUN;
    case "select":
      return PIECE + outputs + RUN * map.index.length;
    case "dense":
      return PIECE + map.weights.length + RUN * map.weights.length;
    case "sparse":
      return PIECE + map.values.length + RUN * map.values.length;
    case "conv": {
      const [height] = outputSize(map.geometry)!;
      const each = outputs / map.geometry.outChannels;
      return PIECE + map.weights.length * each + RUN * map.weights.length * height;
    }
  }
}

/** The same of a hidden map; also how many weights it has. */
export function weighHidden(map: HiddenMap, inputs: number, outputs: number): { weights: number; work: number } {
  if (map.type === "dense") {
    const weights = inputs * outputs;
    return { weights, work: PIECE + weights + RUN * weights };
  }
  const weights = checkGeometry(map.geometry, inputs, outputs);
  const [height, width] = outputSize(map.geometry)!;
  return { weights, work: PIECE + weights * height * width + RUN * weights * height };
}

/** The largest magnitude of a weight, and the most entries of a row. */
export function steepest(map: LinearMap, inputs: number): { weight: number; entries: number } {
  const largest = (list: Int32Array): number => list.reduce((most, weight) => Math.max(most, Math.abs(weight)), 0);
  switch (map.type) {
    case "scale":
      return { weight: Math.abs(map.factor), entries: 1 };
    case "select":
      return { weight: 1, entries: 1 };
    case "dense":
      return { weight: largest(map.weights), entries: inputs };
    case "sparse": {
      let entries = 0;
      for (let i = 1; i < map.offsets.length; i++) entries = Math.max(entries, map.offsets[i]! - map.offsets[i - 1]!);
      return { weight: largest(map.values), entries };
    }
    case "conv":
      return { weight: largest(map.weights), entries: map.weights.length / map.geometry.outChannels };
  }
}

/** What a node takes beside its maps: 256 units, and 8 for each element. */
export const workOfElements = (elements: number): number => PIECE + 8 * elements;

