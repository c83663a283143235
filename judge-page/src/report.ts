// The report as JSON, and as text for a terminal.

import { CHECKS, type Outcome } from "./outcome.ts";
import { countRows, logRows, matterRows, NAME, notShown, redactedLine, sentence, shown, VERSION } from "./report-content.ts";
import { oneLine } from "./text.ts";

/** The JSON report. */
export function json(outcome: Outcome): string {
  const { verdict, matter, counts, comparisons, seconds } = outcome;
  const verified = verdict.word === "VERIFIED" ? verdict.verified : undefined;
  const items = matter?.items ?? 0;
  const perItem = (total: number): number | null => (items > 0 ? total / items : null);
  const reasons = comparisons && Object.fromEntries(Object.entries(comparisons.reasons).sort());
  const report = {
    format: "duces-verdict-v1",
    program: `${NAME} ${VERSION}`,
    verdict: verdict.word,
    failure: failure(outcome),
    checks: CHECKS.map((name, i) => ({
      number: i + 1,
      name,
      result: result(outcome, i + 1),
      seconds: outcome.passed[i] ?? null,
    })),
    matter: matter ?? null,
    counts: counts ?? null,
    comparisons: comparisons ? { ...comparisons, reasons } : null,
    produced: verified?.produced ?? null,
    redacted: verified?.redacted ?? null,
    withheld: verified?.withheld.map(({ position, basis, description }) => ({ position, basis, description })) ?? null,
    logs: verified?.logs ?? null,
    exceptions: verified?.exceptions ?? null,
    classes: classes(outcome),
    answers: verified && verified.answers.length > 0 ? verified.answers : null,
    does_not_show: notShown(outcome),
    // This program looks for no signature.
    signatures: null,
    figures: {
      items,
      seconds,
      milliseconds_per_item: perItem(1000 * seconds),
      proof_bytes: verified?.proofBytes ?? null,
      ledger_bytes: outcome.ledgerBytes ?? null,
      bytes_per_item: verified ? perItem(verified.proofBytes) : null,
      peak_memory_bytes: null,
    },
  };
  return `${JSON.stringify(report, null, 2)}\n`;
}

/** How many positions have each class, where the request asks for classes. */
export function classes({ verdict, matter }: Outcome): Record<string, number> | null {
  if (verdict.word !== "VERIFIED" || matter?.answers !== "class") return null;
  const counts: Record<string, number> = {};
  for (const { answer } of verdict.verified.answers) counts[answer[0]!] = (counts[answer[0]!] ?? 0) + 1;
  return Object.keys(counts).length > 0 ? counts : null;
}

/** What became of a check. */
export function result({ verdict, passed }: Outcome, check: number): "passed" | "failed" | "not checked" {
  if (check <= passed.length) return "passed";
  return verdict.word === "REJECTED" && verdict.check === check ? "failed" : "not checked";
}

function failure({ verdict }: Outcome) {
  if (verdict.word === "VERIFIED") return null;
  const { check } = verdict;
  const name = CHECKS[check - 1]!;
  return verdict.word === "REJECTED"
    ? { check, name, what: verdict.fault.what, place: verdict.fault.place, fix: null }
    : { check, name, what: verdict.cannot.what, place: null, fix: verdict.cannot.fix };
}

/** The line of a check that passed. */
export const passedLine = (check: number, seconds: number): string =>
  `  ${check} ${CHECKS[check - 1]!.padEnd(16)} passed  ${seconds.toFixed(2).padStart(8)} s`;

/** Rows of a list that the text shows. */
const ROWS = 1000;

/** What follows the lines of the checks that passed. */
export function rest(outcome: Outcome): string {
  const { verdict, passed, matter, counts } = outcome;
  const lines: string[] = [];
  for (let check = passed.length + 1; check <= CHECKS.length; check++) {
    const word = result(outcome, check) === "failed" ? "FAILED" : "not checked";
    lines.push(`  ${check} ${CHECKS[check - 1]!.padEnd(16)} ${word}`);
  }
  lines.push("");
  if (matter !== undefined) {
    lines.push(...matterRows(outcome, matter).map(([label, value]) => `${label.padEnd(18)} ${oneLine(value)}`), "");
  }
  if (counts !== undefined) {
    const rows = countRows(outcome, counts);
    lines.push(...rows.map(([label, count]) => `${label.padEnd(44)} ${String(count).padStart(12)}`), "");
  }
  const ofClasses = Object.entries(classes(outcome) ?? {}).slice(0, ROWS);
  for (const [name, count] of ofClasses) lines.push(`${`Class ${name}`.padEnd(44)} ${String(count).padStart(12)}`);
  if (ofClasses.length > 0) lines.push("");
  if (verdict.word === "VERIFIED") {
    const { withheld, redacted } = verdict.verified;
    const logs = logRows(verdict.verified);
    lines.push(...logs.map(([label, count]) => `${label.padEnd(44)} ${String(count).padStart(12)}`));
    if (logs.length > 0) lines.push("");
    const entries = withheld.map(
      ({ position, basis, description }) => `position ${position}: ${oneLine(basis)}: ${oneLine(description)}`,
    );
    lines.push(...section("Withheld", entries));
    lines.push(...section("Produced with redactions", redacted.map((item) => oneLine(redactedLine(item)))));
  }
  lines.push(...paragraph(oneLine(sentence(outcome).what), ""), "");
  if (verdict.word === "VERIFIED") lines.push("What this shows", ...paragraph(shown(outcome), "  "), "");
  lines.push("What this does not show");
  for (const text of notShown(outcome)) lines.push(...paragraph(text, "- "));
  return lines.map((line) => `${line.trimEnd()}\n`).join("");
}

/** A list under a title, if it is not empty. */
function section(title: string, rows: readonly string[]): string[] {
  if (rows.length === 0) return [];
  const more = rows.length > ROWS ? [`  and ${rows.length - ROWS} more, see withholding.csv`] : [];
  return [title, ...rows.slice(0, ROWS).map((row) => `  ${row}`), ...more, ""];
}

/** A paragraph in lines of up to 78 characters, the first after `mark`, the others indented as far. */
function paragraph(text: string, mark: string): string[] {
  const lines: string[] = [];
  let line = mark;
  let isEmpty = true;
  for (const word of text.split(/\s+/)) {
    if (!isEmpty && Array.from(line).length + 1 + Array.from(word).length > 78) {
      lines.push(line);
      line = " ".repeat(mark.length);
      isEmpty = true;
    }
    line += isEmpty ? word : ` ${word}`;
    isEmpty = false;
  }
  return [...lines, line];
}
