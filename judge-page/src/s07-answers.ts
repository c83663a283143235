// answers.bin. docs/protocol.md section 7, "Answers" ([format-answers]).

import { encode, equal, malformed, Reader } from "./bytes.ts";
import { ANSWER_KINDS, type Classifier } from "./s04-classifier.ts";

export const MOST_BYTES = 2 ** 28;

/** Which answers the last node can give: how many integers, and which. */
export interface AnswerForm {
  length: number;
  outputs: Set<number>;
}

export function answerForm({ nodes, tables, lengths }: Classifier): AnswerForm {
  const last = nodes[nodes.length - 1]!;
  const outputs = last.type === "pointwise" ? tables[last.table]!.outputs : [];
  return { length: lengths[nodes.length]!, outputs: new Set(outputs) };
}

/** What is answered, in words. */
export function answerWords(classifier: Classifier): string {
  const { length, outputs } = answerForm(classifier);
  switch (classifier.answers) {
    case "match":
      return "match or no match";
    case "class":
      return `the class of every document, from 0 to ${[...outputs].reduce((most, z) => Math.max(most, z), 0)}`;
    case "scores":
      return length === 1
        ? "the score of every document, as an integer"
        : `the ${length} scores of every document, as integers`;
  }
}

/** The answers of the positions that the ledger lists as answered, ascending. */
export function parseAnswers(bytes: Uint8Array, request: Uint8Array, classifier: Classifier, count: number): number[][] {
  const form = answerForm(classifier);
  const from = new Reader(bytes);
  if (!equal(from.take(16), encode("duces-answers-v1"))) malformed("it does not begin with 'duces-answers-v1'");
  if (!equal(from.take(32), request)) malformed("it answers another request");
  const code = from.u8();
  const kind = ANSWER_KINDS[code] ?? malformed(`${code} is not a kind of answer`);
  const length = from.length(2 ** 12, 0, "an answer");
  if (kind !== classifier.answers || length !== form.length) malformed("it has answers of another form");
  const found = from.u32();
  if (found !== count) malformed(`it has ${found} answers, the ledger lists ${count}`);
  const all = new Reader(from.take(4 * length * count));
  if (from.remaining > 0) malformed("more follows its last answer");
  return Array.from({ length: count }, () => {
    const answer = Array.from({ length }, () => all.i32());
    if (!answer.every((z) => form.outputs.has(z))) malformed("an answer is none that the classifier gives");
    return answer;
  });
}
