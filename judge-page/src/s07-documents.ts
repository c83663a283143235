// Produced documents, opened one by one: what a worker does of [check-openings].
// docs/protocol.md section 7, "Production and its verification".

import { equal, Malformed } from "./bytes.ts";
import { neg } from "./s02-field.ts";
import { combine, readPoint, type Point } from "./s02-points.ts";
import { range, viewBlind } from "./s03-generators.ts";
import { commitRendition } from "./s03-leaf.ts";
import { renditionDigest } from "./s03-rendition.ts";
import type { Kind } from "./s03-view-name.ts";
import { readRendered } from "./s07-stamp.ts";
import { derive } from "./s03-views.ts";
import { answer } from "./s04-evaluate.ts";
import type { Request } from "./s04-request.ts";
import { Sum, type Sums } from "./s05-relation.ts";

/** A produced document with a rendition, and what the ledger says of it. */
export interface Document {
  /** The path of its rendition, and the place of its opening, for messages. */
  path: string;
  opening: string;
  position: number;
  /** What a page has below its picture. */
  name: string;
  kind: Kind;
  bytes: Uint8Array;
  pixels: number;
  salt: Uint8Array;
  commitment: Uint8Array;
  /** Whether the profile takes texts that a load file states. */
  loadFiles: boolean;
  /** Whether the leaf has the views that the profile names for this kind. */
  hasViews: boolean;
  isPage: boolean;
  /** The commitment to the request's view, and its blind. */
  view: Uint8Array | undefined;
  blind: bigint | undefined;
  isMatch: boolean;
}

export interface Opened {
  /** For each document the first fault, but that of the view commitment. */
  faults: (DocumentFault | undefined)[];
  /** What is left to check of view commitments, taken together. */
  sums: Sums;
}

export interface DocumentFault {
  place: string;
  what: string;
  /** Whether the view commitment comes first: it is checked before what this says. */
  afterCommitment: boolean;
}

/** Opens documents; view commitments are put together with random weights. */
export function openDocuments(request: Request, documents: readonly Document[]): Opened {
  const sum = new Sum();
  const faults = documents.map((document) => {
    const opened = open(request, document);
    if ("view" in opened) sum.add(commitmentRelation(opened.view, document));
    return opened.fault;
  });
  return { faults, sums: sum.result() };
}

/** `P − Σ x_i·G_i − σ·W`. */
function commitmentRelation(view: Uint8Array, document: Document) {
  const coefficients = Array.from(view, (byte) => -BigInt(byte));
  const points: [bigint, Point][] = [[1n, readPoint(document.view!)]];
  return { view: coefficients, viewBlind: neg(document.blind!), points };
}

/** Whether one document alone opens its view commitment. */
export function opensAlone(request: Request, document: Document): boolean {
  const opened = open(request, document);
  if (!("view" in opened)) return true;
  const scalars = Array.from(opened.view, BigInt);
  const sum = combine(scalars, range("view", 0, scalars.length)).add(combine([document.blind!], [viewBlind()]));
  return sum.equals(readPoint(document.view!));
}

type Open = { fault: DocumentFault | undefined } | { fault: DocumentFault | undefined; view: Uint8Array };

function open(request: Request, document: Document): Open {
  const at = (place: string, what: string, afterCommitment = false): Open => ({
    fault: { place, what, afterCommitment },
  });
  const place = `${document.path} (position ${document.position})`;
  let rendition;
  try {
    rendition = readRendered(document.kind, document.bytes, document.pixels, document.name);
  } catch (error) {
    if (error instanceof Malformed) return at(document.path, `it is malformed: ${error.message}`);
    throw error;
  }
  const digest = renditionDigest(rendition);
  const sources = document.loadFiles && rendition.kind === "text" ? [false, true] : [false];
  if (!sources.some((stated) => equal(commitRendition(document.salt, digest, stated), document.commitment))) {
    return at(place, "the rendition and its salt do not open the rendition commitment");
  }
  if (!document.hasViews) return at(place, "its leaf has not the views that the profile names for such a rendition");
  if (document.isPage && document.kind !== "image") return at(place, "a page is an image");
  if (document.view === undefined) {
    return document.blind === undefined
      ? { fault: undefined }
      : at(document.opening, "it has a blind, but no view that the request reads");
  }
  if (document.blind === undefined) return at(document.opening, "the blind of its view is missing");
  const view = derive(rendition, request.view);
  if (view === undefined) return at(place, `it has no view ${request.view.name}`);
  const decision = decide(request, document, view);
  if (decision === undefined) return { fault: undefined, view };
  return { fault: { place, what: decision, afterCommitment: true }, view };
}

/** What the classifier says against the ledger. A sealed one cannot be evaluated. */
function decide(request: Request, document: Document, view: Uint8Array): string | undefined {
  const { subject } = request;
  if (subject.type === "sealed") return undefined;
  const [bit] = answer(subject.classifier, subject.wide, view);
  if (document.isMatch && bit !== 1) return "it does not match the request";
  if (!document.isMatch && bit === 1) return "it matches the request, but is listed as not responsive";
  return undefined;
}

