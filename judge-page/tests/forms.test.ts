// Readers of single files: what they take, and what they refuse.

import assert from "node:assert/strict";
import { test } from "node:test";
import { deflateSync } from "node:zlib";
import { concat, encode, Malformed } from "../src/bytes.ts";
import { crc32, readPng } from "../src/s03-png.ts";
import { parseCommitment } from "../src/s03-commitment.ts";
import { parseProfile } from "../src/s03-profile.ts";
import { parseView } from "../src/s03-view-name.ts";
import type { Node } from "../src/s04-classifier.ts";
import { checkStructure } from "../src/s04-structure.ts";
import { checkBates } from "../src/s07-bates.ts";
import { parseWithholding } from "../src/s07-withholding.ts";
import { oneLine } from "../src/text.ts";
import { parseToml } from "../src/toml.ts";

const refused = (run: () => unknown, what?: string): void => assert.throws(run, Malformed, what);

function chunk(name: string, content: Uint8Array): Uint8Array {
  const body = concat([encode(name), content]);
  const number = (value: number): Uint8Array => Uint8Array.of(value >>> 24, value >>> 16, value >>> 8, value);
  return concat([number(content.length), body, number(crc32(body))]);
}

const SIGNATURE = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10);
const header = (width: number, height: number, ...rest: number[]): Uint8Array =>
  chunk("IHDR", Uint8Array.of(0, 0, 0, width, 0, 0, 0, height, ...rest));
const END = chunk("IEND", new Uint8Array());

test("a PNG has its pixels, whatever filter its rows have", () => {
  const rows = [0, 1, 2, 1, 1, 1, 2, 1, 1, 3, 1, 1, 4, 1, 1];
  const data = chunk("IDAT", new Uint8Array(deflateSync(Uint8Array.from(rows))));
  const image = readPng(concat([SIGNATURE, header(2, 5, 8, 0, 0, 0, 0), data, END]), 100);
  assert.deepEqual([...image.samples], [1, 2, 1, 2, 2, 3, 2, 3, 3, 4]);
  const parts = [data.subarray(0, 0), data];
  refused(() => readPng(concat([SIGNATURE, header(2, 5, 8, 0, 0, 0, 0), ...parts, END]), 9), "too many pixels");
  refused(() => readPng(concat([SIGNATURE, header(2, 5, 8, 6, 0, 0, 0), data, END]), 100), "alpha");
  refused(() => readPng(concat([SIGNATURE, header(2, 5, 16, 0, 0, 0, 0), data, END]), 100), "16 bits");
  refused(() => readPng(concat([SIGNATURE, header(2, 5, 8, 0, 0, 0, 1), data, END]), 100), "interlaced");
  refused(() => readPng(concat([SIGNATURE, header(2, 5, 8, 0, 0, 0, 0), chunk("tEXt", encode("a")), data, END]), 100));
  refused(() => readPng(concat([SIGNATURE, header(2, 6, 8, 0, 0, 0, 0), data, END]), 100), "too few rows");
  const damaged = concat([SIGNATURE, header(2, 5, 8, 0, 0, 0, 0), data, END]);
  damaged[50] = damaged[50]! ^ 1;
  refused(() => readPng(damaged, 100), "a checksum that is not that of its chunk");
});

test("TOML is read, and what is no TOML is refused", () => {
  const text = 'a = [1, 0x10, # one\n 1_000]\n[b.c]\n"d e" = "x\\u0041\\n"\nf.g = true\nh = { i = \'j\' }\n';
  const table = parseToml(text);
  assert.deepEqual(table.get("a"), [1n, 16n, 1000n]);
  const c = (table.get("b") as Map<string, Map<string, unknown>>).get("c")!;
  assert.equal(c.get("d e"), "xA\n");
  assert.deepEqual(c.get("f"), new Map([["g", true]]));
  assert.deepEqual(c.get("h"), new Map([["i", "j"]]));
  for (const wrong of ["a", "a =", "a = 1 b = 2", "a = 1\na = 2", "[a]\n[a]", "a = 01", 'a = "', "a = [1", "a.b = 1\na = 2"]) {
    refused(() => parseToml(wrong), wrong);
  }
});

test("a profile means the same in any spelling", () => {
  const one = parseProfile('[views]\nimages = ["gray-8x8"]\n');
  const other = parseProfile('views.images = ["gray-8x8"] # a comment\nlimits = { max_pixels = 100_000_000 }\n');
  assert.deepEqual(one.digest, other.digest);
  for (const wrong of [
    "",
    "[views]\n",
    '[views]\nimages = ["text-hash-8"]\n',
    '[views]\nimages = ["gray-8x8"]\n[view]\n',
    '[views]\nimages = ["gray-8x8", "gray-8x8"]\n',
    '[views]\nimages = ["gray-8x8"]\n[limits]\nmax_pixels = 0\n',
    '[views]\nimages = ["gray-8x8"]\n[production]\nfamilies = "apart"\n',
  ]) {
    refused(() => parseProfile(wrong), wrong);
  }
});

