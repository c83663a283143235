// The request. docs/protocol.md section 11, "Request" ([format-request]).

import { encode, equal, Malformed, malformed, Reader } from "./bytes.ts";
import { H } from "./s02-hash.ts";
import { byteLength, parseView, type View } from "./s03-view-name.ts";
import { ANSWER_KINDS, LIMITS, readShape, type AnswerKind, type Classifier } from "./s04-classifier.ts";
import { analyse } from "./s04-bounds.ts";
import { checkStructure } from "./s04-structure.ts";
import { readSealed, type Sealed } from "./s10-model.ts";

/** The largest file, in bytes. */
export const MOST_BYTES = LIMITS.bytes + 2 ** 13;

export type Scheme = { type: "ipa" } | { type: "kzg"; ceremony: Uint8Array };

export type Subject =
  | { type: "public"; classifier: Classifier; wide: boolean[] }
  | { type: "sealed"; sealed: Sealed };

export interface Request {
  commitment: Uint8Array;
  view: View;
  scheme: Scheme;
  rule: string;
  model: Uint8Array;
  subject: Subject;
  /** The digest of the whole file. */
  digest: Uint8Array;
  /** The digest of the classifier. */
  classifier: Uint8Array;
  answers: AnswerKind;
}

export function readRequest(bytes: Uint8Array): Request {
  const from = new Reader(bytes);
  if (!equal(from.take(16), encode("duces-request-v1"))) malformed("it does not begin with 'duces-request-v1'");
  const commitment = from.take(32);
  const view = parseView(from.string(64, "the view's name"));
  const scheme = readScheme(from);
  const rule = from.string(4096, "the match rule");
  const model = from.take(32);
  const kind = from.u8();
  const body = from.take(from.remaining);
  const digest = H("duces/request/v1", bytes);
  const head = { commitment, view, scheme, rule, model, digest };
  if (kind === 3) {
    const sealed = readSealed(body);
    if (sealed.view.name !== view.name || sealed.rule !== rule || !equal(sealed.digest, model)) {
      malformed("view, rule or model digest are not those of its sealed classifier");
    }
    const answers = sealed.architecture.answers;
    return { ...head, subject: { type: "sealed", sealed }, classifier: sealed.digest, answers };
  }
  const answers = ANSWER_KINDS[kind] ?? malformed(`${kind} is not a kind of answer`);
  const { classifier, wide } = readClassifier(body, answers);
  if (classifier.inputLength !== byteLength(view)) {
    malformed(`the classifier reads ${classifier.inputLength} bytes, ${view.name} has ${byteLength(view)}`);
  }
  const subject: Subject = { type: "public", classifier, wide };
  return { ...head, subject, classifier: H("duces/classifier/v1", body), answers };
}

function readScheme(from: Reader): Scheme {
  const scheme = from.u8();
  if (scheme === 0) return { type: "ipa" };
  if (scheme === 1) return { type: "kzg", ceremony: from.take(32) };
  return malformed(`${scheme} is not a commitment scheme`);
}

function readClassifier(bytes: Uint8Array, answers: AnswerKind): { classifier: Classifier; wide: boolean[] } {
  if (bytes.length > LIMITS.bytes) {
    malformed(`the classifier takes ${bytes.length} bytes, allowed are ${LIMITS.bytes}`);
  }
  const from = new Reader(bytes);
  const shape = readShape(from, answers, false);
  from.finish();
  try {
    const classifier = checkStructure(shape);
    return { classifier, wide: analyse(classifier) };
  } catch (error) {
    if (error instanceof Malformed) malformed(`the classifier is refused: ${error.message}`);
    throw error;
  }
}

/** The classifier or architecture that a batch is laid out for. */
export const shapeOf = (request: Request): Classifier =>
  request.subject.type === "public" ? request.subject.classifier : request.subject.sealed.architecture;
