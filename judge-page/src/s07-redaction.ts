// What stands in the place of a redacted document. docs/protocol.md section 7, "Redactions" ([format-redaction]).

import { equal, encode, hex, Malformed } from "./bytes.ts";
import { Fault, type RedactedItem } from "./outcome.ts";
import { read, type Source } from "./source.ts";
import { H, sha256, type Part } from "./s02-hash.ts";
import { imageKey, imagePath } from "./s07-bates.ts";
import { isMatch, type Line } from "./s07-ledger.ts";
import type { Row } from "./s07-lists.ts";
import { mostRendered, readRendered } from "./s07-stamp.ts";
import type { Entry } from "./s07-withholding.ts";

/** The most pages of a redaction. */
export const MOST_PAGES = 9999;

/** The files with a Bates number; a text has no pages. */
export interface Shown {
  bates: string;
  pages: number;
  paths: string[];
}

/** Finds the files of a redaction among those that are there, which are in order. */
export function findShown(bates: string, actual: ReadonlySet<string>): Shown {
  const native = [...actual].sort().find((path) => path.startsWith(`natives/${bates}.`));
  if (native !== undefined) {
    throw new Fault(JSON.stringify(native), "it is a native file in the place of a redacted document");
  }
  const text = `text/${bates}.txt`;
  const paths: string[] = [];
  while (paths.length < MOST_PAGES && actual.has(imagePath(bates, paths.length + 1))) {
    paths.push(imagePath(bates, paths.length + 1));
  }
  if (actual.has(text)) {
    if (paths.length > 0) throw new Fault(text, "a redaction is a text or pages, not both");
    return { bates, pages: 0, paths: [text] };
  }
  if (paths.length === 0) throw new Fault(text, "neither a redacted text nor a page is there");
  return { bates, pages: paths.length, paths };
}

/** What a check of a redaction works on. */
export interface Given {
  source: Source;
  digests: Map<string, string>;
  pixels: number;
}

/** Reads what is shown of a redacted position, and compares it with the ledger. */
export async function checkRedaction(
  { source, digests, pixels }: Given,
  line: Line,
  { bates, pages, paths }: Shown,
  entries: readonly Entry[],
): Promise<{ item: RedactedItem; row: Row }> {
  const { position, family } = line;
  const kind = pages === 0 ? "text" : "image";
  const files: Uint8Array[] = [];
  for (const path of paths) {
    const bytes = await read(source, path, mostRendered(kind, pixels));
    try {
      const rendition = readRendered(kind, bytes, pixels, imageKey(bates, files.length + 1));
      const number = rendition.kind === "text" ? unmarked(rendition.text, entries.length) : undefined;
      if (number !== undefined) {
        throw new Fault(`${path} (position ${position})`, `redaction ${number} is not marked in it`);
      }
    } catch (error) {
      if (error instanceof Malformed) throw new Fault(path, `it is malformed: ${error.message}`);
      throw error;
    }
    const digest = sha256(bytes);
    files.push(digest);
    digests.set(path, hex(digest));
  }
  const bases: Part[] = entries.flatMap(({ basis, description }) => [encode(basis), encode(description)]);
  const digest = H("duces/redaction/v1", position, pages, ...files, ...bases);
  if (line.redaction === undefined || !equal(digest, line.redaction)) {
    const what = "files and entries are not the redaction that the ledger names";
    throw new Fault(`${paths[0]} (position ${position})`, what);
  }
  const redactions = entries.map(({ basis, description }) => ({ basis, description }));
  return {
    item: { position, bates, family, companion: !isMatch(line), pages, digest: hex(digest), redactions },
    row: { bates, position, family, native: undefined, text: pages === 0, pages, redacted: true },
  };
}

/** The first of so many redactions that a text does not mark. */
function unmarked(text: string, count: number): number | undefined {
  for (let number = 1; number <= count; number++) if (!text.includes(`[REDACTED ${number}]`)) return number;
  return undefined;
}
