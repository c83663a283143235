// A folder on disk, and files that the judge names.

import { lstat, open, readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { CannotRun } from "./outcome.ts";
import type { Entry, Named, Source } from "./source.ts";

/** A production in a folder. Links inside it are not followed. */
export function folderSource(folder: string): Source {
  return {
    async list(name) {
      const path = join(folder, name);
      if (name !== "" && !(await lstat(path).catch(() => undefined))?.isDirectory()) return undefined;
      try {
        return await readdir(path);
      } catch (error) {
        throw new CannotRun(
          `the folder '${path}' cannot be listed: ${(error as Error).message}`,
          "give the folder that was handed over, with permission to read it",
        );
      }
    },
    async entry(name): Promise<Entry | undefined> {
      let about;
      try {
        about = await lstat(join(folder, name));
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
        throw error;
      }
      if (about.isFile()) return { type: "file", size: about.size };
      return about.isDirectory() ? { type: "folder" } : { type: "other" };
    },
    async slice(name, from, to) {
      const file = await open(join(folder, name));
      try {
        const out = new Uint8Array(to - from);
        let at = 0;
        while (at < out.length) {
          const { bytesRead } = await file.read(out, at, out.length - at, from + at);
          if (bytesRead === 0) break;
          at += bytesRead;
        }
        return out.subarray(0, at);
      } finally {
        await file.close();
      }
    },
  };
}

/** A file by its path; links are followed. */
export async function namedFile(path: string, what: string): Promise<Named> {
  const cannot = (reason: string): CannotRun =>
    new CannotRun(`the ${what} '${path}' cannot be read: ${reason}`, `give the path of the ${what}`);
  const about = await stat(path).catch((error: Error) => {
    throw cannot(error.message);
  });
  if (!about.isFile()) throw cannot("it is not a file");
  return { name: path, size: about.size, read: async () => new Uint8Array(await readFile(path)) };
}
