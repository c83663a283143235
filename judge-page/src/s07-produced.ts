// [check-openings], [check-withholding] and [check-sums]. docs/protocol.md section 7, "Production and its verification".

import { sha256 as sha } from "@noble/hashes/sha2.js";
import { equal, hex } from "./bytes.ts";
import { Fault, type Comparisons, type ProducedItem, type Verified } from "./outcome.ts";
import type { Pool } from "./pool.ts";
import { pieces, read, sizeOf } from "./source.ts";
import { sha256 } from "./s02-hash.ts";
import { commitFile } from "./s03-leaf.ts";
import { mostBytes } from "./s03-rendition.ts";
import { sameViews } from "./s03-view-name.ts";
import { viewsOf } from "./s03-profile.ts";
import { batesNumber, inBatesOrder } from "./s07-bates.ts";
import { inTurn, type Proved } from "./s07-checks.ts";
import { opensAlone, type Document } from "./s07-documents.ts";
import { holds } from "./s07-final.ts";
import { isMatch, isProduced, isWithheld, viewOf, type Line } from "./s07-ledger.ts";
import { loadFile, type Row } from "./s07-lists.ts";
import { nativePath, renditionPath, type Opening } from "./s07-openings.ts";

/** Documents of one task. */
const TOGETHER = 16;

export interface Matched extends Proved {
  /** In the order of their Bates numbers. */
  rows: Row[];
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
  const ordered = inBatesOrder(
    proved.openings.map((opening): Produced => {
      const line = proved.ledger.lines[opening.position]!;
      return { opening, line, position: line.position, family: line.family };
    }),
  );
  checkBates(proved, ordered);
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
  return { ...proved, rows };
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

/** Bates numbers without a gap, and exactly their files in the folders. */
function checkBates({ manifest, documentFiles }: Proved, ordered: readonly Produced[]): void {
  ordered.forEach(({ opening }, i) => {
    const expected = batesNumber(manifest.batesPrefix, i + 1);
    if (opening.bates !== expected) {
      const what = `its Bates number is ${opening.bates}; ${expected} is expected`;
      throw new Fault(`openings.csv, position ${opening.position}`, what);
    }
  });
  const expected = new Set(
    ordered.flatMap(({ opening }) => [nativePath(opening), renditionPath(opening)].filter((path) => path !== undefined)),
  );
  const actual = new Set(documentFiles);
  const missing = [...expected].sort().find((path) => !actual.has(path));
  if (missing !== undefined) throw new Fault(missing, "the file is missing");
  const extra = [...actual].sort().find((path) => !expected.has(path));
  if (extra !== undefined) throw new Fault(JSON.stringify(extra), "the file belongs to no produced document");
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
      rows.push({ opening: one.opening, family: one.family, native });
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
  return { size, sha256: digest };
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
  const bytes = await read(proved.source, path, mostBytes(kind, pixels));
  proved.digests.set(path, hex(sha256(bytes)));
  const own = line.views.map(({ view }) => view);
  return {
    path,
    opening: place,
    position: line.position,
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
export function checkWithholding(matched: Matched): Matched {
  const { ledger, withholding } = matched;
  const logged = new Set(withholding.map(({ position }) => position));
  for (const line of ledger.lines) {
    if (isWithheld(line) && !logged.has(line.position)) {
      throw new Fault(`position ${line.position}`, "it is withheld, but has no entry in withholding.csv");
    }
  }
  for (const { position } of withholding) {
    const place = `withholding.csv, position ${position}`;
    const line = ledger.lines[position];
    if (line === undefined) throw new Fault(place, "there is no such position");
    if (!isWithheld(line)) throw new Fault(place, "the item is not withheld");
  }
  return matched;
}

/** [check-sums] */
export async function checkSums(logged: Matched): Promise<Verified> {
  const { source, digests, listed, rows, ledger } = logged;
  const expected = loadFile(rows);
  const actual = await read(source, "loadfile.dat", expected.length);
  if (!equal(actual, expected)) throw new Fault("loadfile.dat", "it does not list the produced files as they are");
  digests.set("loadfile.dat", hex(sha256(actual)));
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
  return { produced, withheld: logged.withholding, exceptions, answers, proofBytes: logged.proofBytes };
}
