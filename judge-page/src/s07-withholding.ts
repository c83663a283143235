// withholding.csv. docs/protocol.md section 11, "Withholding log" ([format-withholding]).

import { canonicalNumber, encode, malformed, utf8 } from "./bytes.ts";
import { hasInk, isUnprintable } from "./text.ts";

export const MOST_BYTES = 2 ** 28;
const FIXED = ["position", "basis", "description"];
const MOST_COLUMNS = 32;
const MOST_BASIS = 256;
const MOST_CELL = 1 << 16;
/** The most entries of one position. */
const MOST_REDACTIONS = 1000;

export interface Entry {
  position: number;
  basis: string;
  description: string;
  /** Cells of the further columns. */
  more: string[];
}

export interface WithholdingLog {
  /** Names of the further columns. */
  columns: string[];
  entries: Entry[];
}

export function parseWithholding(bytes: Uint8Array, items: number, redacted: number): WithholdingLog {
  const text = utf8(bytes) ?? malformed("it cannot be read as CSV: it is not UTF-8");
  const [header, ...rows] = readCsv(text);
  if (header === undefined || FIXED.some((name, i) => header[i] !== name)) {
    malformed(`its header does not begin '${FIXED.join(",")}'`);
  }
  if (header.length > MOST_COLUMNS) malformed(`it has more than ${MOST_COLUMNS} columns`);
  for (const name of header) {
    const length = encode(name).length;
    const fits = length >= 1 && length <= 64 && hasInk(name) && !Array.from(name).some(isUnprintable);
    if (!fits || !isNeutral(name)) malformed("a column's name is empty, too long or not printable");
  }
  if (new Set(header).size !== header.length) malformed("two columns have one name");
  const most = items + MOST_REDACTIONS * redacted;
  if (rows.length > most) malformed(`it has more than ${most} entries`);
  let last = -1;
  const entries = rows.map((row, i) => {
    const entry = readEntry(row, header.length, i + 2);
    if (entry.position < last) malformed("it is not canonical");
    last = entry.position;
    return entry;
  });
  const over = entries.find(({ position }, i) => entries[i + MOST_REDACTIONS]?.position === position);
  if (over !== undefined) malformed(`position ${over.position} has more than ${MOST_REDACTIONS} entries`);
  return { columns: header.slice(FIXED.length), entries };
}

function readEntry(row: readonly string[], columns: number, line: number): Entry {
  const fault = (reason: string): never => malformed(`line ${line}: ${reason}`);
  if (row.length !== columns) fault("it has another number of cells than the header");
  const position = canonicalNumber(row[0]!) ?? fault("the position is not a number");
  for (const cell of row.slice(1)) {
    if (encode(cell).length > MOST_CELL) fault("a cell is too long");
    const hidden = Array.from(cell).find((c) => isUnprintable(c) && c !== "\n" && c !== "\t");
    if (hidden !== undefined) {
      const code = hidden.codePointAt(0)!.toString(16).toUpperCase().padStart(4, "0");
      fault(`a cell has the character U+${code}, a control or one that readers do not see`);
    }
    if (!isNeutral(cell)) malformed("it is not canonical");
  }
  const [, basis, description, ...more] = row as [string, string, string, ...string[]];
  if (!hasInk(basis) || encode(basis).length > MOST_BASIS) fault("the basis is empty or too long");
  if (!hasInk(description)) fault("the description is empty or too long");
  return { position, basis, description, more };
}

/** Neither blank at an end, nor the beginning of a formula. */
const isNeutral = (cell: string): boolean => cell === cell.trim() && !/^[=+\-@]/.test(cell);

/** Rows and cells of CSV with quotes only where they are needed, every row ended by a line feed. */
function readCsv(text: string): string[][] {
  const rows: string[][] = [];
  let at = 0;
  const cell = (): string => {
    if (text[at] !== '"') {
      const plain = /[^,"\r\n]*/y;
      plain.lastIndex = at;
      const found = plain.exec(text)![0];
      at += found.length;
      return found;
    }
    const quoted = /"((?:[^"]|"")*)"/y;
    quoted.lastIndex = at;
    const found = quoted.exec(text) ?? malformed("it cannot be read as CSV: a quote does not end");
    at += found[0].length;
    const value = found[1]!.replaceAll('""', '"');
    return /[,"\r\n]/.test(value) ? value : malformed("it is not canonical");
  };
  while (at < text.length) {
    const row = [cell()];
    while (text[at] === ",") {
      at += 1;
      row.push(cell());
    }
    if (text[at] !== "\n") malformed("it is not canonical");
    at += 1;
    rows.push(row);
  }
  return rows;
}
