// What reports say, in whatever form.

import { CHECKS, type Comparisons, type Counts, type Matter, type Outcome, type RedactedItem, type Verified } from "./outcome.ts";

export const NAME = "judge-page";
export const VERSION = "0.1.0";

/** What a verified production of matches shows. */
const SHOWN =
  "For every item that the responding party committed to, before it knew the request, exactly one of these " +
  "holds: the item is cryptographically proved not to match the request's classifier; it is proved to match, " +
  "and the document itself was produced and checked against the commitment; it is proved to match, and a redacted " +
  "rendition stands in its place, with a stated basis for each redaction; it is proved to match and withheld " +
  "on a stated basis; or it is listed as unreadable, or as having no view that the classifier reads. Where the " +
  "profile brings families together, every member that could be read of the family of a produced match is " +
  "produced, redacted or withheld too. Of an item that is not produced, nothing else was disclosed, but what its " +
  "redacted rendition and the log say: the production shows which views it has, whether it is a page, and which items belong together as a family, but no score, no " +
  "content, no name, no size.";

/** What a verified production of classes or scores shows. */
const SHOWN_ANSWERS =
  "For every item that the responding party committed to, before it knew the request, exactly one of these holds: " +
  "the request's classifier is cryptographically proved to give the listed answer on the item's committed view; or " +
  "the item is listed as unreadable, or as having no view that the classifier reads. No document was produced. Of an " +
  "item, nothing else was disclosed: the production shows its answer, which views it has, whether it is a page, and " +
  "which items belong together as a family, but no content, no name, no size.";

/** What a verified production shows. */
export const shown = ({ matter }: Outcome): string =>
  matter === undefined || matter.answers === "match" ? SHOWN : SHOWN_ANSWERS;

/** What no report shows. */
const NOT_SHOWN = [
  "That the committed items are everything the responding party holds. Whether the collection was complete is a " +
    "question for testimony about custodians and sources.",
  "That an undisclosed item was reduced honestly: that its text or image (its rendition) is what its file holds, " +
    "and its view what the rendition gives. Both were fixed before the request was known. Opening a random sample " +
    "in camera ('judge-verify sample') bounds the share of false ones. A planted view, which no text or image gives, " +
    "makes no proof false; it can leave a request without proof.",
  "That an undisclosed exception is unreadable for the reason that is stated, and that an item without the view " +
    "has no such content. The same sample looks at those that it draws.",
  "That a rendition holds all that a person sees in the file. The extractor takes the text that a file stores: " +
    "not handwriting, nor text in pictures, unless the profile names a program that reads it. The charset of a " +
    "plain text is a guess where the file does not state it. The end of a file's name, such as .csv, may decide how " +
    "it is read; it is committed to, but nothing shows that the file always had it.",
  "That a document was searched as it looks. Where the profile says so, the pages of a PDF that are one scanned " +
    "image, and the pictures on its other pages, are items of their own. Of a page that is drawn the words are in " +
    "the text of its document, and what is drawn beside them (lines, areas, very small images) is not searched; a " +
    "page without words or pictures is an exception. A produced page is the committed image; that its document " +
    "holds it, no check here shows.",
  "That each part of a file was found, and that a family is complete: an attachment which the extractor does not " +
    "know for one is no item.",
  "That the classifier is a good definition of relevance. How much it overlooks (its recall, and the elusion) is " +
    "measured by sampling.",
  "That a privilege or exemption is valid. The log states the bases; the court decides on them.",
];

