// Characters as a view sees them. docs/protocol.md section 12, "Views".

import { CASED, IGNORABLE, LOWER, WORD } from "./s03-unicode-table.ts";

interface Ranges {
  first: Uint32Array;
  last: Uint32Array;
}

function unpack(text: string): Ranges {
  const words = text.split(" ");
  const first = new Uint32Array(words.length);
  const last = new Uint32Array(words.length);
  let at = 0;
  words.forEach((word, i) => {
    const [distance, more] = word.split(".");
    first[i] = at + parseInt(distance!, 36);
    at = first[i]! + parseInt(more ?? "0", 36);
    last[i] = at;
  });
  return { first, last };
}

const word = unpack(WORD);
const cased = unpack(CASED);
const ignorable = unpack(IGNORABLE);
const lower = LOWER.split(" ").map((run) => run.split(".").map((number) => parseInt(number, 36)));
const lowerRanges: Ranges = {
  first: Uint32Array.from(lower, (run) => run[0]!),
  last: Uint32Array.from(lower, (run) => run[1]!),
};

/** The index of the range that holds a character, or −1. */
function find({ first, last }: Ranges, point: number): number {
  let [low, high] = [0, first.length - 1];
  while (low <= high) {
    const middle = (low + high) >> 1;
    if (point < first[middle]!) high = middle - 1;
    else if (point > last[middle]!) low = middle + 1;
    else return middle;
  }
  return -1;
}

const has = (ranges: Ranges, c: string): boolean => find(ranges, c.codePointAt(0)!) >= 0;

export const isWord = (c: string): boolean => has(word, c);

const SPACES = /^[\t-\r \u{85}\u{a0}\u{1680}\u{2000}-\u{200a}\u{2028}\u{2029}\u{202f}\u{205f}\u{3000}]$/u;
export const isWhiteSpace = (c: string): boolean => SPACES.test(c);

/** The lower case of the character `c` that stands in a text at the UTF-16 index `at`. */
export function lowered(text: string, at: number, c: string): string {
  if (c === "Σ") return isFinal(text, at) ? "ς" : "σ";
  if (c === "İ") return "i\u0307";
  const point = c.codePointAt(0)!;
  const run = find(lowerRanges, point);
  if (run < 0) return c;
  const [first, , step, distance] = lower[run]!;
  return (point - first!) % step! === 0 ? String.fromCodePoint(point + distance!) : c;
}

/** A sigma ends a word if a cased character stands before it and none after, ignorable ones left out. */
function isFinal(text: string, at: number): boolean {
  return nextIsCased(before(text, at)) && !nextIsCased(after(text, at + 1));
}

function nextIsCased(characters: Iterable<string>): boolean {
  for (const c of characters) if (!has(ignorable, c)) return has(cased, c);
  return false;
}

/** The characters before an index, the last first. */
function* before(text: string, at: number): Iterable<string> {
  while (at > 0) {
    const isLow = (text.charCodeAt(at - 1) & 0xfc00) === 0xdc00;
    const c = text.slice(at - (isLow ? 2 : 1), at);
    at -= c.length;
    yield c;
  }
}

/** The characters from an index on. */
function* after(text: string, at: number): Iterable<string> {
  while (at < text.length) {
    const c = String.fromCodePoint(text.codePointAt(at)!);
    at += c.length;
    yield c;
  }
}
