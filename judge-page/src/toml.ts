// What of TOML 1.0 a profile can be written in: tables, dotted keys, strings, integers, booleans,
// arrays, inline tables. Floats and dates are no value of any key, so they are refused.

import { malformed } from "./bytes.ts";

export type Value = string | bigint | boolean | Value[] | Table;
export type Table = Map<string, Value>;

export function parseToml(text: string): Table {
  return new Parser(text).document();
}

/** How deep values may be nested. */
const DEPTH = 64;

class Parser {
  private at = 0;
  /** Tables that stand in a header, and those that are closed to further keys. */
  private readonly defined = new Set<Table>();
  private readonly closed = new Set<Table>();
  private readonly dotted = new Set<Table>();

  constructor(private readonly text: string) {
    if (/[\0-\x08\x0b\x0c\x0e-\x1f\x7f]|\r(?!\n)/.test(text)) malformed("it has a control character");
  }

  document(): Table {
    const root: Table = new Map();
    let current = root;
    for (;;) {
      this.skip(true);
      if (this.at >= this.text.length) return root;
      if (this.eat("[")) {
        if (this.eat("[")) this.fail("an array of tables is not expected");
        current = this.header(root);
      } else {
        this.pair(current, 0);
      }
      this.endOfLine();
    }
  }

  private header(root: Table): Table {
    const keys = this.keys();
    if (!this.eat("]")) this.fail("a table's name does not end");
    let table = root;
    for (const key of keys) table = this.child(table, key, false);
    if (this.defined.has(table) || this.dotted.has(table)) this.fail("a table occurs twice");
    this.defined.add(table);
    return table;
  }

  private child(table: Table, key: string, byDots: boolean): Table {
    const known = table.get(key);
    if (known === undefined) {
      const fresh: Table = new Map();
      if (byDots) this.dotted.add(fresh);
      table.set(key, fresh);
      return fresh;
    }
    if (!(known instanceof Map) || this.closed.has(known)) return this.fail(`'${key}' occurs twice`);
    if (byDots && this.defined.has(known)) return this.fail(`'${key}' occurs twice`);
    return known;
  }

  private pair(table: Table, depth: number): void {
    const keys = this.keys();
    if (!this.eat("=")) this.fail("a key has no value");
    this.skip(false);
    let owner = table;
    for (const key of keys.slice(0, -1)) owner = this.child(owner, key, true);
    const last = keys[keys.length - 1]!;
    if (owner.has(last)) this.fail(`'${last}' occurs twice`);
    owner.set(last, this.value(depth));
  }

  private keys(): string[] {
    const keys: string[] = [];
    do {
      this.skip(false);
      const bare = this.match(/[A-Za-z0-9_-]+/y);
      keys.push(bare ?? this.quotedKey());
      this.skip(false);
    } while (this.eat("."));
    return keys;
  }

  private quotedKey(): string {
    const quote = this.text[this.at];
    if (quote !== '"' && quote !== "'") return this.fail("a key is expected");
    return this.string(false);
  }

  private value(depth: number): Value {
    if (depth > DEPTH) return this.fail("it is nested too deep");
    const first = this.text[this.at];
    if (first === '"' || first === "'") return this.string(true);
    if (first === "[") return this.array(depth);
    if (first === "{") return this.inline(depth);
    const word = this.match(/[A-Za-z0-9_+.:-]+/y) ?? "";
    if (word === "true" || word === "false") return word === "true";
    return this.integer(word);
  }

  private integer(word: string): bigint {
    const digits = word.replaceAll(/(?<=[0-9a-fA-F])_(?=[0-9a-fA-F])/g, "");
    const isInteger = /^([+-]?(0|[1-9][0-9]*)|0x[0-9a-fA-F]+|0o[0-7]+|0b[01]+)$/.test(digits);
    if (!isInteger) return this.fail("a value is expected");
    const value = digits.startsWith("-") ? -BigInt(digits.slice(1)) : BigInt(digits.replace("+", ""));
    if (BigInt.asIntN(64, value) !== value) return this.fail("an integer is too large");
    return value;
  }

  private array(depth: number): Value[] {
    this.at += 1;
    const list: Value[] = [];
    for (;;) {
      this.skip(true);
      if (this.eat("]")) return list;
      list.push(this.value(depth + 1));
      this.skip(true);
      if (!this.eat(",") && this.text[this.at] !== "]") this.fail("an array does not end");
    }
  }

  private inline(depth: number): Table {
    this.at += 1;
    const table: Table = new Map();
    this.skip(false);
    if (!this.eat("}")) {
      do this.pair(table, depth + 1);
      while ((this.skip(false), this.eat(",")));
      if (!this.eat("}")) this.fail("an inline table does not end");
    }
    this.close(table);
    return table;
  }

  private close(table: Table): void {
    this.closed.add(table);
    for (const value of table.values()) if (value instanceof Map) this.close(value);
  }

  private string(mayHaveLines: boolean): string {
    const quote = this.text[this.at]!;
    const isLong = mayHaveLines && this.text.startsWith(quote.repeat(3), this.at);
    const end = isLong ? quote.repeat(3) : quote;
    this.at += end.length;
    if (isLong) this.match(/\r?\n/y);
    let out = "";
    for (;;) {
      if (this.text.startsWith(end, this.at)) {
        this.at += end.length;
        // Up to two quotes may stand before the three that end a long string.
        for (let i = 0; isLong && i < 2 && this.eat(quote); i++) out += quote;
        return out;
      }
      const c = this.text[this.at];
      if (c === undefined || (!isLong && (c === "\n" || c === "\r"))) return this.fail("a string does not end");
      if (c === "\\" && quote === '"') out += this.escape(isLong);
      else {
        out += c;
        this.at += 1;
      }
    }
  }

  private escape(isLong: boolean): string {
    if (isLong && this.match(/\\[ \t]*\r?\n[ \t\r\n]*/y) !== undefined) return "";
    const simple = this.match(/\\[btnfre"\\]/y);
    const map: Record<string, string> = { b: "\b", t: "\t", n: "\n", f: "\f", r: "\r", '"': '"', "\\": "\\" };
    if (simple !== undefined) return map[simple[1]!] ?? this.fail("an escape is unknown");
    const code = this.match(/\\(u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8})/y);
    const point = code === undefined ? Infinity : parseInt(code.slice(2), 16);
    if (point > 0x10ffff || (point >= 0xd800 && point < 0xe000)) return this.fail("an escape is unknown");
    return String.fromCodePoint(point);
  }

  private skip(lines: boolean): void {
    this.match(/[ \t]*/y);
    while (lines && this.match(/(#[^\n]*)?\r?\n[ \t]*/y) !== undefined);
    if (lines) this.match(/#[^\n]*$/y);
  }

  private endOfLine(): void {
    this.match(/[ \t]*(#[^\r\n]*)?/y);
    if (this.at < this.text.length && this.match(/\r?\n/y) === undefined) this.fail("a line does not end");
  }

  private eat(text: string): boolean {
    if (!this.text.startsWith(text, this.at)) return false;
    this.at += text.length;
    return true;
  }

  private match(form: RegExp): string | undefined {
    form.lastIndex = this.at;
    const found = form.exec(this.text)?.[0];
    if (found !== undefined) this.at += found.length;
    return found;
  }

  private fail(reason: string): never {
    const line = this.text.slice(0, this.at).split("\n").length;
    return malformed(`line ${line}: ${reason}`);
  }
}
