// The hash H. docs/protocol.md section 2, "Notation".

import { sha256 as sha } from "@noble/hashes/sha2.js";
import { encode, le64 } from "./bytes.ts";

/** A part of a hash: bytes, or a number of 8 bytes. */
export type Part = Uint8Array | number | bigint;

export const sha256 = (bytes: Uint8Array): Uint8Array => sha(bytes);

/** `H(tag, part, …)`: SHA-256 of tag and parts, the length of each before it in 8 bytes. */
export function H(tag: string, ...parts: Part[]): Uint8Array {
  return Hash.of(tag).parts(parts).finish();
}

/** The same, part by part. */
export class Hash {
  private constructor(private readonly state: ReturnType<typeof sha.create>) {}

  static of(tag: string): Hash {
    return new Hash(sha.create()).part(encode(tag));
  }

  part(part: Part): Hash {
    const bytes = part instanceof Uint8Array ? part : le64(part);
    this.state.update(le64(bytes.length)).update(bytes);
    return this;
  }

  parts(parts: Iterable<Part>): Hash {
    for (const part of parts) this.part(part);
    return this;
  }

  finish(): Uint8Array {
    return this.state.digest();
  }
}
