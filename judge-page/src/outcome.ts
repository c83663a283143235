// How a check ends, and what is learned on the way. docs/protocol.md section 7, "Production and its verification".

import { Malformed } from "./bytes.ts";
import type { AnswerKind } from "./s04-classifier.ts";

/** The nine checks, in order. */
export const CHECKS = [
  "decode",
  "commitment",
  "binding",
  "layout and keys",
  "coverage",
  "proofs",
  "openings",
  "withholding",
  "sums",
] as const;

/** A file of the parties is at fault: REJECTED. */
export class Fault extends Error {
  constructor(
    readonly place: string,
    readonly what: string,
  ) {
    super(`${place}: ${what}`);
  }
}

/** The check could not be made: NOT CHECKED. */
export class CannotRun extends Error {
  constructor(
    readonly what: string,
    readonly fix: string,
  ) {
    super(what);
  }
}

/** Reads a file of the parties; where it is malformed, it is at fault. */
export function wellFormed<T>(place: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof Malformed) throw new Fault(place, `it is malformed: ${error.message}`);
    throw error;
  }
}

/** How many items have each disposition, in the order of the report. */
export interface Counts {
  items: number;
  responsive: number;
  produced: number;
  redacted: number;
  withheld: number;
  not_responsive: number;
  answered: number;
  exceptions: number;
  no_view: number;
  pages: number;
  families: number;
  companions_produced: number;
  companions_redacted: number;
  companions_withheld: number;
  exceptions_left_out: number;
  batches: number;
}

/** What came of reading produced files again: nothing is compared here. */
export interface Comparisons {
  extractor: string;
  confirmed: number;
  different: number;
  not_compared: number;
  reasons: Record<string, number>;
  readable_exceptions: never[];
}

export interface Matter {
  origin: string;
  items: number;
  commitment: string;
  root: string;
  profile: string;
  request: string;
  production: string;
  classifier: string;
  hidden_weights: number | null;
  model: string;
  links_not_followed: number;
  folders_not_listed: number;
  exclusion_list: string | null;
  extends: string | null;
  extension_checked: boolean;
  families: "alone" | "together";
  extractor: string | null;
  view: string;
  answers: AnswerKind;
  rule: string;
  scheme: "ipa" | "kzg";
  /** SHA-256 of the ceremony file, under KZG. */
  ceremony: string | null;
  width: number;
  k: number;
  lanes: number;
}

export interface ProducedItem {
  position: number;
  bates: string;
  family: number;
  companion: boolean;
}

/** What is produced in the place of a document of which parts are withheld. */
export interface RedactedItem extends ProducedItem {
  /** How many pages are shown; of a text none. */
  pages: number;
  /** The digest that the ledger binds. */
  digest: string;
  redactions: { basis: string; description: string }[];
}

/** How many entries a log has: of what is withheld as a whole, and of redactions. */
export interface LogCounts {
  withheld: number;
  redactions: number;
}

/** What a production that passed all checks holds. */
export interface Verified {
  produced: ProducedItem[];
  redacted: RedactedItem[];
  withheld: { position: number; basis: string; description: string }[];
  /** By the names of their files. */
  logs: Record<string, LogCounts>;
  exceptions: { position: number; reason: string }[];
  /** Of a request for classes or scores: the integers of every answer. */
  answers: { position: number; answer: number[] }[];
  proofBytes: number;
}

export type Verdict =
  | { word: "VERIFIED"; verified: Verified }
  | { word: "REJECTED"; check: number; fault: Fault }
  | { word: "NOT CHECKED"; check: number; cannot: CannotRun };

export interface Outcome {
  verdict: Verdict;
  /** Seconds of each check that passed. */
  passed: number[];
  matter: Matter | undefined;
  /** What is answered, in words. */
  answerWords: string;
  counts: Counts | undefined;
  comparisons: Comparisons | undefined;
  ledgerBytes: number | undefined;
  seconds: number;
}
