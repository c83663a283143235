// profile.toml. docs/protocol.md section 11, "Canonical profile" ([format-profile]).

import { encode, malformed } from "./bytes.ts";
import { H } from "./s02-hash.ts";
import { compareViews, kindOf, parseView, type Kind, type View } from "./s03-view-name.ts";
import { parseToml, type Table, type Value } from "./toml.ts";

/** The largest file, in bytes. */
export const MOST_BYTES = 1 << 16;

export interface Program {
  name: string;
  command: string[];
  version: string;
  types: string[];
}

export interface Profile {
  images: View[];
  texts: View[];
  /** All views, ascending. */
  views: View[];
  maxFileBytes: number;
  maxPixels: number;
  version: string | undefined;
  pages: boolean;
  loadFiles: boolean;
  programs: Program[];
  families: "alone" | "together";
  digest: Uint8Array;
}

export const viewsOf = (profile: Profile, kind: Kind): View[] =>
  kind === "image" ? profile.images : profile.texts;

export function parseProfile(text: string): Profile {
  const file = new Fields(parseToml(text));
  const table = file.table("views") ?? malformed("it has no table 'views'");
  const images = views(table.strings("images") ?? [], "image", "images");
  const texts = views(table.strings("texts") ?? [], "text", "texts");
  table.finish();
  if (images.length + texts.length === 0) malformed("it names no view");
  const limits = file.table("limits");
  const maxFileBytes = limit(limits, "max_file_bytes", 64 << 20);
  const maxPixels = limit(limits, "max_pixels", 100_000_000);
  limits?.finish();
  const extract = file.table("extract");
  const version = extract?.string("version");
  if (version !== undefined) word(version, "the version of the extractor");
  const pages = extract?.boolean("pages") ?? images.length > 0;
  const loadFiles = extract?.boolean("load_files") ?? false;
  const programs = readPrograms(extract?.table("programs"));
  extract?.finish();
  const production = file.table("production");
  const families: string = production?.string("families") ?? "alone";
  if (families !== "alone" && families !== "together") {
    malformed('families is neither "alone" nor "together"');
  }
  production?.finish();
  file.finish();
  const all = [...images, ...texts].sort(compareViews);
  const limits_ = { maxFileBytes, maxPixels };
  const profile = { images, texts, views: all, ...limits_, version, pages, loadFiles, programs, families } as const;
  return { ...profile, digest: H("duces/profile/v1", encode(canonical(profile))) };
}

/** The canonical text, which the digest covers. */
function canonical(profile: Omit<Profile, "digest">): string {
  const list = (words: string[]): string => `[${words.map((word) => `"${word}"`).join(", ")}]`;
  const names = (list_: View[]): string => list(list_.map((view) => view.name));
  const lines = [
    "[views]",
    `images = ${names(profile.images)}`,
    `texts = ${names(profile.texts)}`,
    "",
    "[limits]",
    `max_file_bytes = ${profile.maxFileBytes}`,
    `max_pixels = ${profile.maxPixels}`,
    "",
    "[extract]",
    ...(profile.version === undefined ? [] : [`version = "${profile.version}"`]),
    `pages = ${profile.pages}`,
    ...(profile.loadFiles ? ["load_files = true"] : []),
  ];
  for (const program of profile.programs) {
    lines.push("", `[extract.programs.${program.name}]`, `command = ${list(program.command)}`);
    lines.push(`version = "${program.version}"`, `types = ${list(program.types)}`);
  }
  lines.push("", "[production]", `families = "${profile.families}"`, "");
  return lines.join("\n");
}

function views(names: string[], kind: Kind, key: string): View[] {
  if (names.length > 16) malformed(`${key} has more than 16 views`);
  const list = names.map(parseView).sort(compareViews);
  for (const [i, view] of list.entries()) {
    if (kindOf(view) !== kind) malformed(`${view.name} does not belong under '${key}'`);
    if (i > 0 && list[i - 1]!.name === view.name) malformed(`${view.name} is named twice`);
  }
  return list;
}

function limit(table: Fields | undefined, key: string, standard: number): number {
  const value = table?.integer(key) ?? BigInt(standard);
  if (value < 1n || value > 1n << 30n) malformed(`${key} is ${value}, allowed are 1 to ${1 << 30}`);
  return Number(value);
}

function readPrograms(table: Fields | undefined): Program[] {
  if (table === undefined) return [];
  const names = table.names().sort();
  if (names.length > 64) malformed("it names too many programs");
  const programs = names.map((name) => readProgram(name, table.table(name)!));
  const types = programs.flatMap((program) => program.types).sort();
  const twice = types.find((type, i) => type === types[i - 1]);
  if (twice !== undefined) malformed(`two programs read ${twice}`);
  return programs;
}

function readProgram(name: string, table: Fields): Program {
  if (!/^[a-z0-9-]{1,32}$/.test(name)) {
    malformed("the name of a program has 1 to 32 lower-case letters, digits and '-'");
  }
  const command = table.strings("command") ?? [];
  const version = table.string("version") ?? malformed(`the program ${name} has no version`);
  const types = [...new Set(table.strings("types") ?? [])].sort();
  table.finish();
  if (command.length < 1 || command.length > 64) malformed(`the program ${name} has no command`);
  for (const part of command) word(part, "a word of a command");
  word(version, "the version of a program");
  if (types.length < 1 || types.length > 64) malformed(`the program ${name} reads no type`);
  const part = "[a-z0-9.+-]+";
  for (const type of types) {
    if (type.length > 200 || !new RegExp(`^${part}/${part}$`).test(type)) {
      malformed(`"${type}" is not a media type such as image/tiff`);
    }
  }
  return { name, command, version, types };
}

/** 1 to 200 printable ASCII characters without quotes and backslashes. */
function word(text: string, what: string): void {
  if (!/^[ !#-[\]-~]{1,200}$/.test(text)) {
    malformed(`${what} must have 1 to 200 printable ASCII characters without quotes and backslashes`);
  }
}

/** The keys of a table, each of which is read once; others are refused. */
class Fields {
  private readonly rest: Map<string, Value>;
  constructor(table: Table) {
    this.rest = new Map(table);
  }

  names(): string[] {
    return [...this.rest.keys()];
  }

  private take(key: string): Value | undefined {
    const value = this.rest.get(key);
    this.rest.delete(key);
    return value;
  }

  table(key: string): Fields | undefined {
    const value = this.take(key);
    if (value === undefined) return undefined;
    return value instanceof Map ? new Fields(value) : malformed(`'${key}' is not a table`);
  }

  string(key: string): string | undefined {
    const value = this.take(key);
    return value === undefined || typeof value === "string" ? value : malformed(`'${key}' is not a string`);
  }

  strings(key: string): string[] | undefined {
    const value = this.take(key);
    if (value === undefined) return undefined;
    const isList = Array.isArray(value) && value.every((item) => typeof item === "string");
    return isList ? (value as string[]) : malformed(`'${key}' is not a list of strings`);
  }

  integer(key: string): bigint | undefined {
    const value = this.take(key);
    return value === undefined || typeof value === "bigint" ? value : malformed(`'${key}' is not an integer`);
  }

  boolean(key: string): boolean | undefined {
    const value = this.take(key);
    return value === undefined || typeof value === "boolean" ? value : malformed(`'${key}' is not a boolean`);
  }

  finish(): void {
    for (const key of this.rest.keys()) malformed(`it has an unknown key '${key}'`);
  }
}
