// The work that runs in workers: what each task takes and returns. Everything can be copied from one
// thread to another.

import { Malformed } from "./bytes.ts";
import { combine, readPoint } from "./s02-points.ts";
import { range, type Family } from "./s03-generators.ts";
import { readRequest } from "./s04-request.ts";
import type { Item } from "./s05-challenges.ts";
import { itemsPerBatch, type Dimensions } from "./s05-layout.ts";
import { Sum, type Sums } from "./s05-relation.ts";
import { Verifier } from "./s05-verifier.ts";
import { openDocuments, type Document, type Opened } from "./s07-documents.ts";

export type Affine = { x: bigint; y: bigint };

export interface Tasks {
  /** Rebuilds the keys; returns how many items a batch has, or why there is no layout. */
  setup: { args: { request: Uint8Array; dimensions: Dimensions }; result: { perBatch: number } | { fault: string } };
  /** Checks one proof; what is left of it, or why it does not hold. */
  proof: { args: { batch: number; items: Item[]; proof: Uint8Array }; result: Sums | { fault: string } };
  /** `Σ scalars[i] · generator(from + i)`. */
  share: { args: { family: Family; from: number; scalars: bigint[] }; result: Affine | undefined };
  /** The index of the first word that is no point, or −1. */
  points: { args: { words: Uint8Array }; result: number };
  /** Opens produced documents. */
  documents: { args: { documents: Document[] }; result: Opened };
}

export type TaskName = keyof Tasks;

/** What a worker remembers from one task to the next. */
export class Workshop {
  private verifier: Verifier | undefined;

  run<N extends TaskName>(name: N, args: Tasks[N]["args"]): Tasks[N]["result"] {
    const handlers: { [K in TaskName]: (args: Tasks[K]["args"]) => Tasks[K]["result"] } = {
      setup: (own) => this.setup(own),
      proof: (own) => this.proof(own),
      share: share,
      points: points,
      documents: ({ documents }) => openDocuments(this.ready().request, documents),
    };
    return handlers[name](args);
  }

  private setup({ request, dimensions }: Tasks["setup"]["args"]): Tasks["setup"]["result"] {
    return orFault(() => {
      this.verifier = new Verifier(readRequest(request), dimensions);
      return { perBatch: itemsPerBatch(this.verifier.layout) };
    });
  }

  private proof({ batch, items, proof }: Tasks["proof"]["args"]): Tasks["proof"]["result"] {
    return orFault(() => {
      const sum = new Sum();
      for (const relation of this.ready().check(batch, items, proof)) sum.add(relation);
      return sum.result();
    });
  }

  private ready(): Verifier {
    if (this.verifier === undefined) throw new Error("the keys were not built");
    return this.verifier;
  }
}

function orFault<T>(run: () => T): T | { fault: string } {
  try {
    return run();
  } catch (error) {
    if (error instanceof Malformed) return { fault: error.message };
    throw error;
  }
}

function share({ family, from, scalars }: Tasks["share"]["args"]): Tasks["share"]["result"] {
  const sum = combine(scalars, range(family, from, from + scalars.length));
  return sum.is0() ? undefined : sum.toAffine();
}

function points({ words }: Tasks["points"]["args"]): number {
  for (let at = 0; at < words.length; at += 32) {
    try {
      readPoint(words.subarray(at, at + 32));
    } catch (error) {
      if (error instanceof Malformed) return at / 32;
      throw error;
    }
  }
  return -1;
}
