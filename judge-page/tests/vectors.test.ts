// The vectors of docs/protocol.md section 5, "Proof of a batch", and those of scikit-learn for views of texts.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { hex, Malformed, Reader } from "../src/bytes.ts";
import { P, randomScalar, scalarBytes } from "../src/s02-field.ts";
import { combine, G1Point } from "../src/s02-points.ts";
import { range } from "../src/s03-generators.ts";
import { parseView } from "../src/s03-view-name.ts";
import { derive } from "../src/s03-views.ts";
import type { Classifier } from "../src/s04-classifier.ts";
import { firstState } from "../src/s05-challenges.ts";
import { columnsOf } from "../src/s05-circuit.ts";
import { checkDimensions, itemsPerBatch, layOut } from "../src/s05-layout.ts";
import { isFolded, openingBytes, readOpening } from "../src/s05-opening.ts";
import { REPOSITORY } from "./production.ts";

const json = (path: string) => JSON.parse(readFileSync(join(REPOSITORY, path), "utf8"));
const bytes = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, "hex"));

interface LayoutInput {
  dimensions: { width: number; k: number; lanes: number };
  nodes: { len: number; shift: number; table: number }[];
  tables: { entries: number; lo: number }[];
}

/** A classifier of which only what a layout needs is there. */
function classifierOf({ nodes, tables }: LayoutInput): Classifier {
  return {
    answers: "scores",
    inputLength: 1,
    tables: tables.map(({ lo, entries }) => ({ lo, outputs: new Int32Array(entries) })),
    nodes: nodes.map(({ shift, table }) => ({ type: "pointwise", source: 0, shift, table })),
    lengths: [1, ...nodes.map(({ len }) => len)],
  };
}

test("layouts are those of the vectors", () => {
  const vectors = json("fixtures/vectors/layouts.json");
  let [laidOut, refused] = [0, 0];
  for (const { name, input, output } of vectors) {
    const lay = () => {
      checkDimensions(input.dimensions);
      return layOut(classifierOf(input), input.dimensions);
    };
    if (output === null) {
      assert.throws(lay, Malformed, name);
      refused += 1;
      continue;
    }
    const layout = lay();
    const columns = columnsOf(layout);
    assert.equal(hex(layout.digest), output.digest, name);
    assert.equal(layout.groups, output.C, name);
    assert.equal(layout.bodyRows, output.A, name);
    assert.equal(layout.stack, output.stack, name);
    assert.equal(itemsPerBatch(layout), output.items, name);
    assert.equal(layout.tableColumns, output.table_columns, name);
    assert.equal(columns.first, output.columns.first_phase, name);
    assert.equal(columns.second, output.columns.second_phase, name);
    assert.equal(columns.equation, output.columns.equation, name);
    assert.equal(columns.instance - columns.equation, output.columns.layout, name);
    const own = layout.blocks.map(({ start, rows, a, b, tagQ, tagR, node }) => [start, rows, a, b, tagQ, tagR, node]);
    const wanted = output.blocks.map((block: Record<string, number>) =>
      ["start", "rows", "a", "b", "tag_q", "tag_r", "node"].map((field) => block[field]),
    );
    assert.deepEqual(own, wanted, name);
    laidOut += 1;
  }
  assert.deepEqual([laidOut + refused, laidOut >= 8, refused >= 1], [vectors.length, true, true]);
});

test("challenges are those of the vectors", () => {
  const vectors = json("fixtures/vectors/challenges.json");
  for (const { name, input, output } of vectors) {
    const data = Object.fromEntries(Object.entries<string>(input.bytes).map(([key, text]) => [key, bytes(text)]));
    const masks: Uint8Array[] = [];
    for (let at = 0; at < data["masks"]!.length; at += 32) masks.push(data["masks"]!.subarray(at, at + 32));
    const items = input.items.map(({ position, P, bit }: { position: number; P: string; bit: number }) => ({
      position,
      commitment: bytes(P),
      answer: [bit],
    }));
    const { commitment, request, layout, key } = data as Record<string, Uint8Array>;
    const context = { commitment: commitment!, request: request!, layout: layout!, key: key! };
    const state = firstState("duces/batch/v2", context, input.batch, items, masks, data["first_phase"]!, false);
    const own = (label: string) => hex(scalarBytes(state.draw(label)));
    assert.deepEqual([own("rho"), own("eta")], [output.rho, output.eta], name);
    const opened = state.absorb("y", data["y"]!).absorb("circuit", data["circuit"]!);
    assert.equal(hex(scalarBytes(opened.draw("theta"))), output.theta, name);
    const folded = isFolded(input.view_len, items.length);
    assert.equal(openingBytes(input.view_len + 1, folded), data["opening"]!.length, name);
    const opening = readOpening(new Reader(data["opening"]!), opened, input.view_len + 1, folded);
    assert.equal(hex(scalarBytes(opening.c)), output.c, name);
    const { response } = opening;
    const x = "plain" in response ? null : hex(scalarBytes(response.x));
    const gamma = "plain" in response ? [] : response.rounds.map(({ gamma }) => hex(scalarBytes(gamma)));
    assert.deepEqual([x, gamma], [output.x, output.gamma], name);
  }
  assert.equal(vectors.length, 4);
});

