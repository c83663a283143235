// [check-openings], [check-withholding] and [check-sums]. docs/protocol.md section 7, "Production and its verification".

import { sha256 as sha } from "@noble/hashes/sha2.js";
import { equal, hex } from "./bytes.ts";
import { Fault, type Comparisons, type ProducedItem, type RedactedItem, type Verified } from "./outcome.ts";
import type { Pool } from "./pool.ts";
import { pieces, read, sizeOf } from "./source.ts";
import { sha256 } from "./s02-hash.ts";
import { commitFile } from "./s03-leaf.ts";
import { sameViews } from "./s03-view-name.ts";
import { viewsOf } from "./s03-profile.ts";
import { batesNumber, inBatesOrder } from "./s07-bates.ts";
import { inTurn, type Proved } from "./s07-checks.ts";
import { opensAlone, type Document } from "./s07-documents.ts";
import { holds } from "./s07-final.ts";
import { isMatch, isProduced, isRedacted, isWithheld, viewOf, type Line } from "./s07-ledger.ts";
import { imageFile, loadFile, type Row } from "./s07-lists.ts";
import { countLogs, renderLogs } from "./s07-logs.ts";
import { nativePath, renditionPath, type Opening } from "./s07-openings.ts";
import { checkRedaction, findShown, nativesByName, type Shown } from "./s07-redaction.ts";
import { mostRendered } from "./s07-stamp.ts";
import type { Entry } from "./s07-withholding.ts";

/** Documents of one task. */
const TOGETHER = 16;

export interface Matched extends Proved {
  /** In the order of their Bates numbers. */
  rows: Row[];
  /** Ascending by position. */
  redacted: RedactedItem[];
}

/** A position with a Bates number; what is redacted has no opening. */
interface Numbered {
  line: Line;
  position: number;
  family: number;
  bates: string;
}

/** One produced document: its opening and its line of the ledger. */
interface Produced {
  opening: Opening;
  line: Line;
  position: number;
  family: number;
}

/** [check-openings]; `compared` is told what came of reading the files again, which is not done here. */
export async function checkOpenings(
  proved: Proved,
  pool: Pool,
  compared: (comparisons: Comparisons) => void,
  progress: (done: number, of: number) => void,
): Promise<Matched> {
  checkPositions(proved);
  const handedOver = proved.ledger.lines.filter((line) => isProduced(line) || isRedacted(line));
  const numbered = inBatesOrder(handedOver).map((line, i): Numbered => {
    const bates = batesNumber(proved.manifest.batesPrefix, i + 1);
    return { line, position: line.position, family: line.family, bates };
  });
  const openings = new Map(proved.openings.map((opening) => [opening.position, opening]));
  const ordered = numbered.flatMap(({ line, position, family }): Produced[] => {
    const opening = openings.get(position);
    return opening === undefined ? [] : [{ opening, line, position, family }];
  });
  const shown = checkBates(proved, numbered, ordered);
  const rows: Row[] = [];
  const comparisons = nothingCompared();
  if (ordered.length > 0) compared(comparisons);
  const groups = Array.from({ length: Math.ceil(ordered.length / TOGETHER) }, (_, i) =>
    ordered.slice(i * TOGETHER, (i + 1) * TOGETHER),
  );
  let done = 0;
  const results = await inTurn(groups.length, 2 * pool.size, async (i) => {
    const opened = await openGroup(proved, pool, groups[i]!);
    progress((done += groups[i]!.length), ordered.length);
    return opened;
  });
  const first = await firstFault(proved, pool, results);
  for (const { opening, line } of ordered.slice(0, first?.index)) {
    if (opening.rendition === undefined) continue;
    comparisons.not_compared += 1;
    const reason = line.status.type === "page" ? "page" : "no-extractor";
    comparisons.reasons[reason] = (comparisons.reasons[reason] ?? 0) + 1;
  }
  if (first !== undefined) throw first.fault;
  for (const { rows: own } of results) rows.push(...own);
  const redacted: RedactedItem[] = [];
  const given = { source: proved.source, digests: proved.digests, pixels: proved.profile.maxPixels };
  const entries = new Map<number, Entry[]>();
  for (const entry of proved.withholding.entries) {
    const own = entries.get(entry.position);
    if (own === undefined) entries.set(entry.position, [entry]);
    else own.push(entry);
  }
  for (const { line, files } of shown) {
    const { item, row } = await checkRedaction(given, line, files, entries.get(line.position) ?? []);
    redacted.push(item);
    rows.push(row);
  }
  redacted.sort((a, b) => a.position - b.position);
  const place = new Map(numbered.map(({ bates }, i) => [bates, i]));
  rows.sort((a, b) => place.get(a.bates)! - place.get(b.bates)!);
  return { ...proved, rows, redacted };
}

