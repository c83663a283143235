// The frozen production, the lies about it, and the command line.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { hex } from "../src/bytes.ts";
import { json } from "../src/report.ts";
import { readRequest } from "../src/s04-request.ts";
import { LIES, REDACTION_LIES } from "./lies.ts";
import { COMMITMENT, FIRST, FROZEN, judge, MORE, notMade, REDACTED, REQUEST, said, withCopy, type Production } from "./production.ts";

/** What `judge-verify` reports of a production. */
function firstOpinion(folder: string, commitment = COMMITMENT, request = REQUEST): Record<string, unknown> {
  const out = mkdtempSync(join(tmpdir(), "judge-page-"));
  try {
    const report = join(out, "report.json");
    const given = ["production", folder, "--commitment", commitment, "--request", request, "--no-extractor"];
    spawnSync(FIRST!, [...given, "--json", report]);
    return comparable(readFileSync(report, "utf8"));
  } finally {
    rmSync(out, { recursive: true });
  }
}

/** A report without what differs from run to run: program, times, memory. */
function comparable(text: string): Record<string, unknown> {
  const report = JSON.parse(text);
  delete report.program;
  for (const check of report.checks) delete check.seconds;
  for (const name of ["seconds", "milliseconds_per_item", "peak_memory_bytes"]) delete report.figures[name];
  return report;
}

test("the frozen production is verified", async () => {
  const outcome = await judge(join(FROZEN, "production"));
  assert.equal(said(outcome), "VERIFIED");
  assert.equal(outcome.counts?.responsive, 3);
  assert.equal(outcome.counts?.not_responsive, 4);
  assert.equal(outcome.comparisons?.not_compared, 6);
});

test("a production is verified after it was written anew", () =>
  withCopy(async (production) => {
    production.writeLedger(production.ledger());
    production.writeOpenings(production.openings());
    production.seal();
    assert.equal(said(await judge(production.folder)), "VERIFIED");
  }));

for (const { name, check, tell } of LIES) {
  test(`refused by check ${check}: ${name}`, () =>
    withCopy(async (production) => {
      tell(production);
      production.seal();
      assert.equal(said(await judge(production.folder)), `REJECTED ${check}`);
    }));
}

const redacted = { skip: existsSync(REDACTED) ? false : "there is no frozen production with redactions" };
const [redactedCommitment, redactedRequest] = [join(REDACTED, "commitment.txt"), join(REDACTED, "small.request")];

test("a production with redactions is verified", redacted, async () => {
  const folder = join(REDACTED, "production");
  const outcome = await judge(folder, redactedCommitment, redactedRequest);
  assert.equal(said(outcome), "VERIFIED");
  const counts = outcome.counts!;
  assert.deepEqual([counts.redacted, counts.companions_redacted, counts.companions_withheld], [1, 2, 1]);
  if (FIRST !== undefined) {
    assert.deepEqual(comparable(json(outcome)), firstOpinion(folder, redactedCommitment, redactedRequest));
  }
});

for (const { name, check, tell } of REDACTION_LIES) {
  test(`refused by check ${check}: ${name}`, redacted, () =>
    withCopy(async (production) => {
      tell(production);
      production.seal();
      const outcome = await judge(production.folder, redactedCommitment, redactedRequest);
      assert.equal(said(outcome), `REJECTED ${check}`);
      if (FIRST === undefined) return;
      const [own, first] = [comparable(json(outcome)), firstOpinion(production.folder, redactedCommitment, redactedRequest)];
      // Why a proof does not hold is said in other words.
      if (check === 6) for (const report of [own, first]) delete (report["failure"] as { what?: string }).what;
      assert.deepEqual(own, first);
    }, join(REDACTED, "production")));
}

test("digests that are not written anew are refused", () =>
  withCopy(async (production) => {
    production.edit("withholding.csv", (text) => text.replace("Advice", "Advise"));
    assert.equal(said(await judge(production.folder)), "REJECTED 9");
  }));

test("a request for KZG is not checked", () =>
  withCopy(async (production) => {
    // The scheme stands after the first words, the commitment and the view's name.
    const request = new Uint8Array(readFileSync(REQUEST));
    const at = 16 + 32 + 4 + "text-hash-64".length;
    const kzg = Uint8Array.of(...request.subarray(0, at), 1, ...new Uint8Array(32), ...request.subarray(at + 1));
    production.write("../kzg.request", kzg);
    const digest = hex(readRequest(kzg).digest);
    production.edit("manifest.json", (text) => text.replace(/"request": "[0-9a-f]+"/, `"request": "${digest}"`));
    production.seal();
    const outcome = await judge(production.folder, COMMITMENT, production.path("../kzg.request"));
    assert.equal(said(outcome), "NOT CHECKED 4");
  }));

