// What challenges are the hash of. docs/protocol.md section 5.4, "Steps".

import { integer, P } from "./s02-field.ts";
import { encode } from "./bytes.ts";
import { H, Hash } from "./s02-hash.ts";

/** One item of a batch, as everybody sees it. */
export interface Item {
  position: number;
  /** Its view commitment, compressed. */
  commitment: Uint8Array;
  /** The outputs of the last node that the proof must show. */
  answer: number[];
}

/** A state of the chain of hashes. */
export class State {
  constructor(readonly digest: Uint8Array) {}

  absorb(label: string, bytes: Uint8Array): State {
    return new State(H("duces/absorb/v1", this.digest, encode(label), bytes));
  }

  draw(label: string): bigint {
    const wide = new Uint8Array(64);
    for (const half of [0, 1]) wide.set(H("duces/challenge/v1", this.digest, encode(label), half), 32 * half);
    return integer(wide) % P;
  }
}

/** What a batch is bound to beside its items. */
export interface Context {
  commitment: Uint8Array;
  request: Uint8Array;
  layout: Uint8Array;
  key: Uint8Array;
}

/** `[step-weights]`: the first state. An answer is a number, or, for scores, the bytes of its integers. */
export function firstState(
  tag: string,
  context: Context,
  batch: number,
  items: readonly Item[],
  masks: readonly Uint8Array[],
  firstPhase: Uint8Array,
  isScores: boolean,
): State {
  const { commitment, request, layout, key } = context;
  const hash = Hash.of(tag).parts([commitment, request, layout, key, batch, items.length]);
  for (const { position, commitment, answer } of items) {
    const said = isScores ? new Uint8Array(Int32Array.from(answer).buffer) : answer[0]!;
    hash.parts([position, commitment, said]);
  }
  return new State(hash.part(masks.length).parts(masks).part(firstPhase).finish());
}
