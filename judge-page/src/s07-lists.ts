// loadfile.dat, loadfile.opt and sha256sums.txt. docs/protocol.md section 11, "Load file" ([format-load-file]);
// docs/protocol.md section 11, "Load file of images" ([format-image-file]);
// docs/protocol.md section 11, "Sums" ([format-sums]).

import { digestFromHex, encode, hex, Malformed, malformed, utf8 } from "./bytes.ts";
import { imageKey, imagePath } from "./s07-bates.ts";

const FIELDS = [
  ..."BEGBATES ENDBATES BEGATTACH ENDATTACH POSITION DOCEXT FILESIZE SHA256".split(" "),
  ..."NATIVELINK TEXTLINK IMAGELINK REDACTED".split(" "),
];

/** What the load files say of one document that is handed over. */
export interface Row {
  bates: string;
  position: number;
  family: number;
  native: { extension: string; size: number; sha256: Uint8Array } | undefined;
  /** Whether it has a text, and how many pages. */
  text: boolean;
  pages: number;
  redacted: boolean;
}

/** The load file of rows in the order of their Bates numbers. */
export function loadFile(rows: readonly Row[]): Uint8Array {
  const lines = [FIELDS];
  for (let from = 0; from < rows.length; ) {
    let to = from + 1;
    while (to < rows.length && rows[to]!.family === rows[from]!.family) to += 1;
    const ends = to - from > 1 ? [rows[from]!.bates, rows[to - 1]!.bates] : ["", ""];
    for (const row of rows.slice(from, to)) lines.push(fieldsOf(row, ends));
    from = to;
  }
  const bytes: number[] = [];
  for (const line of lines) {
    line.forEach((field, i) => {
      if (i > 0) bytes.push(0x14);
      bytes.push(0xfe, ...Array.from(field, (c) => c.charCodeAt(0)), 0xfe);
    });
    bytes.push(13, 10);
  }
  return Uint8Array.from(bytes);
}

function fieldsOf({ bates, position, native, text, pages, redacted }: Row, ends: readonly string[]): string[] {
  return [
    bates,
    bates,
    ...ends,
    String(position),
    native?.extension ?? "",
    native ? String(native.size) : "",
    native ? hex(native.sha256) : "",
    native ? `natives\\${bates}.${native.extension}` : "",
    text ? `text\\${bates}.txt` : "",
    pages > 0 ? `images\\${bates}.png` : "",
    redacted ? "Y" : "",
  ];
}

/** The load file of images: a line for each page. */
export function imageFile(rows: readonly Row[]): Uint8Array {
  const lines = rows.flatMap(({ bates, pages }) =>
    Array.from({ length: pages }, (_, i) => {
      const path = imagePath(bates, i + 1).replaceAll("/", "\\");
      const [starts, count] = i === 0 ? ["Y", String(pages)] : ["", ""];
      return `${imageKey(bates, i + 1)},VOL001,${path},${starts},,,${count}\r\n`;
    }),
  );
  return encode(lines.join(""));
}

/** One or two components of ASCII letters, digits, `.`, `-`, `_`. */
const COMPONENT = "[A-Za-z0-9][A-Za-z0-9._-]{0,63}";
const PATH = new RegExp(`^${COMPONENT}(/${COMPONENT})?$`);

/** SHA-256 of every file but itself, by path, in hexadecimal digits. */
export function parseSums(bytes: Uint8Array): Map<string, string> {
  const text = utf8(bytes) ?? malformed("it is not UTF-8");
  const sums = new Map<string, string>();
  const lines = text.split("\n");
  let last = "";
  lines.forEach((line, i) => {
    const isEnd = i === lines.length - 1;
    if (isEnd && line === "") return;
    try {
      if (isEnd) malformed("it has no line end");
      const at = line.indexOf("  ");
      const digest = line.slice(0, Math.max(0, at));
      const path = line.slice(at + 2);
      if (at < 0) malformed("it is not a digest and a path");
      if (digestFromHex(digest) === undefined) malformed("it does not begin with 64 lower-case hex digits");
      if (!PATH.test(path)) malformed("the path is not one of a production");
      if (path <= last) malformed("the paths are not in ascending order");
      last = path;
      sums.set(path, digest);
    } catch (error) {
      if (error instanceof Malformed) malformed(`line ${i + 1}: ${error.message}`);
      throw error;
    }
  });
  return sums;
}
