// [check-decode]: every file is there and well formed, and there is no other.
// docs/protocol.md section 7, "Production and its verification".

import { hex, malformed, utf8 } from "./bytes.ts";
import { Fault, wellFormed, type Matter } from "./outcome.ts";
import { list, read, readNamed, type Named, type Source } from "./source.ts";
import { sha256 } from "./s02-hash.ts";
import { MOST_BYTES as MOST_COMMITMENT, parseCommitment, type Commitment } from "./s03-commitment.ts";
import { MOST_BYTES as MOST_PROFILE, parseProfile, type Profile } from "./s03-profile.ts";
import { MOST_BYTES as MOST_REQUEST, readRequest, shapeOf, type Request } from "./s04-request.ts";
import { answerWords, MOST_BYTES as MOST_ANSWERS, parseAnswers } from "./s07-answers.ts";
import { isProduced, isRedacted, mostBytes as mostLedger, parseLedger, type Ledger } from "./s07-ledger.ts";
import { parseSums } from "./s07-lists.ts";
import { MOST_BYTES as MOST_MANIFEST, parseManifest, type Manifest } from "./s07-manifest.ts";
import { mostBytes as mostOpenings, parseOpenings, type Opening } from "./s07-openings.ts";
import { MOST_PAGES } from "./s07-redaction.ts";
import { MOST_BYTES as MOST_WITHHOLDING, parseWithholding, type WithholdingLog } from "./s07-withholding.ts";

/** What the judge gives. */
export interface Inputs {
  production: Source;
  commitment: Named;
  request: Named;
  /** Earlier commitments that this one extends, in any order. */
  earlier: Named[];
}

export interface Decoded {
  source: Source;
  commitment: Commitment;
  /** Ascending by their positions. */
  earlier: Commitment[];
  request: Request;
  requestBytes: Uint8Array;
  manifest: Manifest;
  profile: Profile;
  ledger: Ledger;
  ledgerBytes: number;
  openings: Opening[];
  withholding: WithholdingLog;
  /** Of a request for classes or scores: the integers of the answers, ascending by position. */
  answers: number[][];
  proofFiles: string[];
  /** Paths of the files of the three folders of documents. */
  documentFiles: string[];
  /** The digests that sha256sums.txt lists, and those of the bytes that were read, in hexadecimal digits. */
  listed: Map<string, string>;
  /** SHA-256 of sha256sums.txt, in hexadecimal digits. */
  sums: string;
  digests: Map<string, string>;
}

const ANSWERS = "answers.bin";
const FOLDERS = ["natives", "text", "images"];
const TOP = [
  "images",
  "ledger.bin",
  "loadfile.dat",
  "loadfile.opt",
  "manifest.json",
  "natives",
  "openings.csv",
  "privilege-log.csv",
  "privilege-log.txt",
  "profile.toml",
  "proofs",
  "sha256sums.txt",
  "text",
  "vaughn-index.csv",
  "vaughn-index.txt",
  "withholding.csv",
];

/** The longest line of sha256sums.txt: a digest, two spaces, two components, `/`, a line feed. */
const MOST_SUM_LINE = 64 + 2 + 64 + 1 + 64 + 1;

