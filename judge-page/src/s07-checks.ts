// [check-commitment] to [check-proofs]. docs/protocol.md section 7, "Production and its verification".
// Each check takes what the one before returned.

import { concat, equal, hex, Malformed } from "./bytes.ts";
import { CannotRun, Fault, type Counts } from "./outcome.ts";
import type { Pool } from "./pool.ts";
import { read } from "./source.ts";
import { sha256 } from "./s02-hash.ts";
import { checkExtensions, checkStretches } from "./s07-stretches.ts";
import { sameViews, type View } from "./s03-view-name.ts";
import type { Item } from "./s05-challenges.ts";
import { checkDimensions } from "./s05-layout.ts";
import type { Sums } from "./s05-relation.ts";
import type { Decoded } from "./s07-decode.ts";
import { isMatch, isRead, viewOf, type Disposition, type Line } from "./s07-ledger.ts";
import { holds } from "./s07-final.ts";

/** The largest proof of a batch, in bytes. */
const MOST_PROOF = 1 << 26;

export interface Committed extends Decoded {
  committed: true;
}

/** [check-commitment] */
export async function checkCommitment(decoded: Decoded, pool: Pool): Promise<Committed> {
  const { commitment, manifest, profile, ledger } = decoded;
  const n = commitment.items;
  for (const [place, items] of [["manifest.json", manifest.items] as const, ["ledger.bin", ledger.lines.length] as const]) {
    if (items !== n) throw new Fault(place, `it has ${items} items, the commitment has ${n}`);
  }
  if (!equal(profile.digest, commitment.profile)) {
    throw new Fault("profile.toml", "it is not the profile of the commitment");
  }
  if (!sameViews(profile.views, commitment.views) || !sameViews(ledger.views, commitment.views)) {
    throw new Fault("ledger.bin", "its views are not those of the commitment");
  }
  checkExtensions(commitment, decoded.earlier);
  await checkPoints(ledger.lines, pool, (line) => checkViews(line, decoded));
  checkStretches(ledger.lines, [...decoded.earlier, commitment]);
  return { ...decoded, committed: true };
}

/** The leaf has the views that the profile names for one kind of rendition; a page is an image. */
function checkViews(line: Line, { profile }: Decoded): void {
  const own = line.views.map(({ view }) => view);
  const fits = (views: readonly View[]): boolean => sameViews(views, own);
  const { type } = line.status;
  const allowed =
    type === "exception" ? own.length === 0 : fits(profile.images) || (type === "item" && fits(profile.texts));
  if (!allowed) throw new Fault(`position ${line.position}`, "its views are not those that the profile names");
}

/** Every view commitment is a point; positions are looked at in order. */
async function checkPoints(lines: readonly Line[], pool: Pool, before: (line: Line) => void): Promise<void> {
  const PIECE = 2048;
  let stopped: Fault | undefined;
  const words: { position: number; bytes: Uint8Array }[] = [];
  try {
    for (const line of lines) {
      before(line);
      for (const { commitment } of line.views) words.push({ position: line.position, bytes: commitment });
    }
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    stopped = error;
  }
  const starts = Array.from({ length: Math.ceil(words.length / PIECE) }, (_, i) => i * PIECE);
  const found = await Promise.all(
    starts.map((from) =>
      pool.run("points", { words: concat(words.slice(from, from + PIECE).map(({ bytes }) => bytes)) }),
    ),
  );
  const piece = found.findIndex((index) => index >= 0);
  if (piece >= 0) {
    const { position } = words[starts[piece]! + found[piece]!]!;
    const what = `position ${position}: a view commitment is not a point of the curve`;
    throw new Fault(`position ${position}`, what);
  }
  if (stopped !== undefined) throw stopped;
}

export interface Bound extends Committed {
  bound: true;
}

/** [check-binding] */
export function checkBinding(committed: Committed): Bound {
  const { commitment, request, manifest } = committed;
  if (!equal(request.commitment, commitment.digest)) {
    throw new Fault("request", `it is directed at another commitment (${hex(request.commitment)})`);
  }
  if (!equal(manifest.commitment, commitment.digest)) {
    throw new Fault("manifest.json", `it names another commitment (${hex(manifest.commitment)})`);
  }
  if (!equal(manifest.request, request.digest)) {
    throw new Fault("manifest.json", `it answers another request (${hex(manifest.request)})`);
  }
  if (!commitment.views.some((view) => view.name === request.view.name)) {
    throw new Fault("request", `the commitment has no view ${request.view.name}`);
  }
  return { ...committed, bound: true };
}