const nothingCompared = (): Comparisons => ({
  extractor: "none was wanted",
  confirmed: 0,
  different: 0,
  not_compared: 0,
  reasons: {},
  readable_exceptions: [],
});

/** One opening for each produced position, none for others. */
function checkPositions({ ledger, openings }: Proved): void {
  const opened = new Set(openings.map(({ position }) => position));
  for (const line of ledger.lines) {
    const isOpened = opened.has(line.position);
    if (isProduced(line) && !isOpened) {
      throw new Fault(`position ${line.position}`, "it is listed as produced, but has no line in openings.csv");
    }
    if (!isProduced(line) && isOpened) {
      const place = `openings.csv, position ${line.position}`;
      throw new Fault(place, "the item is opened, but not listed as produced");
    }
  }
  const beyond = openings.find(({ position }) => position >= ledger.lines.length);
  if (beyond !== undefined) throw new Fault(`openings.csv, position ${beyond.position}`, "there is no such position");
}

/** Bates numbers without a gap, and exactly their files in the folders; returns what is shown of what is redacted. */
function checkBates(
  { documentFiles }: Proved,
  numbered: readonly Numbered[],
  ordered: readonly Produced[],
): { line: Line; files: Shown }[] {
  const expectedBates = new Map(numbered.map(({ position, bates }) => [position, bates]));
  for (const { opening } of ordered) {
    const expected = expectedBates.get(opening.position);
    if (opening.bates !== expected) {
      const what = `its Bates number is ${opening.bates}; ${expected} is expected`;
      throw new Fault(`openings.csv, position ${opening.position}`, what);
    }
  }
  const actual = new Set(documentFiles);
  const redacted = numbered.filter(({ line }) => isRedacted(line));
  const natives = nativesByName(actual);
  const shown = redacted.map(({ line, bates }) => ({ line, files: findShown(bates, actual, natives) }));
  const expected = new Set([
    ...ordered.flatMap(({ opening }) => [nativePath(opening), renditionPath(opening)].filter((path) => path !== undefined)),
    ...shown.flatMap(({ files }) => files.paths),
  ]);
  const missing = [...expected].sort().find((path) => !actual.has(path));
  if (missing !== undefined) throw new Fault(missing, "the file is missing");
  const extra = [...actual].sort().find((path) => !expected.has(path));
  if (extra !== undefined) throw new Fault(JSON.stringify(extra), "the file belongs to no produced document");
  return shown;
}

interface GroupFault {
  fault: Fault;
  afterCommitment: boolean;
}

/** Reads the files of some documents, and has them opened. */
async function openGroup(proved: Proved, pool: Pool, group: readonly Produced[]) {
  const rows: Row[] = [];
  const documents: (Document | undefined)[] = [];
  const faults: (GroupFault | undefined)[] = [];
  for (const one of group) {
    try {
      checkShape(one);
      const native = await readNative(proved, one);
      rows.push(rowOf(one, native));
      documents.push(await readDocument(proved, one));
      faults.push(undefined);
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      // What comes after the first fault is not looked at.
      faults.push({ fault: error, afterCommitment: false });
      break;
    }
  }
  const there = documents.filter((document) => document !== undefined);
  const opened = await pool.run("documents", { documents: there });
  let next = 0;
  documents.forEach((document, i) => {
    if (document === undefined) return;
    const fault = opened.faults[next++];
    if (fault !== undefined) {
      faults[i] = { fault: new Fault(fault.place, fault.what), afterCommitment: fault.afterCommitment };
    }
  });
  return { rows, documents, faults, sums: opened.sums };
}