export async function decode({ production: source, ...given }: Inputs): Promise<Decoded> {
  const commitment = await readCommitment(given.commitment);
  const earlier: Commitment[] = [];
  for (const file of given.earlier) earlier.push(await readCommitment(file));
  earlier.sort((a, b) => a.items - b.items);
  const requestBytes = await readNamed(given.request, MOST_REQUEST, "request");
  const request = wellFormed(given.request.name, () => readRequest(requestBytes));

  const top = await list(source, "", 64);
  const missing = TOP.find((name) => !top.includes(name));
  if (missing !== undefined) throw new Fault(missing, "it is missing");
  const isInFile = request.answers !== "match";
  const shape = shapeOf(request);
  if (isInFile && !top.includes(ANSWERS)) {
    throw new Fault(ANSWERS, `it is missing: the request asks for ${answerWords(shape)}`);
  }
  const extra = top.find((name) => !TOP.includes(name) && !(isInFile && name === ANSWERS));
  if (extra !== undefined) throw new Fault(JSON.stringify(extra), "a production has no such file");
  const { items } = commitment;
  const proofFiles = await list(source, "proofs", items);

  const digests = new Map<string, string>();
  const file = async <T>(name: string, limit: number, parse: (bytes: Uint8Array) => T): Promise<T> => {
    const bytes = await read(source, name, limit);
    if (name !== "sha256sums.txt") digests.set(name, hex(sha256(bytes)));
    return wellFormed(name, () => parse(bytes));
  };
  const manifest = await file("manifest.json", MOST_MANIFEST, parseManifest);
  const profile = await file("profile.toml", MOST_PROFILE, (bytes) =>
    parseProfile(utf8(bytes) ?? malformed("it is not UTF-8")),
  );
  let ledgerBytes = 0;
  const ledger = await file("ledger.bin", mostLedger(items, commitment.views.length), (bytes) => {
    ledgerBytes = bytes.length;
    return parseLedger(bytes);
  });
  const redacted = ledger.lines.filter(isRedacted).length;
  const documentFiles: string[] = [];
  for (const folder of FOLDERS) {
    const names = await list(source, folder, items + MOST_PAGES * redacted);
    for (const name of names) documentFiles.push(`${folder}/${name}`);
  }
  const answered = ledger.lines.filter(({ disposition }) => disposition === "answered").length;
  const answers = isInFile
    ? await file(ANSWERS, MOST_ANSWERS, (bytes) => parseAnswers(bytes, request.digest, shape, answered))
    : [];
  const produced = ledger.lines.filter(isProduced).length;
  const openings = await file("openings.csv", mostOpenings(produced), parseOpenings);
  const withholding = await file("withholding.csv", MOST_WITHHOLDING, (bytes) =>
    parseWithholding(bytes, items, redacted),
  );
  const files = TOP.length + 1 + proofFiles.length + documentFiles.length;
  let sums = "";
  const listed = await file("sha256sums.txt", files * MOST_SUM_LINE, (bytes) => {
    sums = hex(sha256(bytes));
    return parseSums(bytes);
  });
  return {
    source,
    commitment,
    earlier,
    request,
    requestBytes,
    manifest,
    profile,
    ledger,
    ledgerBytes,
    openings,
    withholding,
    answers,
    proofFiles,
    documentFiles,
    listed,
    sums,
    digests,
  };
}

async function readCommitment(file: Named): Promise<Commitment> {
  const text = utf8(await readNamed(file, MOST_COMMITMENT, "commitment"));
  if (text === undefined) throw new Fault(file.name, "it is not UTF-8");
  return wellFormed(file.name, () => parseCommitment(text));
}

/** What is known of the matter once the files are decoded. */
export function matterOf({ commitment, request, manifest, profile, sums }: Decoded): Matter {
  const digest = (bytes: Uint8Array | undefined): string | null => (bytes === undefined ? null : hex(bytes));
  const { subject } = request;
  return {
    origin: commitment.origin,
    items: commitment.items,
    commitment: hex(commitment.digest),
    root: hex(commitment.root),
    profile: hex(commitment.profile),
    request: hex(request.digest),
    production: sums,
    classifier: hex(request.classifier),
    hidden_weights: subject.type === "sealed" ? subject.sealed.parameters : null,
    model: hex(request.model),
    links_not_followed: commitment.links,
    folders_not_listed: commitment.folders,
    exclusion_list: digest(commitment.exclusions),
    extends: digest(commitment.extends),
    extension_checked: false,
    families: profile.families,
    extractor: profile.version ?? null,
    view: request.view.name,
    answers: request.answers,
    rule: request.rule,
    scheme: request.scheme.type,
    ceremony: request.scheme.type === "kzg" ? hex(request.scheme.ceremony) : null,
    width: manifest.width,
    k: manifest.k,
    lanes: manifest.lanes,
  };
}

