// Where the files of a production come from: a folder, files that were dropped, a ZIP.

import { CannotRun, Fault } from "./outcome.ts";

/** What is at a path: a file of so many bytes, a folder, or something that is neither. */
export type Entry = { type: "file"; size: number } | { type: "folder" } | { type: "other" };

export interface Source {
  /** The names in a folder of the production, `""` being the production itself; `undefined` if there is none. */
  list(folder: string): Promise<string[] | undefined>;
  /** What is at a path, links not followed. */
  entry(path: string): Promise<Entry | undefined>;
  /** The bytes `from … to − 1` of a file. */
  slice(path: string, from: number, to: number): Promise<Uint8Array>;
}

/** A file that the judge gives. */
export interface Named {
  name: string;
  size: number;
  read(): Promise<Uint8Array>;
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** The names in a folder, ascending, at most `limit`. */
export async function list(source: Source, folder: string, limit: number): Promise<string[]> {
  const place = folder === "" ? "the folder" : `${folder}/`;
  const names = await attempt(place, () => source.list(folder));
  if (names === undefined) throw new Fault(place, "the folder is missing");
  if (names.length > limit) throw new Fault(place, "it has more files than expected");
  return names.sort(compare);
}

/** The size of a file of the production, which must be there and be a file. */
export async function sizeOf(source: Source, path: string): Promise<number> {
  const entry = await attempt(path, () => source.entry(path));
  if (entry === undefined) throw new Fault(path, "the file is missing");
  if (entry.type !== "file") throw new Fault(path, "it is not a regular file");
  return entry.size;
}

/** Reads a file of the production of at most `limit` bytes. */
export async function read(source: Source, path: string, limit: number): Promise<Uint8Array> {
  const size = await sizeOf(source, path);
  if (size > limit) throw new Fault(path, `it is larger than ${limit} bytes`);
  const bytes = await attempt(path, () => source.slice(path, 0, size));
  if (bytes.length !== size) throw changed(path);
  return bytes;
}

/** The pieces of a file of any size, one after the other. */
export async function* pieces(source: Source, path: string, size: number): AsyncIterable<Uint8Array> {
  const PIECE = 1 << 22;
  for (let from = 0; from < size; from += PIECE) {
    const to = Math.min(size, from + PIECE);
    const bytes = await attempt(path, () => source.slice(path, from, to));
    if (bytes.length !== to - from) throw changed(path);
    yield bytes;
  }
}

/** Reads a file that the judge gives. */
export async function readNamed(file: Named, limit: number, what: string): Promise<Uint8Array> {
  if (file.size > limit) throw new Fault(file.name, `it is larger than ${limit} bytes`);
  try {
    return await file.read();
  } catch (error) {
    throw new CannotRun(
      `the ${what} ${file.name} cannot be read: ${reason(error)}`,
      `give the path of the ${what}, and check that you may read it`,
    );
  }
}

const reason = (error: unknown): string => (error instanceof Error ? error.message : String(error));

const changed = (path: string): CannotRun =>
  new CannotRun(`${path} changed while it was read`, "leave the files alone, then run again");

async function attempt<T>(place: string, run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    if (error instanceof Fault || error instanceof CannotRun) throw error;
    throw new CannotRun(
      `${place} cannot be read: ${reason(error)}`,
      "make the folder and its files readable, then run again",
    );
  }
}
