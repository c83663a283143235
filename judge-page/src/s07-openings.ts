// openings.csv. docs/protocol.md section 11, "Openings" ([format-openings]).

import { canonicalNumber, digestFromHex, Malformed, malformed, utf8 } from "./bytes.ts";
import { readScalar } from "./s02-field.ts";
import type { Kind } from "./s03-view-name.ts";
import { checkBates, checkExtension } from "./s07-bates.ts";

const HEADER = "position,bates,native,suffix,rendition,salt,rendition_salt,blind";

/** The most bytes of the openings of so many documents. */
export const mostBytes = (produced: number): number => (produced + 1) * 512;

export interface Opening {
  position: number;
  bates: string;
  native: { extension: string; suffix: string; salt: Uint8Array } | undefined;
  rendition: { kind: Kind; salt: Uint8Array } | undefined;
  blind: bigint | undefined;
}

/** The path of the native file, if there is one. */
export const nativePath = ({ bates, native }: Opening): string | undefined =>
  native && `natives/${bates}.${native.extension}`;

/** The path of the rendition, if there is one. */
export const renditionPath = ({ bates, rendition }: Opening): string | undefined =>
  rendition && (rendition.kind === "text" ? `text/${bates}.txt` : `images/${bates}.png`);

export function parseOpenings(bytes: Uint8Array): Opening[] {
  const text = utf8(bytes) ?? malformed("it is not UTF-8");
  const lines = text.split("\n");
  if (lines[0] !== HEADER || lines.length < 2) malformed(`its header is not '${HEADER}'`);
  const out: Opening[] = [];
  lines.slice(1).forEach((line, i) => {
    const isEnd = i === lines.length - 2;
    if (isEnd && line === "") return;
    try {
      if (isEnd) malformed("it has no line end");
      const opening = readLine(line);
      const last = out[out.length - 1];
      if (last !== undefined && last.position >= opening.position) malformed("the positions do not ascend");
      out.push(opening);
    } catch (error) {
      if (error instanceof Malformed) malformed(`line ${i + 2}: ${error.message}`);
      throw error;
    }
  });
  return out;
}

function readLine(line: string): Opening {
  const fields = line.split(",");
  if (fields.length !== 8) malformed("it does not have eight fields");
  const [number, batesText, nativeName, suffix, renditionName, salt, renditionSalt, blindText] = fields as string[];
  const position = canonicalNumber(number!) ?? malformed("the position is not a number");
  const bates = checkBates(batesText!);
  const native = together(nativeName!, salt!, () => {
    const at = nativeName!.lastIndexOf(".");
    const extension = checkExtension(at < 0 ? "" : nativeName!.slice(at + 1));
    const own = secret(salt!, "salt");
    named(`${bates}.${extension}`, nativeName!);
    if (!/^[a-z0-9]{0,8}$/.test(suffix!)) {
      malformed("the end of a name is not up to 8 lower-case letters and digits");
    }
    return { extension, suffix: suffix!, salt: own };
  });
  if (native === undefined && suffix !== "") malformed("it has the end of a name, but no file");
  const rendition = together(renditionName!, renditionSalt!, () => {
    const kind: Kind = renditionName!.endsWith(".txt") ? "text" : "image";
    const own = secret(renditionSalt!, "rendition's salt");
    named(`${bates}.${kind === "text" ? "txt" : "png"}`, renditionName!);
    return { kind, salt: own };
  });
  const blind = blindText === "" ? undefined : readScalar(secret(blindText!, "blind"));
  if (native === undefined && rendition === undefined) malformed("it opens neither a file nor a rendition");
  return { position, bates, native, rendition, blind };
}

/** A file and its salt: both or neither. */
function together<T>(file: string, salt: string, read: () => T): T | undefined {
  if (file === "" && salt === "") return undefined;
  return file !== "" && salt !== "" ? read() : malformed("a file or its salt is missing");
}

function named(expected: string, actual: string): void {
  if (expected !== actual) malformed("a file is not named by its Bates number");
}

function secret(text: string, what: string): Uint8Array {
  return digestFromHex(text) ?? malformed(`the ${what} is not 64 lower-case hex digits`);
}