export interface LaidOut extends Bound {
  perBatch: number;
}

/** [check-layout] */
export async function checkLayout(bound: Bound, pool: Pool): Promise<LaidOut> {
  const { manifest, request, requestBytes } = bound;
  const dimensions = { width: manifest.width, k: manifest.k, lanes: manifest.lanes };
  try {
    checkDimensions(dimensions);
  } catch (error) {
    if (error instanceof Malformed) throw new Fault("manifest.json", error.message);
    throw error;
  }
  if (request.scheme.type === "kzg") {
    throw new CannotRun(
      `the request uses KZG with the ceremony file whose SHA-256 is ${hex(request.scheme.ceremony)}`,
      "check it with judge-verify and that file: this program checks proofs under IPA alone",
    );
  }
  const [first] = await pool.everywhere("setup", { request: requestBytes, dimensions });
  if ("fault" in first!) throw new Fault("manifest.json", first.fault);
  return { ...bound, perBatch: first!.perBatch };
}

export interface Covered extends LaidOut {
  counts: Counts;
  /** The provable positions, ascending. */
  provable: Item[];
}

/** [check-coverage] */
export function checkCoverage(laidOut: LaidOut): Covered {
  const { ledger, profile, request, proofFiles, perBatch, answers } = laidOut;
  const counts: Counts = {
    items: ledger.lines.length,
    responsive: 0,
    produced: 0,
    redacted: 0,
    withheld: 0,
    not_responsive: 0,
    answered: 0,
    exceptions: 0,
    no_view: 0,
    pages: 0,
    families: 0,
    companions_produced: 0,
    companions_redacted: 0,
    companions_withheld: 0,
    exceptions_left_out: 0,
    batches: 0,
  };
  const names = {
    "not-responsive": "not_responsive",
    produced: "produced",
    redacted: "redacted",
    withheld: "withheld",
    exception: "exceptions",
    "no-view": "no_view",
    answered: "answered",
  } as const;
  const provable: Item[] = [];
  for (const line of ledger.lines) {
    const commitment = viewOf(line, request.view);
    checkDisposition(line, commitment !== undefined, request.answers === "match");
    counts[names[line.disposition]] += 1;
    if (commitment === undefined) continue;
    const answer = answers[provable.length] ?? [isMatch(line) ? 1 : 0];
    provable.push({ position: line.position, commitment, answer });
  }
  checkFamilies(ledger.lines, profile.families, counts);
  counts.responsive = counts.produced + counts.redacted + counts.withheld;
  counts.batches = Math.ceil(provable.length / perBatch);
  checkProofFiles(proofFiles, counts.batches, (batch) =>
    Math.min(perBatch, provable.length - batch * perBatch),
  );
  return { ...laidOut, counts, provable };
}

function checkDisposition(line: Line, isProvable: boolean, asksForMatches: boolean): void {
  const { disposition } = line;
  const read = isRead(line);
  const isProof = isProvable && (disposition === "answered") !== asksForMatches;
  const allowed = disposition === "exception" ? !read : disposition === "no-view" ? read && !isProvable : isProof;
  if (!allowed) throw new Fault(`position ${line.position}`, misplaced(disposition, read, isProvable, asksForMatches));
}

/** Why a leaf does not allow a disposition. */
function misplaced(disposition: Disposition, isRead: boolean, isProvable: boolean, asksForMatches: boolean): string {
  if (disposition === "exception") return "it is listed as an exception, but its leaf is a readable item";
  if (!isRead) return "its leaf is an exception, but it is not listed as one";
  if (disposition === "no-view") return "it is listed as lacking the view, but its leaf has the view";
  if (disposition === "answered" && asksForMatches) return "it is listed as answered, but the request asks for matches";
  if (isProvable) return "it is listed by a match, but the request asks for another answer";
  return "it is listed as proved, but its leaf lacks the view";
}

