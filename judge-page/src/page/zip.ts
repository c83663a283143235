// A production in a ZIP, as APPNOTE.TXT of PKWARE has it: stored or deflated files, below 4 GiB.

import { inflateSync } from "fflate";
import { utf8 } from "../bytes.ts";
import { crc32 } from "../s03-png.ts";
import { CannotRun } from "../outcome.ts";

export interface Packed {
  name: string;
  isFile: boolean;
  size: number;
  read(): Promise<Uint8Array>;
}

const unusable = (what: string): CannotRun =>
  new CannotRun(`the ZIP cannot be used: ${what}`, "unpack it, and give the folder that it holds");

async function bytesOf(file: Blob, from: number, to: number): Promise<Uint8Array> {
  return new Uint8Array(await file.slice(from, to).arrayBuffer());
}

/** The entries of a ZIP. */
export async function readZip(file: Blob): Promise<Packed[]> {
  const { count, from, size } = await findDirectory(file);
  const bytes = await bytesOf(file, from, from + size);
  const data = new DataView(bytes.buffer);
  const entries: Packed[] = [];
  const names = new Set<string>();
  let at = 0;
  for (let i = 0; i < count; i++) {
    if (at + 46 > bytes.length || data.getUint32(at, true) !== 0x02014b50) throw unusable("its directory is damaged");
    const [flags, method] = [data.getUint16(at + 8, true), data.getUint16(at + 10, true)];
    const [crc, packed] = [data.getUint32(at + 16, true), data.getUint32(at + 20, true)];
    const length = data.getUint32(at + 24, true);
    const nameLength = data.getUint16(at + 28, true);
    const mode = data.getUint32(at + 38, true) >>> 16;
    const offset = data.getUint32(at + 42, true);
    const name = utf8(bytes.subarray(at + 46, at + 46 + nameLength));
    at += 46 + nameLength + data.getUint16(at + 30, true) + data.getUint16(at + 32, true);
    if (name === undefined) throw unusable("a name in it is not UTF-8");
    if (names.has(name)) throw unusable("it has two files of one name");
    if ((flags & 1) !== 0) throw unusable("it is encrypted");
    if (method !== 0 && method !== 8) throw unusable("it is packed in a way that this page does not read");
    if ([packed, length, offset].includes(0xffffffff)) throw unusable("it is larger than 4 GiB");
    names.add(name);
    const type = mode & 0xf000;
    const isFile = !name.endsWith("/") && (type === 0 || type === 0x8000);
    const read = (): Promise<Uint8Array> => unpack(file, offset, { packed, length, crc, method });
    entries.push({ name, isFile, size: length, read });
  }
  return entries;
}

/** Where the directory is: the record at the end of the file says it. */
async function findDirectory(file: Blob): Promise<{ count: number; from: number; size: number }> {
  const start = Math.max(0, file.size - 65557);
  const end = await bytesOf(file, start, file.size);
  const data = new DataView(end.buffer);
  for (let at = end.length - 22; at >= 0; at--) {
    if (data.getUint32(at, true) !== 0x06054b50) continue;
    const [count, size, from] = [data.getUint16(at + 10, true), data.getUint32(at + 12, true), data.getUint32(at + 16, true)];
    if (count === 0xffff || from === 0xffffffff) throw unusable("it has too many files");
    if (from + size > file.size) throw unusable("its directory is damaged");
    return { count, from, size };
  }
  throw unusable("it is no ZIP, or a damaged one");
}

interface Form {
  packed: number;
  length: number;
  crc: number;
  method: number;
}

async function unpack(file: Blob, offset: number, { packed, length, crc, method }: Form): Promise<Uint8Array> {
  const damaged = unusable("a file in it is damaged");
  const head = await bytesOf(file, offset, offset + 30);
  const data = new DataView(head.buffer);
  if (head.length < 30 || data.getUint32(0, true) !== 0x04034b50) throw damaged;
  const from = offset + 30 + data.getUint16(26, true) + data.getUint16(28, true);
  const bytes = await bytesOf(file, from, from + packed);
  let out: Uint8Array;
  try {
    out = method === 0 ? bytes : inflateSync(bytes, { out: new Uint8Array(length) });
  } catch {
    throw damaged;
  }
  if (out.length !== length || crc32(out) !== crc) throw damaged;
  return out;
}