/** The first fault of all documents, view commitments included, and the number of its document. */
async function firstFault(
  proved: Proved,
  pool: Pool,
  results: readonly Awaited<ReturnType<typeof openGroup>>[],
): Promise<{ fault: Fault; index: number } | undefined> {
  const together = await holds(pool, results.map(({ sums }) => sums), []);
  let index = 0;
  for (const { documents, faults } of results) {
    for (let i = 0; i < faults.length; i++, index++) {
      const [document, fault] = [documents[i], faults[i]];
      if (fault !== undefined && (together || !fault.afterCommitment)) return { fault: fault.fault, index };
      if (!together && document !== undefined && !opensAlone(proved.request, document)) {
        const place = `${document.path} (position ${document.position})`;
        const what = "the view of the rendition and its blind do not open the view commitment";
        return { fault: new Fault(place, what), index };
      }
      if (fault !== undefined) return { fault: fault.fault, index };
    }
  }
  return together ? undefined : { fault: new Fault("openings.csv", "the openings do not hold together"), index: 0 };
}

/** An item has a file and a rendition, a page a rendition, an exception a file. */
function checkShape({ opening, line }: Produced): void {
  const [native, rendition] = [opening.native !== undefined, opening.rendition !== undefined];
  const shapes = {
    item: [native && rendition, "an item is opened with its file and its rendition"],
    page: [!native && rendition, "a page is opened with its rendition alone"],
    exception: [native && !rendition, "an exception is opened with its file alone"],
  } as const;
  const [fits, what] = shapes[line.status.type];
  if (!fits) throw new Fault(`openings.csv, position ${opening.position}`, what);
}

/** What the load files say of a document that is produced as a whole. */
function rowOf({ opening, position, family }: Produced, native: Row["native"]): Row {
  const kind = opening.rendition?.kind;
  const [text, pages] = [kind === "text", kind === "image" ? 1 : 0];
  return { bates: opening.bates, position, family, native, text, pages, redacted: false };
}

/** The native file, which opens the file commitment. */
async function readNative(proved: Proved, { opening, line }: Produced): Promise<Row["native"]> {
  const path = nativePath(opening);
  if (path === undefined || opening.native === undefined) return undefined;
  const size = await sizeOf(proved.source, path);
  const limit = proved.profile.maxFileBytes;
  // The file of an exception may be of any size: that may be why it is one.
  if (line.status.type !== "exception" && size > limit) throw new Fault(path, `it is larger than ${limit} bytes`);
  const hash = sha.create();
  for await (const piece of pieces(proved.source, path, size)) hash.update(piece);
  const digest = hash.digest();
  if (!equal(commitFile(opening.native.salt, digest, opening.native.suffix), line.file)) {
    const what = "the file, the end of its name and its salt do not open the file commitment";
    throw new Fault(`${path} (position ${line.position})`, what);
  }
  proved.digests.set(path, hex(digest));
  return { extension: opening.native.extension, size, sha256: digest };
}

/** The rendition, and what a worker needs in order to open it. */
async function readDocument(proved: Proved, { opening, line }: Produced): Promise<Document | undefined> {
  const path = renditionPath(opening);
  const place = `openings.csv, position ${opening.position}`;
  if (path === undefined || opening.rendition === undefined) {
    if (opening.blind !== undefined) throw new Fault(place, "it has a blind, but no view that the request reads");
    return undefined;
  }
  const { kind, salt } = opening.rendition;
  const pixels = proved.profile.maxPixels;
  const bytes = await read(proved.source, path, mostRendered(kind, pixels));
  proved.digests.set(path, hex(sha256(bytes)));
  const own = line.views.map(({ view }) => view);
  return {
    path,
    opening: place,
    position: line.position,
    name: opening.bates,
    kind,
    bytes,
    pixels,
    loadFiles: proved.profile.loadFiles,
    salt,
    commitment: line.rendition!,
    hasViews: sameViews(own, viewsOf(proved.profile, kind)),
    isPage: line.status.type === "page",
    view: viewOf(line, proved.request.view),
    blind: opening.blind,
    isMatch: isMatch(line),
  };
}