const counts = (text: string, view: string): Uint8Array => derive({ kind: "text", text }, parseView(view))!;
const EXPECTED = readFileSync(join(REPOSITORY, "views/tests/data/hashing.txt"), "utf8").split("\n");

test("views of texts are those of scikit-learn", () => {
  let seen = 0;
  for (const line of EXPECTED.filter((line) => line.startsWith("vector "))) {
    const [, view, coded, ...pairs] = line.split(/\s+/).filter((word) => word !== "");
    const text = Buffer.from(coded!.replace(/^-+/, ""), "hex").toString("utf8");
    const own = counts(text, view!);
    const expected = new Uint8Array(own.length);
    for (const pair of pairs) {
      const [bucket, count] = pair.split(":").map(Number);
      expected[bucket!] = count!;
    }
    assert.deepEqual(own, expected, line);
    seen += 1;
  }
  assert.equal(seen, 160);
});

test("every character is read as scikit-learn reads it", () => {
  const hash = createHash("sha256");
  let chunk: string[] = [];
  const flush = (): void => {
    hash.update(counts(chunk.map((c) => ` ${c}${c} x${c}y ${c}Σ A${c}Σ AΣ${c}`).join(""), "text-hash-1024"));
    chunk = [];
  };
  for (let point = 0; point <= 0x10ffff; point++) {
    if (point >= 0xd800 && point < 0xe000) continue;
    if (chunk.push(String.fromCodePoint(point)) === 64) flush();
  }
  if (chunk.length > 0) flush();
  assert.ok(EXPECTED.includes(`digest every-code-point ${hash.digest("hex")}`));
});

test("the beginning of a text is in lower case with single spaces", () => {
  const beginning = (text: string, length: number): string =>
    Buffer.from(counts(text, `text-bytes-${length}`)).toString("latin1");
  assert.equal(beginning("  Gas\n\tPRICE \n", 12), "gas price\0\0\0");
  assert.equal(beginning("Gas PRICE", 4), "gas ");
  assert.equal(beginning("aÜ", 2), "a\xc3");
  assert.equal(beginning("ΟΔΟΣ", 8), Buffer.from("οδος").toString("latin1"));
  assert.equal(beginning("\u{130}x", 4), Buffer.from("i\u{307}x").toString("latin1"));
  assert.equal(beginning("a\u{a0}\u{3000}b", 3), "a b");
});

test("images are made smaller by the mean of what lies under a pixel", () => {
  const view = (width: number, height: number, channels: 1 | 3, samples: number[], name: string): number[] => [
    ...derive({ kind: "image", image: { width, height, channels, samples: Uint8Array.from(samples) } }, parseView(name))!,
  ];
  assert.deepEqual(view(2, 2, 1, [1, 2, 3, 4], "gray-2x2"), [1, 2, 3, 4]);
  // (1 + 2 + 3 + 4) / 4 is rounded half up.
  assert.deepEqual(view(2, 2, 1, [1, 2, 3, 4], "gray-1x1"), [3]);
  assert.deepEqual(view(3, 1, 1, [0, 90, 255], "gray-2x1"), [30, 200]);
  assert.deepEqual(view(1, 1, 3, [10, 20, 30], "rgb-1x1"), [10, 20, 30]);
  assert.deepEqual(view(1, 1, 3, [255, 0, 0], "gray-1x1"), [76]);
});

test("sums of points are those of the library", () => {
  for (const count of [0, 1, 2, 7, 70, 500]) {
    const points = range("ipa", 0, count);
    // The greatest scalars among them, whose highest digits carry.
    const scalars = points.map((_, i) => (i % 3 === 0 ? P - 1n - BigInt(i) : randomScalar() >> BigInt(i % 200)));
    const sum = points.reduce((sum, point, i) => sum.add(point.multiplyUnsafe(scalars[i]!)), G1Point.ZERO);
    assert.ok(combine(scalars, points).equals(sum), `${count} points`);
  }
});
