// ledger.bin. docs/protocol.md section 11, "Ledger" ([format-ledger]).

import { encode, equal, Malformed, malformed, Reader } from "./bytes.ts";
import { MOST_ITEMS } from "./s03-commitment.ts";
import { statusOf, type Leaf, type Status } from "./s03-leaf.ts";
import { ascending, parseView, type View } from "./s03-view-name.ts";

const MOST_VIEWS = 64;
const MOST_NAME = 64;

export const DISPOSITIONS = [
  "not-responsive",
  "produced",
  "withheld",
  "exception",
  "no-view",
  "answered",
  "redacted",
] as const;
export type Disposition = (typeof DISPOSITIONS)[number];
const COMPANIONS = ["none", "produced", "withheld", "redacted"] as const;
export type Companion = (typeof COMPANIONS)[number];

export interface Line extends Leaf {
  status: Status;
  disposition: Disposition;
  companion: Companion;
  /** The digest of what is produced in its place, if it is redacted. */
  redaction: Uint8Array | undefined;
}

const MATCHES: readonly Disposition[] = ["produced", "redacted", "withheld"];

export const isMatch = ({ disposition }: { disposition: Disposition }): boolean => MATCHES.includes(disposition);
export const isProduced = (line: Line): boolean => line.disposition === "produced" || line.companion === "produced";
export const isRedacted = (line: Pick<Line, "disposition" | "companion">): boolean =>
  line.disposition === "redacted" || line.companion === "redacted";
export const isWithheld = (line: Line): boolean => line.disposition === "withheld" || line.companion === "withheld";
export const isRead = (line: Line): boolean => line.status.type !== "exception";

/** The commitment to a view, if the leaf has it. */
export const viewOf = (line: Line, view: View): Uint8Array | undefined =>
  line.views.find((own) => own.view.name === view.name)?.commitment;

export interface Ledger {
  views: View[];
  lines: Line[];
}

/** The largest ledger of so many positions and views, in bytes. */
export function mostBytes(items: number, views: number): number {
  const own = Math.min(views, MOST_VIEWS);
  return 28 + own * (4 + MOST_NAME) + items * (106 + Math.ceil(own / 8) + 32 * own);
}

export function parseLedger(bytes: Uint8Array): Ledger {
  const from = new Reader(bytes);
  if (!equal(from.take(16), encode("duces-ledger-v1\n"))) malformed("it does not begin with 'duces-ledger-v1'");
  const items = from.u64();
  const views: View[] = [];
  for (let count = from.length(MOST_VIEWS, 4, "the list of views"); count > 0; count--) {
    views.push(parseView(from.string(MOST_NAME, "a view's name")));
  }
  if (!ascending(views)) malformed("its views are not in ascending order");
  const maskBytes = Math.ceil(views.length / 8);
  if (items > MOST_ITEMS || items * (34 + maskBytes) > from.remaining) malformed(`${items} records do not fit in it`);
  const lines: Line[] = [];
  for (let position = 0; position < items; position++) {
    try {
      lines.push(readLine(from, position, views));
    } catch (error) {
      if (error instanceof Malformed) malformed(`position ${position}: ${error.message}`);
      throw error;
    }
  }
  from.finish();
  checkFamilies(lines);
  return { views, lines };
}

function readLine(from: Reader, position: number, views: readonly View[]): Line {
  const code = from.u8();
  const dispositionCode = code & 0b1001111 & ~0x80;
  const disposition = DISPOSITIONS[dispositionCode] ?? malformed(`${dispositionCode} is not the code of a disposition`);
  const companion = COMPANIONS[(code >> 4) & 3]!;
  if (isMatch({ disposition }) && companion !== "none") malformed("a match is called a companion");
  const statusCode = from.u8();
  const status = statusOf(statusCode) ?? malformed(`${statusCode} is not the code of a status`);
  const mask = from.take(Math.ceil(views.length / 8));
  const has = (i: number): boolean => ((mask[i >> 3]! >> (i & 7)) & 1) === 1;
  for (let i = views.length; i < 8 * mask.length; i++) {
    if (has(i)) malformed("it has a view that the header does not name");
  }
  const own = views.filter((_, i) => has(i));
  if (status.type === "exception" && own.length > 0) malformed("an exception has a view");
  const hasFamily = (code & 0x80) !== 0;
  const family = hasFamily ? from.u64big() : BigInt(position);
  if (hasFamily && family === BigInt(position)) malformed("its family is not in the canonical form");
  const file = from.take(32);
  const rendition = status.type === "exception" ? undefined : from.take(32);
  const commitments = own.map((view) => ({ view, commitment: from.take(32) }));
  const redaction = isRedacted({ disposition, companion }) ? from.take(32) : undefined;
  return {
    position,
    disposition,
    companion,
    redaction,
    status,
    statusCode,
    // A number above 2^53 is no position, however it is rounded.
    family: Number(family),
    file,
    rendition,
    views: commitments,
  };
}

/** A family has one head, which names itself, and which was opened. */
function checkFamilies(lines: readonly Line[]): void {
  for (const { position, family } of lines) {
    if (family === position) continue;
    const fault = (what: string): never => malformed(`position ${position}: ${what}`);
    if (family >= lines.length) fault("its family is not a position");
    const head = lines[family]!;
    if (head.family !== head.position) fault("the position that heads its family belongs to another family");
    if (head.status.type === "exception" && !head.status.opened) fault("what was never opened heads its family");
  }
}