/** [check-withholding] */
export async function checkWithholding(matched: Matched): Promise<Matched> {
  const { ledger, withholding } = matched;
  const entries = new Map<number, number>();
  for (const { position } of withholding.entries) entries.set(position, (entries.get(position) ?? 0) + 1);
  for (const line of ledger.lines) {
    if (!isWithheld(line) && !isRedacted(line)) continue;
    const [place, count] = [`position ${line.position}`, entries.get(line.position) ?? 0];
    const treatment = isWithheld(line) ? "withheld" : "redacted";
    if (count === 0) throw new Fault(place, `it is ${treatment}, but has no entry in withholding.csv`);
    if (count > 1 && isWithheld(line)) throw new Fault(place, `it is withheld as a whole, but has ${count} entries`);
  }
  for (const { position } of withholding.entries) {
    const place = `withholding.csv, position ${position}`;
    const line = ledger.lines[position];
    if (line === undefined) throw new Fault(place, "there is no such position");
    if (!isWithheld(line) && !isRedacted(line)) throw new Fault(place, "the item is neither withheld nor redacted");
  }
  const bates = new Map(matched.redacted.map((item) => [item.position, item.bates]));
  for (const [name, expected] of renderLogs(withholding, matched.manifest, (position) => bates.get(position))) {
    await compareFile(matched, name, expected, "it does not say what withholding.csv says");
  }
  return matched;
}

/** A file that is written again, and compared. */
async function compareFile({ source, digests }: Matched, name: string, expected: Uint8Array, what: string) {
  const actual = await read(source, name, expected.length);
  if (!equal(actual, expected)) throw new Fault(name, what);
  digests.set(name, hex(sha256(actual)));
}

/** [check-sums] */
export async function checkSums(logged: Matched): Promise<Verified> {
  const { digests, listed, rows, ledger } = logged;
  const what = "it does not list the produced files as they are";
  await compareFile(logged, "loadfile.dat", loadFile(rows), what);
  await compareFile(logged, "loadfile.opt", imageFile(rows), what);
  for (const path of [...digests.keys()].sort()) {
    const own = listed.get(path);
    const place = `sha256sums.txt, ${path}`;
    if (own === undefined) throw new Fault(place, "the file is not listed");
    if (own !== digests.get(path)) {
      throw new Fault(place, `the file's digest is ${digests.get(path)}, not the listed one`);
    }
  }
  for (const path of listed.keys()) {
    if (!digests.has(path)) throw new Fault(`sha256sums.txt, ${path}`, "there is no such file");
  }
  const produced = logged.openings.map(({ position, bates }): ProducedItem => {
    const line = ledger.lines[position]!;
    return { position, bates, family: line.family, companion: !isMatch(line) };
  });
  const exceptions = ledger.lines.flatMap(({ position, status }) =>
    status.type === "exception" ? [{ position, reason: status.reason }] : [],
  );
  const isInFile = logged.request.answers !== "match";
  const answers = isInFile ? logged.provable.map(({ position, answer }) => ({ position, answer })) : [];
  const { redacted, proofBytes } = logged;
  const positions = new Set(redacted.map(({ position }) => position));
  const isPart = ({ position }: { position: number }): boolean => positions.has(position);
  const { entries } = logged.withholding;
  const withheld = entries.filter((entry) => !isPart(entry));
  return { produced, redacted, withheld, logs: countLogs(entries, isPart), exceptions, answers, proofBytes };
}