test("names of views have one spelling", () => {
  for (const name of ["gray-28x28", "rgb-1x1", "text-bytes-5", "text-hash-4096", "text-hash-9-n1-2-binary", "text-hash-9-binary"]) {
    assert.equal(parseView(name).name, name);
  }
  for (const name of ["gray-028x28", "gray-0x1", "gray-2000x2000", "text-hash-9-n1-1", "text-hash-9-n2-1", "text-hash-9-n1-6", "blue-1x1", ""]) {
    refused(() => parseView(name), name);
  }
});

test("a commitment has one spelling", () => {
  const digest = "ab".repeat(32);
  const lines = ["duces-commitment-v1", "origin: A matter", "items: 3", `root: ${digest}`, `profile: ${digest}`, "views: gray-8x8"];
  const text = (more: string[] = []): string => [...lines, ...more].map((line) => `${line}\n`).join("");
  const signed = parseCommitment(text(["", "— Officer Az3k"]));
  assert.deepEqual(parseCommitment(text()).digest, signed.digest);
  assert.equal(parseCommitment(text(["links not followed: 3", `extends: ${digest}`])).links, 3);
  for (const wrong of [
    text().trimEnd(),
    text([""]),
    text(["links not followed: 0"]),
    text([`extends: ${digest}`, "links not followed: 3"]),
    text(["a line"]),
    text().replace("items: 3", "items: 03"),
    text().replace("items: 3", "items: 0"),
    text().replace("A matter", "A  matter"),
    text().replace("A matter", "A \u202ematter"),
    text().replace("A matter", "e\u0301"),
  ]) {
    refused(() => parseCommitment(wrong), wrong);
  }
});

test("a withholding log has one spelling, and nothing that a reader does not see", () => {
  const head = "position,basis,description\n";
  const parse = (rows: string) => parseWithholding(encode(head + rows), 9, 1);
  assert.deepEqual(parse('1,privilege,"A memo, and ""notes"""\n'), {
    columns: [],
    entries: [{ position: 1, basis: "privilege", description: 'A memo, and "notes"', more: [] }],
  });
  assert.equal(parse("1,a,b\n1,a,b\n").entries.length, 2);
  for (const wrong of [
    "1,a,b",
    "1,a,b\r\n",
    '1,"a",b\n',
    "1,a\n",
    "2,a,b\n1,a,b\n",
    "1,a,b\n".repeat(1001),
    "1, a,b\n",
    "1,=a,b\n",
    "1,,b\n",
    "1,a,\u200b\n",
    "1,a,b\u202ec\n",
    "01,a,b\n",
    "1,a,b\n\n",
  ]) {
    refused(() => parse(wrong), wrong);
  }
  refused(() => parseWithholding(encode(head), 0, 0) && parseWithholding(encode(`${head}1,a,b\n`), 0, 0));
});

test("Bates numbers have a prefix and at least seven digits", () => {
  for (const text of ["EPA0000001", "A-1_b0000002", "X12345678"]) assert.equal(checkBates(text), text);
  for (const text of ["EPA000001", "EPA00000001", "0000001", "EPA0000000", "-A0000001", ""]) refused(() => checkBates(text), text);
});

test("what hides in a text is shown", () => {
  assert.equal(oneLine("a\u202eb\u200bc\n"), "a\\u{202e}b\\u{200b}c\\u{a}");
});

test("a classifier that no layout has room for is refused", () => {
  const table = { lo: 0, outputs: Int32Array.of(0, 1) };
  const step = (source: number, shift: number): Node => ({ type: "pointwise", source, shift, table: 0 });
  const one: Node = { type: "linear", length: 1, bias: BigInt64Array.of(0n), terms: [] };
  const check = (single: number, shift: number): unknown => {
    // Seven tables of the whole view take 2,048 rows each of the 16,376 that there are.
    const nodes = [...Array.from({ length: 7 }, () => step(0, 0)), one];
    for (let i = 0; i < single; i++) nodes.push(step(8, shift));
    return checkStructure({ answers: "match", inputLength: 2 ** 20, tables: [table], nodes });
  };
  check(2040, 13);
  refused(() => check(2041, 13));
  check(1020, 14);
  refused(() => check(1021, 14));
  check(680, 48);
  refused(() => check(681, 48));
});
