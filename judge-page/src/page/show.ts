// The report on the page.

import { CHECKS, type Outcome } from "../outcome.ts";
import { json, result } from "../report.ts";
import { countRows, matterRows, notShown, sentence, shown } from "../report-content.ts";
import { byId, el, foreign, table } from "./elements.ts";

/** Rows of a list that the page shows; the JSON report has them all. */
const ROWS = 1000;

/** The list of checks, before and while they run. */
export class CheckList {
  private readonly states: HTMLElement[] = [];

  constructor() {
    const items = CHECKS.map((name) => {
      const state = el("span", { class: "state" }, "waiting");
      this.states.push(state);
      return el("li", { "data-state": "waiting" }, el("span", { class: "name" }, name), " ", state);
    });
    byId("checks").replaceChildren(...items);
  }

  set(check: number, state: string, text: string): void {
    const element = this.states[check - 1]!;
    element.textContent = text;
    element.parentElement!.dataset["state"] = state;
  }

  /** What became of each check. */
  finish(outcome: Outcome): void {
    CHECKS.forEach((_, i) => {
      const word = result(outcome, i + 1);
      if (word === "passed") this.set(i + 1, word, `passed, ${outcome.passed[i]!.toFixed(2)} s`);
      else this.set(i + 1, word, word === "failed" ? "FAILED" : "not checked");
    });
  }
}

/** Shows an outcome, and offers it as JSON. */
export function show(outcome: Outcome): void {
  const { verdict, matter, counts } = outcome;
  const { what, next } = sentence(outcome);
  const section = byId("report");
  section.dataset["verdict"] = verdict.word;
  const heading = el("h2", { id: "verdict", tabindex: "-1" }, verdict.word);
  const parts: HTMLElement[] = [heading];
  parts.push(el("p", { class: "what" }, foreign(what)), el("p", { class: "next" }, foreign(next)));
  parts.push(el("p", {}, download(outcome)));
  if (counts !== undefined) {
    const rows = countRows(outcome, counts).map(([label, count]) => [label, String(count)]);
    parts.push(table("Counts", ["What", "Items"], rows, [1]));
  }
  if (matter !== undefined) {
    const rows = matterRows(outcome, matter).map(([label, value]) => [label, foreign(value)]);
    parts.push(table("The matter", ["What", "Value"], rows));
  }
  if (verdict.word === "VERIFIED") parts.push(...lists(verdict.verified));
  if (verdict.word === "VERIFIED") parts.push(el("h3", {}, "What this shows"), el("p", {}, shown(outcome)));
  parts.push(el("h3", {}, "What this does not show"));
  parts.push(el("ul", {}, ...notShown(outcome).map((text) => el("li", {}, foreign(text)))));
  section.replaceChildren(...parts);
  section.hidden = false;
  heading.focus();
}

function lists({ produced, withheld, exceptions, answers }: Extract<Outcome["verdict"], { word: "VERIFIED" }>["verified"]) {
  const out: HTMLElement[] = [];
  const cut = <T>(caption: string, list: readonly T[], columns: string[], row: (one: T) => string[], numbers: number[]) => {
    if (list.length === 0) return;
    out.push(table(caption, columns, list.slice(0, ROWS).map(row), numbers));
    if (list.length > ROWS) out.push(el("p", {}, `${list.length - ROWS} more are in the JSON report.`));
  };
  cut(
    "Produced",
    produced,
    ["Bates number", "Position", "Family", "Why"],
    ({ bates, position, family, companion }) => [
      foreign(bates),
      String(position),
      String(family),
      companion ? "with its family" : "matches",
    ],
    [1, 2],
  );
  cut(
    "Withheld",
    withheld,
    ["Position", "Basis", "Description"],
    ({ position, basis, description }) => [String(position), foreign(basis), foreign(description)],
    [0],
  );
  cut("Answers", answers, ["Position", "Answer"], ({ position, answer }) => [String(position), answer.join(" ")], [0]);
  cut("Exceptions", exceptions, ["Position", "Reason"], ({ position, reason }) => [String(position), reason], [0]);
  return out;
}

/** A link that saves the JSON report. */
function download(outcome: Outcome): HTMLElement {
  const link = el("a", { class: "button", download: "verdict.json", id: "json" }, "Save the report as JSON");
  link.href = URL.createObjectURL(new Blob([json(outcome)], { type: "application/json" }));
  return link;
}