test("the two verifiers say the same", { skip: FIRST === undefined ? "judge-verify is not built" : false }, async () => {
  const frozen = join(FROZEN, "production");
  assert.deepEqual(comparable(json(await judge(frozen))), firstOpinion(frozen));
  for (const { name, tell } of LIES) {
    await withCopy(async (production) => {
      tell(production);
      production.seal();
      const [own, first] = [comparable(json(await judge(production.folder))), firstOpinion(production.folder)];
      // Why a proof does not hold is said in other words.
      for (const report of [own, first]) if ((report["failure"] as { check: number }).check === 6) delete (report["failure"] as { what?: string }).what;
      assert.deepEqual(own, first, name);
    });
  }
});

test("the program for Node has exit codes and errors in two lines", () => {
  const run = (...list: string[]) => spawnSync(process.execPath, ["dist/cli.js", ...list], { encoding: "utf8" });
  const production = join(FROZEN, "production");
  const verified = run(production, "--commitment", COMMITMENT, "--request", REQUEST);
  assert.equal(verified.status, 0, verified.stderr);
  assert.match(verified.stdout, /VERIFIED\. All nine checks passed/);
  const rejected = run(FROZEN, "--commitment", COMMITMENT, "--request", REQUEST);
  assert.equal(rejected.status, 1);
  const missing = run(production, "--commitment", "none.txt", "--request", REQUEST);
  const misused = run(production);
  for (const { status, stderr } of [missing, misused]) {
    assert.equal(status, 2);
    assert.match(stderr, /^error: [^\n]+\n {2}fix: [^\n]+\n$/);
  }
});

/** Which words of a proof are changed: every one if it is 1. */
const WORDS = Number(process.env["WORDS"] ?? 31);

for (const [name, responsive, notResponsive, answered] of [
  ["bars", 2, 3, 0],
  ["classes", 0, 0, 5],
  ["sealed-bars", 2, 3, 0],
  ["sealed-notes", 1, 3, 0],
  ["sealed-scores", 0, 0, 4],
] as const) {
  const [commitment, request] = [join(MORE, "commitment.txt"), join(MORE, `${name}.request`)];

  test(`a production under another classifier is verified: ${name}`, { skip: notMade(name) }, () =>
    withCopy(async ({ folder }) => {
      const outcome = await judge(folder, commitment, request);
      assert.equal(said(outcome), "VERIFIED");
      const counts = outcome.counts!;
      assert.deepEqual(
        [counts.responsive, counts.not_responsive, counts.answered],
        [responsive, notResponsive, answered],
      );
      if (FIRST !== undefined) assert.deepEqual(comparable(json(outcome)), firstOpinion(folder, commitment, request));
    }, join(MORE, name)));

  test(`words of its proof are bound, each ${WORDS}th: ${name}`, { skip: notMade(name) }, () =>
    withCopy(async (production) => {
      const proof = production.read("proofs/batch-000000.proof");
      for (let at = 0; at < proof.length; at += 32 * WORDS) {
        const changed = proof.slice();
        changed[at] = changed[at]! ^ 1;
        production.write("proofs/batch-000000.proof", changed);
        const outcome = await judge(production.folder, commitment, request);
        assert.equal(said(outcome), "REJECTED 6", `word ${at / 32}`);
      }
    }, join(MORE, name)));
}

/** What is wrong with a file of answers, and the check that refuses it. */
const FALSE_ANSWERS: [name: string, check: number, tell: (production: Production) => void][] = [
  ["an item has another class", 6, (production) => changeAnswers(production, (bytes) => void (bytes[57] = bytes[57]! ^ 1))],
  ["a class is none of the table", 1, (production) => changeAnswers(production, (bytes) => void (bytes[57] = 9))],
  ["they are for another request", 1, (production) => changeAnswers(production, (bytes) => void (bytes[16] = bytes[16]! ^ 1))],
  ["one is missing", 1, (production) => changeAnswers(production, (bytes) => bytes.subarray(0, bytes.length - 4))],
  ["one is too many", 1, (production) => changeAnswers(production, (bytes) => Uint8Array.of(...bytes, 0, 0, 0, 0))],
  ["there are none", 1, (production) => production.remove("answers.bin")],
  ["an item is listed by a match", 1, (production) => production.setDisposition(production.first("answered"), "withheld")],
];

const changeAnswers = (production: Production, change: (bytes: Uint8Array) => Uint8Array | void): void =>
  production.change("answers.bin", change);

for (const [name, check, tell] of FALSE_ANSWERS) {
  test(`refused by check ${check}: answers, but ${name}`, { skip: notMade("classes") }, () =>
    withCopy(async (production) => {
      tell(production);
      production.seal();
      const [commitment, request] = [join(MORE, "commitment.txt"), join(MORE, "classes.request")];
      const outcome = await judge(production.folder, commitment, request);
      assert.equal(said(outcome), `REJECTED ${check}`);
      if (FIRST === undefined) return;
      const [own, first] = [comparable(json(outcome)), firstOpinion(production.folder, commitment, request)];
      if (check === 6) for (const report of [own, first]) delete (report["failure"] as { what?: string }).what;
      assert.deepEqual(own, first);
    }, join(MORE, "classes")));
}
