// commitment.txt. docs/protocol.md section 3, "Commitment" ([format-commitment]).

import { canonicalNumber, digestFromHex, encode, malformed } from "./bytes.ts";
import { H } from "./s02-hash.ts";
import { ascending, parseView, type View } from "./s03-view-name.ts";
import { hasUnprintable, isOneSpelling } from "./text.ts";

/** The largest file, in bytes, and the largest number of positions. */
export const MOST_BYTES = 1 << 16;
export const MOST_ITEMS = 2 ** 32;

export interface Commitment {
  origin: string;
  items: number;
  root: Uint8Array;
  profile: Uint8Array;
  views: View[];
  links: number;
  folders: number;
  exclusions: Uint8Array | undefined;
  extends: Uint8Array | undefined;
  /** The digest of the lines above the signatures. */
  digest: Uint8Array;
}

export function parseCommitment(text: string): Commitment {
  if (!text.endsWith("\n")) malformed("its last line is not ended by a line feed");
  const lines = new Lines(text.slice(0, -1).split("\n"));
  if (lines.next() !== "duces-commitment-v1") malformed("its first line is not 'duces-commitment-v1'");
  const origin = lines.field("origin");
  if (Array.from(origin).length > 200 || !isOneSpelling(origin)) {
    malformed(
      "the origin must have 1 to 200 printable characters in Unicode form NFC, with single spaces between words",
    );
  }
  const items = count(lines.field("items"));
  const root = digest(lines.field("root"));
  const profile = digest(lines.field("profile"));
  const views = lines.field("views").split(" ").map(parseView);
  if (items < 1 || items > MOST_ITEMS) malformed(`it has ${items} items, allowed are 1 to ${MOST_ITEMS}`);
  if (!ascending(views)) malformed("its views are not in ascending order");
  const links = positive(lines.optional("links not followed"));
  const folders = positive(lines.optional("folders not listed"));
  const exclusions = lines.optional("exclusion list");
  const extended = lines.optional("extends");
  const body = lines.read();
  signatures(lines);
  return {
    origin,
    items,
    root,
    profile,
    views,
    links,
    folders,
    exclusions: exclusions === undefined ? undefined : digest(exclusions),
    extends: extended === undefined ? undefined : digest(extended),
    digest: H("duces/commitment/v1", encode(body)),
  };
}

class Lines {
  private at = 0;
  constructor(private readonly lines: string[]) {}

  next(): string | undefined {
    return this.lines[this.at++];
  }

  field(name: string): string {
    return this.optional(name) ?? malformed(`it has no line '${name}: …' where one is expected`);
  }

  optional(name: string): string | undefined {
    const line = this.lines[this.at];
    if (line === undefined || !line.startsWith(`${name}: `)) return undefined;
    this.at += 1;
    return line.slice(name.length + 2);
  }

  /** The lines that were read. */
  read(): string {
    return this.lines
      .slice(0, this.at)
      .map((line) => `${line}\n`)
      .join("");
  }
}

/** Signature lines may follow after an empty line. They are not interpreted. */
function signatures(lines: Lines): void {
  const empty = lines.next();
  if (empty === undefined) return;
  if (empty !== "") malformed("a line follows that is none of a commitment, without an empty line");
  let found = 0;
  for (let line = lines.next(); line !== undefined; line = lines.next(), found++) {
    if (!line.startsWith("— ") || encode(line).length > 4096 || hasUnprintable(line)) {
      malformed("a line after the empty line is not a signature (it begins with '— ')");
    }
  }
  if (found === 0) malformed("an empty line is followed by no signature");
}

function count(text: string): number {
  return canonicalNumber(text) ?? malformed(`"${text}" is not a number in canonical form`);
}

function positive(text: string | undefined): number {
  if (text === undefined) return 0;
  const number = count(text);
  return number > 0 ? number : malformed("a line counts nothing");
}

function digest(text: string): Uint8Array {
  return digestFromHex(text) ?? malformed(`"${text}" is not 64 lower-case hexadecimal digits`);
}

/** The root that a commitment of `items` positions with this profile and tree has. */
export function bindRoot(items: number, profile: Uint8Array, tree: Uint8Array): Uint8Array {
  return H("duces/root/v1", items, profile, tree);
}