/** What this report does not show. */
export function notShown({ matter, counts, comparisons }: Outcome): string[] {
  const all = [...NOT_SHOWN];
  if (matter !== undefined) {
    if (matter.answers === "class") {
      all.push("What a class stands for: a number is what the classifier gives; its name is the parties' word.");
    }
    if (matter.answers === "scores") {
      all.push(
        "What a score measures, and the unit that the rule states: integers are what the classifier gives. A score " +
          "beyond the range of the last table stands as that table's end.",
      );
    }
    if (matter.hidden_weights !== null) all.push(sealed(matter.hidden_weights));
    if (matter.ceremony !== null) {
      all.push(
        `That nobody knows the number behind the ceremony file whose SHA-256 is ${matter.ceremony}: whoever knows it ` +
          "can prove anything. This program knows no list of public ceremonies: compare the digest with what the " +
          "organisers of the ceremony publish.",
      );
    }
    if (matter.links_not_followed > 0) {
      all.push(
        `What the symbolic links of the collection lead to: ${matter.links_not_followed} were not followed. Each is ` +
          "a listed exception; files that are reached by a link alone are not committed to.",
      );
    }
    if (matter.folders_not_listed > 0) {
      all.push(
        `What is in the folders that could not be listed: ${matter.folders_not_listed}. Each is a listed exception; ` +
          "nothing in them is committed to.",
      );
    }
    if (matter.exclusion_list !== null) {
      all.push(
        "That the files with the reason 'excluded' do not matter. Their digests are on a list of known files whose " +
          `SHA-256 is ${matter.exclusion_list}; ask for that list.`,
      );
    }
    if (matter.extends !== null && !matter.extension_checked) {
      all.push(
        `That the commitment extends the earlier one whose digest is ${matter.extends}. It says so; whoever has that ` +
          "one can have it checked with --earlier.",
      );
    }
  }
  const redacted = counts === undefined ? 0 : counts.redacted + counts.companions_redacted;
  if (redacted > 0) {
    all.push(
      "That what is shown of a redacted document was taken from it, and that nothing more is missing than the " +
        `entries of the log say: ${redacted} positions. What was checked of each: its commitments are the committed ` +
        "ones; the classifier is proved to match it, unless it came with its family; the redacted text or pages and " +
        "the bases are those that the ledger names; no file of it was produced. Its file, its whole text or image " +
        "and its view were not opened to anybody, and could not be compared with what is shown. Opening a position " +
        "in camera ('judge-verify sample') shows the original.",
    );
  }
  if (counts !== undefined && counts.exceptions_left_out > 0) {
    all.push(
      "What is in the unreadable members of produced families that were not handed over: " +
        `${counts.exceptions_left_out} exceptions.`,
    );
  }
  if (comparisons !== undefined && comparisons.not_compared > 0) {
    all.push(
      "That the produced renditions that were not compared are what their files hold: " +
        `${comparisons.not_compared} of ${total(comparisons)}. They are the committed ones, and whoever opens the ` +
        "files can look.",
    );
  }
  return all;
}

const sealed = (hidden: number): string =>
  `What the classifier looks for. Its ${hidden} weights and biases are hidden behind commitments: the proofs show ` +
  "that one and the same model made every decision, and what shape it has; not that the rule's words describe it, " +
  "not that it was made without knowledge of the documents, nor how good it is. A sample that is drawn after model " +
  "and documents were committed to, and labelled, measures that. No classifier was evaluated here on a produced " +
  "document: that its view is the committed one was checked, and that it matches is proved.";

const total = ({ confirmed, different, not_compared }: Comparisons): number => confirmed + different + not_compared;

/** What was compared, in one sentence: nothing, since this program reads no file again. */
function compared(comparisons: Comparisons): string {
  const words: Record<string, string> = {
    "no-extractor": "no extractor at hand",
    page: "a page without its document",
  };
  const names = Object.keys(words).filter((name) => comparisons.reasons[name] !== undefined);
  const reasons = names.map((name) => `${words[name]}: ${comparisons.reasons[name]}`).join("; ");
  const count = total(comparisons);
  if (count === 0) return "";
  return count === 1
    ? `The one produced rendition was NOT compared with its file (${reasons}).`
    : `NONE of the ${count} produced renditions was compared with its file (${reasons}).`;
}

/** How many positions are proved, and how many are not, in one sentence. */
function proved({ counts }: Outcome): string {
  if (counts === undefined) return "";
  const { items, exceptions, no_view: noView } = counts;
  const count = counts.responsive + counts.not_responsive + counts.answered;
  const rest = [
    exceptions > 0 ? `${exceptions} that could not be read` : "",
    noView > 0 ? `${noView} without the view that the classifier reads` : "",
  ].filter((words) => words !== "");
  if (rest.length === 0) return `Proved: all ${items} positions.`;
  return `Proved: ${count} of ${items} positions; nothing is proved of ${rest.join(" and ")}.`;
}

export const checkName = (check: number): string => `check ${check} (${CHECKS[check - 1]})`;