/** What comes along with a produced match is what the profile says. */
function checkFamilies(lines: readonly Line[], rule: "alone" | "together", counts: Counts): void {
  const isHandedOver = (line: Line): boolean => isMatch(line) && line.disposition !== "withheld";
  const produced = new Set(lines.filter(isHandedOver).map(({ family }) => family));
  const families = new Set(lines.filter((line) => line.family !== line.position).map(({ family }) => family));
  counts.families = families.size;
  counts.pages = lines.filter(({ status }) => status.type === "page").length;
  for (const line of lines) {
    const fault = (what: string): Fault => {
      const family = line.family === line.position ? "" : ` (family ${line.family})`;
      return new Fault(`position ${line.position}${family}`, what);
    };
    const isBrought = rule === "together" && produced.has(line.family);
    if (line.companion !== "none") {
      if (!isBrought) {
        throw fault(
          rule === "alone"
            ? "it is called a companion, but the profile produces matches alone"
            : "it is called a companion, but no match of its family is produced",
        );
      }
      counts[`companions_${line.companion}`] += 1;
    } else if (isBrought && !isRead(line)) {
      counts.exceptions_left_out += 1;
    } else if (isBrought && !isMatch(line)) {
      throw fault("a match of its family is produced, but it is neither produced nor withheld");
    }
  }
}

const proofName = (batch: number): string => `batch-${String(batch).padStart(6, "0")}.proof`;

function checkProofFiles(listed: readonly string[], batches: number, itemsOf: (batch: number) => number): void {
  const there = new Set(listed);
  for (let batch = 0; batch < batches; batch++) {
    const name = proofName(batch);
    if (there.has(name)) continue;
    throw new Fault(`proofs/${name}`, `the proof of batch ${batch} (${itemsOf(batch)} items) is missing`);
  }
  const expected = new Set(Array.from({ length: batches }, (_, batch) => proofName(batch)));
  const extra = listed.find((name) => !expected.has(name));
  if (extra !== undefined) {
    const what = `no proof of this name is expected: there are ${batches} batches`;
    throw new Fault(`proofs/${JSON.stringify(extra)}`, what);
  }
}

export interface Proved extends Covered {
  proofBytes: number;
}

/** [check-proofs]; `progress` is told how many of the batches are checked. */
export async function checkProofs(
  covered: Covered,
  pool: Pool,
  progress: (done: number, of: number) => void,
): Promise<Proved> {
  const { source, counts, provable, perBatch, digests, request } = covered;
  const { subject } = request;
  const rows = subject.type === "sealed" ? subject.sealed.commitments : [];
  let [proofBytes, done] = [0, 0];
  const check = async (batch: number): Promise<Sums | { fault: string }> => {
    const path = `proofs/${proofName(batch)}`;
    const proof = await read(source, path, MOST_PROOF);
    proofBytes += proof.length;
    digests.set(path, hex(sha256(proof)));
    const items = provable.slice(batch * perBatch, (batch + 1) * perBatch);
    const result = await pool.run("proof", { batch, items, proof });
    progress(++done, counts.batches);
    return result;
  };
  const results = await inTurn(counts.batches, 2 * pool.size, check);
  const sums = results.filter((result): result is Sums => !("fault" in result));
  if (sums.length === results.length && (await holds(pool, sums, rows))) return { ...covered, proofBytes };
  // The first that does not hold by itself.
  for (let batch = 0; batch < results.length; batch++) {
    const result = results[batch]!;
    const fault =
      "fault" in result ? result.fault : (await holds(pool, [result], rows)) ? undefined : "its relations do not hold";
    if (fault === undefined) continue;
    const items = provable.slice(batch * perBatch, (batch + 1) * perBatch);
    const place = `proofs/${proofName(batch)}, positions ${items[0]!.position} to ${items[items.length - 1]!.position}`;
    throw new Fault(place, `the proof does not hold: ${fault}`);
  }
  throw new Fault("proofs/", "the proofs do not hold together");
}

/** Runs `count` jobs, at most `most` at a time; the results are in order. */
export async function inTurn<T>(count: number, most: number, job: (i: number) => Promise<T>): Promise<T[]> {
  const results = new Array<T>(count);
  let next = 0;
  const line = async (): Promise<void> => {
    while (next < count) {
      const own = next++;
      results[own] = await job(own);
    }
  };
  await Promise.all(Array.from({ length: Math.min(most, count) }, line));
  return results;
}
