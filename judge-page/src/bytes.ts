// Reading hostile bytes: exact lengths, little-endian integers, nothing after the end.
// docs/protocol.md section 2, "Notation".

/** Bytes that do not have the form that they must have: a clause that can follow "it is malformed:". */
export class Malformed extends Error {}

export function malformed(reason: string): never {
  throw new Malformed(reason);
}

export class Reader {
  private at = 0;
  private readonly data: DataView;

  constructor(readonly bytes: Uint8Array) {
    this.data = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get remaining(): number {
    return this.bytes.length - this.at;
  }

  get offset(): number {
    return this.at;
  }

  take(count: number): Uint8Array {
    if (count > this.remaining) malformed("it ends too early");
    this.at += count;
    return this.bytes.subarray(this.at - count, this.at);
  }

  u8(): number {
    return this.take(1)[0]!;
  }

  u32(): number {
    this.take(4);
    return this.data.getUint32(this.at - 4, true);
  }

  i32(): number {
    this.take(4);
    return this.data.getInt32(this.at - 4, true);
  }

  /** An integer of 8 bytes; one above 2^53 is refused, since no count here can be that large. */
  u64(): number {
    const value = this.u64big();
    if (value > BigInt(Number.MAX_SAFE_INTEGER)) malformed(`${value} is too large`);
    return Number(value);
  }

  u64big(): bigint {
    this.take(8);
    return this.data.getBigUint64(this.at - 8, true);
  }

  /** A length in 4 bytes, of elements that take at least `unit` bytes each. */
  length(limit: number, unit: number, what: string): number {
    const length = this.u32();
    if (length > limit) malformed(`${what} has ${length} entries, the limit is ${limit}`);
    if (length * unit > this.remaining) malformed(`${what} ends too early`);
    return length;
  }

  i32s(limit: number, what: string): Int32Array {
    const list = new Int32Array(this.length(limit, 4, what));
    for (let i = 0; i < list.length; i++) list[i] = this.i32();
    return list;
  }

  u32s(limit: number, what: string): Uint32Array {
    const list = new Uint32Array(this.length(limit, 4, what));
    for (let i = 0; i < list.length; i++) list[i] = this.u32();
    return list;
  }

  i64s(limit: number, what: string): BigInt64Array {
    const list = new BigInt64Array(this.length(limit, 8, what));
    for (let i = 0; i < list.length; i++) list[i] = BigInt.asIntN(64, this.u64big());
    return list;
  }

  string(limit: number, what: string): string {
    const length = this.length(limit, 1, what);
    return utf8(this.take(length)) ?? malformed(`${what} is not UTF-8`);
  }

  finish(): void {
    if (this.remaining > 0) malformed(`${this.remaining} bytes follow its end`);
  }
}

/** The text of UTF-8 bytes, a byte order mark kept; `undefined` if they are none. */
export function utf8(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

const encoder = new TextEncoder();

export function encode(text: string): Uint8Array {
  return encoder.encode(text);
}

export function concat(parts: readonly Uint8Array[]): Uint8Array {
  const out = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

export function le32(value: number): Uint8Array {
  const out = new Uint8Array(4);
  new DataView(out.buffer).setUint32(0, value, true);
  return out;
}

export function le64(value: number | bigint): Uint8Array {
  const out = new Uint8Array(8);
  new DataView(out.buffer).setBigUint64(0, BigInt(value), true);
  return out;
}

/** A string as it stands in byte forms: its length in 4 bytes, then UTF-8. */
export function withLength(text: string): Uint8Array {
  const bytes = encode(text);
  return concat([le32(bytes.length), bytes]);
}

export function equal(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}

const DIGITS = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));

export function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => DIGITS[byte]).join("");
}

/** The 32 bytes of exactly 64 lower-case hexadecimal digits. */
export function digestFromHex(text: string): Uint8Array | undefined {
  if (!/^[0-9a-f]{64}$/.test(text)) return undefined;
  return Uint8Array.from({ length: 32 }, (_, i) => parseInt(text.slice(2 * i, 2 * i + 2), 16));
}

/** Decimal digits without sign or leading zeros, below 2^64. */
export function canonicalNumber(text: string): number | undefined {
  if (!/^(0|[1-9][0-9]{0,19})$/.test(text)) return undefined;
  const value = BigInt(text);
  // Counts here are far below 2^53; what is above stands for "no such position".
  return value < 1n << 64n ? Number(value) : undefined;
}
