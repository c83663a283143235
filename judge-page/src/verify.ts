// All nine checks, one after the other. docs/protocol.md section 7, "Production and its verification".

import { CannotRun, Fault, type Outcome, type Verdict } from "./outcome.ts";
import type { Pool } from "./pool.ts";
import { shapeOf } from "./s04-request.ts";
import { answerWords } from "./s07-answers.ts";
import { checkBinding, checkCommitment, checkCoverage, checkLayout, checkProofs } from "./s07-checks.ts";
import { decode, matterOf, type Inputs } from "./s07-decode.ts";
import { checkOpenings, checkSums, checkWithholding } from "./s07-produced.ts";

export interface Progress {
  /** A check begins. */
  begins(check: number): void;
  /** Of the check's parts so many are done. */
  part(check: number, done: number, of: number): void;
  /** A check passed. */
  passed(check: number, seconds: number): void;
}

const now = (): number => performance.now() / 1000;

export async function verify(inputs: Inputs, pool: Pool, progress: Progress): Promise<Outcome> {
  const start = now();
  const outcome: Omit<Outcome, "verdict" | "seconds"> = {
    passed: [],
    matter: undefined,
    answerWords: "",
    counts: undefined,
    comparisons: undefined,
    ledgerBytes: undefined,
  };
  let check = 0;
  const step = async <T>(run: (part: (done: number, of: number) => void) => T | Promise<T>): Promise<T> => {
    const number = ++check;
    progress.begins(number);
    const from = now();
    const result = await run((done, of) => progress.part(number, done, of));
    outcome.passed.push(now() - from);
    progress.passed(number, now() - from);
    return result;
  };
  const verdict = async (): Promise<Verdict> => {
    try {
      const decoded = await step(() => decode(inputs));
      outcome.matter = matterOf(decoded);
      outcome.answerWords = answerWords(shapeOf(decoded.request));
      outcome.ledgerBytes = decoded.ledgerBytes;
      const committed = await step(() => checkCommitment(decoded, pool));
      outcome.matter.extension_checked = inputs.earlier.length > 0;
      const bound = await step(() => checkBinding(committed));
      const laidOut = await step(() => checkLayout(bound, pool));
      const covered = await step(() => checkCoverage(laidOut));
      outcome.counts = covered.counts;
      const proved = await step((part) => checkProofs(covered, pool, part));
      const matched = await step((part) =>
        checkOpenings(proved, pool, (comparisons) => (outcome.comparisons = comparisons), part),
      );
      const logged = await step(() => checkWithholding(matched));
      const verified = await step(() => checkSums(logged));
      return { word: "VERIFIED", verified };
    } catch (error) {
      if (error instanceof Fault) return { word: "REJECTED", check, fault: error };
      return { word: "NOT CHECKED", check, cannot: cannotRun(error) };
    }
  };
  return { verdict: await verdict(), ...outcome, seconds: now() - start };
}

/** Whatever else stops the checks says nothing about the production. */
function cannotRun(error: unknown): CannotRun {
  if (error instanceof CannotRun) return error;
  const what = error instanceof Error ? error.message : String(error);
  return new CannotRun(`this program failed: ${what}`, "check the production with judge-verify");
}