/** The verdict in words, and what to do next. */
export function sentence(outcome: Outcome): { what: string; next: string } {
  const { verdict, comparisons } = outcome;
  switch (verdict.word) {
    case "VERIFIED": {
      const what = `VERIFIED. All nine checks passed. ${proved(outcome)} ${comparisons ? compared(comparisons) : ""}`.trimEnd();
      return { what, next: "Read what this does not show, below." };
    }
    case "REJECTED": {
      const { place, what } = verdict.fault;
      return {
        what: `REJECTED at ${checkName(verdict.check)}: ${place}: ${what}`,
        next: "ask the responding party for a production that passes this check",
      };
    }
    case "NOT CHECKED":
      return {
        what: `NOT CHECKED, stopped at ${checkName(verdict.check)}: ${verdict.cannot.what}`,
        next: verdict.cannot.fix,
      };
  }
}

/** Labels and numbers of the counts. Where nothing is verified, they are only what the ledger says. */
export function countRows({ verdict, matter }: Outcome, counts: Counts): [label: string, count: number][] {
  const isVerified = verdict.word === "VERIFIED";
  if (matter !== undefined && matter.answers !== "match") {
    return [
      ["Committed items", counts.items],
      [isVerified ? `Answered (proved to have the listed ${matter.answers})` : "Listed as answered", counts.answered],
      ["Unreadable (exceptions)", counts.exceptions],
      ["Without the view that the classifier reads", counts.no_view],
      ["Families of more than one item", counts.families],
      ["Pages of documents", counts.pages],
    ];
  }
  return [
    ["Committed items", counts.items],
    [isVerified ? "Responsive (proved to match)" : "Listed as responsive", counts.responsive],
    ["  produced", counts.produced],
    ["  produced with redactions", counts.redacted],
    ["  withheld", counts.withheld],
    [isVerified ? "Not responsive (proved not to match)" : "Listed as not responsive", counts.not_responsive],
    ["Unreadable (exceptions)", counts.exceptions],
    ["Without the view that the classifier reads", counts.no_view],
    ["No match, produced with its family", counts.companions_produced],
    ["No match, redacted, with its family", counts.companions_redacted],
    ["No match, withheld from its family", counts.companions_withheld],
    ["Unreadable, left out of a produced family", counts.exceptions_left_out],
    ["Families of more than one item", counts.families],
    ["Pages of documents", counts.pages],
  ];
}

/** What one line says of a redacted document. */
export function redactedLine({ position, bates, pages, redactions }: RedactedItem): string {
  const shown = pages === 0 ? "text" : pages === 1 ? "1 page" : `${pages} pages`;
  const bases = redactions.map(({ basis }) => basis);
  return `position ${position}: ${bates}, ${shown}, ${bases.length} redacted: ${bases.join("; ")}`;
}

/** Labels and numbers of the two logs. */
export function logRows({ logs }: Verified): [label: string, count: number][] {
  const titles = { "privilege-log.csv": "Privilege log", "vaughn-index.csv": "Vaughn index" };
  const rows = Object.entries(titles).flatMap(([name, title]): [string, number][] => [
    [`${title}: withheld`, logs[name]!.withheld],
    [`${title}: redactions`, logs[name]!.redactions],
  ]);
  return rows.filter(([, count]) => count > 0);
}

/** Labels and values of the matter. */
export function matterRows({ answerWords }: Outcome, matter: Matter): [label: string, value: string][] {
  const { extends: extended, extension_checked: isChecked } = matter;
  const rows: [string, string | null][] = [
    ["Matter", matter.origin],
    ["Commitment", matter.commitment],
    ["Root", matter.root],
    ["Request", matter.request],
    ["Production", matter.production],
    ["Classifier", matter.classifier],
    ["Reads", matter.view],
    [matter.answers === "match" ? "Match rule" : "Answer rule", matter.rule],
    ["Proof system", `${matter.scheme}, width ${matter.width}, k ${matter.k}, lanes ${matter.lanes}`],
    ["Answers", answerWords],
    ["Sealed model", matter.hidden_weights === null ? null : `${matter.hidden_weights} hidden weights and biases`],
    ["Families", matter.families === "alone" ? "a match is produced alone" : "a match is produced with its family"],
    ["Extractor", matter.extractor === null ? "no version named" : `version ${matter.extractor}`],
    ["Links not followed", matter.links_not_followed > 0 ? String(matter.links_not_followed) : null],
    ["Folders not listed", matter.folders_not_listed > 0 ? String(matter.folders_not_listed) : null],
    ["Exclusion list", matter.exclusion_list],
    ["Extends", extended && `${extended}, ${isChecked ? "checked: its positions come first, unchanged" : "not checked"}`],
  ];
  return rows.flatMap(([label, value]) => (value === null ? [] : [[label, value]]));
}
