// The JSON report has the form that docs/schemas/verdict-v1.json states, by a validator of others.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { Ajv2020 } from "ajv/dist/2020.js";
import { json } from "../src/report.ts";
import { LIES } from "./lies.ts";
import { COMMITMENT, FIRST, FROZEN, judge, REPOSITORY, REQUEST, withCopy } from "./production.ts";

// A part of a condition names fields, and leaves their types to the whole.
const ajv = new Ajv2020({ allErrors: true, strict: true, strictTypes: false, strictRequired: false });
const schema = (name: string) => ajv.compile(JSON.parse(readFileSync(join(REPOSITORY, `docs/schemas/${name}.json`), "utf8")));
const verdict = schema("verdict-v1");

function hasForm(text: string, what: string): void {
  assert.ok(verdict(JSON.parse(text)), `${what}: ${ajv.errorsText(verdict.errors)}`);
}

test("the schema of audits is one", () => {
  assert.equal(typeof schema("audit-v1"), "function");
});

test("reports of every verdict have the form", async () => {
  hasForm(json(await judge(join(FROZEN, "production"))), "frozen");
  hasForm(json(await judge(join(FROZEN, "not-there"))), "not there");
  const told = [1, 2, 3, 5, 6, 7, 8, 9].flatMap((check) => LIES.filter((lie) => lie.check === check).slice(0, 1));
  for (const { name, tell } of told) {
    await withCopy(async (production) => {
      tell(production);
      production.seal();
      hasForm(json(await judge(production.folder)), name);
    });
  }
});

test("a report of another form is noticed", async () => {
  const report = JSON.parse(json(await judge(join(FROZEN, "production"))));
  for (const change of [{ verdict: "PROVED" }, { verdict: "REJECTED" }, { extra: 1 }, { counts: null }, { format: "duces-verdict-v2" }]) {
    assert.equal(verdict({ ...report, ...change }), false, JSON.stringify(change));
  }
});

test("so has the report of the first verifier", { skip: FIRST === undefined ? "judge-verify is not built" : false }, () => {
  const out = mkdtempSync(join(tmpdir(), "judge-page-"));
  try {
    const report = join(out, "report.json");
    const given = ["production", join(FROZEN, "production"), "--commitment", COMMITMENT, "--request", REQUEST];
    spawnSync(FIRST!, [...given, "--no-extractor", "--json", report]);
    hasForm(readFileSync(report, "utf8"), "first verifier");
  } finally {
    rmSync(out, { recursive: true });
  }
});
