// A production from files that were chosen or dropped. Empty folders do not show there: the folders of a
// production count as there.

import { CannotRun } from "../outcome.ts";
import type { Entry, Named, Source } from "../source.ts";
import { readZip } from "./zip.ts";

/** A file with its path below what was chosen. */
export interface Found {
  path: string;
  size: number;
  isFile: boolean;
  slice(from: number, to: number): Promise<Uint8Array>;
}

const FOLDERS = ["proofs", "natives", "text", "images"];

export async function bytesOf(blob: Blob): Promise<Uint8Array> {
  return new Uint8Array(await blob.arrayBuffer());
}

export const found = (path: string, file: File): Found => ({
  path,
  size: file.size,
  isFile: true,
  slice: (from, to) => bytesOf(file.slice(from, to)),
});

export const named = (file: File): Named => ({ name: file.name, size: file.size, read: () => bytesOf(file) });

/** The entries of a ZIP, each unpacked when it is read. */
export async function unpacked(file: File): Promise<Found[]> {
  let last: { path: string; bytes: Uint8Array } | undefined;
  return (await readZip(file))
    .filter(({ name }) => !name.endsWith("/"))
    .map(({ name, isFile, size, read }) => ({
      path: name,
      size,
      isFile,
      async slice(from, to) {
        if (last?.path !== name) last = { path: name, bytes: await read() };
        return last.bytes.subarray(from, to);
      },
    }));
}

/** The production among files: the folder that has `manifest.json`. */
export function productionOf(files: readonly Found[]): Source {
  const manifests = files.filter(({ path }) => path === "manifest.json" || path.endsWith("/manifest.json"));
  const [manifest] = manifests;
  if (manifest === undefined || manifests.length > 1) {
    const what = manifest === undefined ? "no folder in it has" : "more than one folder in it has";
    throw new CannotRun(`${what} a file manifest.json`, "give the folder of one production, as it was handed over");
  }
  const top = manifest.path.slice(0, -"manifest.json".length);
  const own = new Map(
    files.filter(({ path }) => path.startsWith(top)).map((file) => [file.path.slice(top.length), file]),
  );
  return {
    async list(folder) {
      const below = folder === "" ? "" : `${folder}/`;
      const names = new Set(folder === "" ? FOLDERS : []);
      for (const path of own.keys()) if (path.startsWith(below)) names.add(path.slice(below.length).split("/")[0]!);
      return [...names];
    },
    async entry(path): Promise<Entry | undefined> {
      const file = own.get(path);
      if (file !== undefined) return file.isFile ? { type: "file", size: file.size } : { type: "other" };
      const isFolder = [...own.keys()].some((other) => other.startsWith(`${path}/`));
      return isFolder ? { type: "folder" } : undefined;
    },
    slice: (path, from, to) => own.get(path)!.slice(from, to),
  };
}
