// What the judge chose or dropped: which file is what, by its first bytes.

import { encode, equal } from "../bytes.ts";
import { bytesOf, found, type Found } from "./browser-source.ts";

export interface Gathered {
  commitment?: File;
  request?: File;
  production?: { name: string; files: Found[] } | { name: string; zip: File };
}

const starts = async (file: File, text: string): Promise<boolean> =>
  equal(await bytesOf(file.slice(0, text.length)), encode(text));

/** Sorts single files: a commitment, a request, a ZIP. Others are left out and named. */
export async function sort(files: readonly File[]): Promise<{ gathered: Gathered; others: string[] }> {
  const gathered: Gathered = {};
  const others: string[] = [];
  for (const file of files) {
    if (await starts(file, "duces-commitment-v1\n")) gathered.commitment = file;
    else if (await starts(file, "duces-request-v1")) gathered.request = file;
    else if (await starts(file, "PK\x03\x04")) gathered.production = { name: file.name, zip: file };
    else others.push(file.name);
  }
  return { gathered, others };
}

/** The files of a chosen folder. */
export function chosenFolder(files: readonly File[]): Gathered {
  if (files.length === 0) return {};
  const path = (file: File): string => file.webkitRelativePath;
  const name = path(files[0]!).split("/")[0]!;
  return { production: { name, files: files.map((file) => found(path(file), file)) } };
}

/** What was dropped: files, and folders, of which the one with a production is taken. */
export async function dropped(transfer: DataTransfer): Promise<{ gathered: Gathered; others: string[] }> {
  const entries = [...transfer.items].map((item) => item.webkitGetAsEntry()).filter((entry) => entry !== null);
  const files: File[] = [];
  const inFolders: Found[] = [];
  const loose: File[] = [];
  let folder: string | undefined;
  for (const entry of entries) {
    if (entry.isFile) files.push(await fileOf(entry as FileSystemFileEntry));
    else {
      folder = entry.name;
      await walk(entry as FileSystemDirectoryEntry, `${entry.name}/`, inFolders, loose, 0);
    }
  }
  // A folder may hold the commitment and the request beside the production.
  const { gathered, others } = await sort(files);
  const beside = (await sort(loose)).gathered;
  const all: Gathered = { ...beside, ...gathered };
  if (folder !== undefined) all.production = { name: folder, files: inFolders };
  return { gathered: all, others };
}

const fileOf = (entry: FileSystemFileEntry): Promise<File> =>
  new Promise((resolve, reject) => entry.file(resolve, reject));

/** How deep folders are looked into: a production has two levels. */
const DEPTH = 4;

async function walk(
  folder: FileSystemDirectoryEntry,
  path: string,
  out: Found[],
  loose: File[],
  depth: number,
): Promise<void> {
  if (depth > DEPTH) return;
  const reader = folder.createReader();
  for (;;) {
    const entries = await new Promise<FileSystemEntry[]>((resolve, reject) => reader.readEntries(resolve, reject));
    if (entries.length === 0) return;
    for (const entry of entries) {
      if (entry.isDirectory) {
        await walk(entry as FileSystemDirectoryEntry, `${path}${entry.name}/`, out, loose, depth + 1);
      } else {
        const file = await fileOf(entry as FileSystemFileEntry);
        out.push(found(`${path}${entry.name}`, file));
        if (depth === 0) loose.push(file);
      }
    }
  }
}
