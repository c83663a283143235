// Random damage to the files of a production: a flipped byte is never verified, and never an unhandled error.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { copyFileSync, existsSync } from "node:fs";
import { basename, join } from "node:path";
import { test } from "node:test";
import { COMMITMENT, FIRST, FROZEN, judge, MORE, REQUEST, said, withCopy, type Production } from "./production.ts";

/** SplitMix64: the same damage in every run of one seed. */
function generator(seed: bigint): (below: number) => number {
  let state = seed;
  return (below) => {
    state = BigInt.asUintN(64, state + 0x9e3779b97f4a7c15n);
    let z = state;
    z = BigInt.asUintN(64, (z ^ (z >> 30n)) * 0xbf58476d1ce4e5b9n);
    z = BigInt.asUintN(64, (z ^ (z >> 27n)) * 0x94d049bb133111ebn);
    return Number((z ^ (z >> 31n)) % BigInt(below));
  };
}

/** The exit code of `judge-verify`: 0 verified, 1 rejected. */
function firstOpinion(folder: string, commitment = COMMITMENT, request = REQUEST): string {
  const given = ["production", folder, "--commitment", commitment, "--request", request, "--no-extractor"];
  const { stdout } = spawnSync(FIRST!, given, { encoding: "utf8" });
  const check = /REJECTED at check (\d)/.exec(stdout.replaceAll("\n", " "));
  return check ? `REJECTED ${check[1]}` : /NOT CHECKED/.test(stdout) ? "NOT CHECKED" : "VERIFIED";
}

const SEED = BigInt(process.env["DAMAGE_SEED"] ?? 1);
const ROUNDS = Number(process.env["DAMAGE_ROUNDS"] ?? 12);

/** One damage to one of the files: a byte is changed, removed or inserted, or a file is cut. */
function damage(production: Production, files: readonly string[], draw: (below: number) => number): string {
  const name = files[draw(files.length)]!;
  const bytes = production.read(name);
  const at = draw(bytes.length);
  const kind = draw(4);
  const [before, after] = [bytes.subarray(0, at), bytes.subarray(at + 1)];
  const changed = [
    () => Uint8Array.of(...before, bytes[at]! ^ (1 << draw(8)), ...after),
    () => Uint8Array.of(...before, ...after),
    () => Uint8Array.of(...before, draw(256), ...bytes.subarray(at)),
    () => before,
  ][kind]!();
  production.write(name, changed);
  return `${["change", "remove", "insert", "cut"][kind]} at ${at} of ${name}`;
}

for (const isSealed of [false, true]) {
  const title = isSealed ? "damage whose digests are written anew" : "damage";
  test(`${title} is not verified, ${ROUNDS} times`, async () => {
    const draw = generator(SEED + (isSealed ? 1n << 32n : 0n));
    for (let round = 0; round < ROUNDS; round++) {
      await withCopy(async (production) => {
        const what = damage(production, [...production.files(), "sha256sums.txt"], draw);
        if (isSealed) production.seal();
        const outcome = await judge(production.folder);
        const own = said(outcome);
        if (outcome.verdict.word === "NOT CHECKED") assert.fail(`${what}: ${outcome.verdict.cannot.what}`);
        // A byte that is sealed again may change nothing that is said: the packing of a picture, a comment of the
        // profile. Then the first opinion has to be the same.
        if (!isSealed) assert.notEqual(own, "VERIFIED", what);
        if (FIRST !== undefined) assert.equal(own, firstOpinion(production.folder), what);
      });
    }
  });
}


const REQUESTS = [
  [join(FROZEN, "production"), COMMITMENT, REQUEST],
  ...["bars", "classes", "sealed-bars", "sealed-notes"].map((name) => [
    join(MORE, name),
    join(MORE, "commitment.txt"),
    join(MORE, `${name}.request`),
  ]),
] as [folder: string, commitment: string, request: string][];

// A request is malformed, or its classifier is refused (check 1), or it is another one than the production answers
// (check 3): both verifiers must draw the line at the same place.
for (const [folder, commitment, request] of REQUESTS) {
  const skip = existsSync(request) ? false : `there is no ${basename(request)}`;
  test(`damage to a request is not verified, ${ROUNDS} times: ${basename(request)}`, { skip }, () =>
    withCopy(async (production) => {
      const draw = generator(SEED + (2n << 32n));
      const copy = production.path("../the.request");
      for (let round = 0; round < ROUNDS; round++) {
        copyFileSync(request, copy);
        const what = damage(production, ["../the.request"], draw);
        const outcome = await judge(production.folder, commitment, copy);
        assert.match(said(outcome), /^REJECTED [13]$/, what);
        if (FIRST !== undefined) assert.equal(said(outcome), firstOpinion(production.folder, commitment, copy), what);
      }
    }, folder));
}
