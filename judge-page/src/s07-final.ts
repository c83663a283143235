// The one check of many relations. docs/protocol.md section 5.6, "Generators of IPA".

import { readPoint, combine, G1Point, type Point } from "./s02-points.ts";
import { formValue, ipaBlind, ipaFirst, ipaProduct, sealedValue, viewBlind } from "./s03-generators.ts";
import { add } from "./s02-field.ts";
import { join, shares, type Sums } from "./s05-relation.ts";
import type { Pool } from "./pool.ts";
import type { Affine } from "./tasks.ts";

/** Generators that one task makes and adds up. */
const PIECE = 1024;

/** Whether the relations that went into these sums hold; `rows` are the commitments of a sealed model. */
export async function holds(pool: Pool, all: readonly Sums[], rows: readonly Uint8Array[]): Promise<boolean> {
  const { single, lists } = join(all);
  const hashed = shares(lists);
  const tasks = hashed.shares.flatMap(({ family, scalars }) => {
    const starts = Array.from({ length: Math.ceil(scalars.length / PIECE) }, (_, i) => i * PIECE);
    return starts.map((from) => pool.run("share", { family, from, scalars: scalars.slice(from, from + PIECE) }));
  });
  const named: [bigint, () => Point][] = [
    [single.viewBlind, viewBlind],
    [single.formValue, formValue],
    [add(single.ipaFirst, hashed.ipaFirst), ipaFirst],
    [single.ipaBlind, ipaBlind],
    [single.ipaProduct, ipaProduct],
    [single.sealedValue, sealedValue],
  ];
  const used = named.filter(([scalar]) => scalar !== 0n);
  let sum = combine(
    used.map(([scalar]) => scalar),
    used.map(([, generator]) => generator()),
  );
  sum = sum.add(combine(lists.rows, lists.rows.map((_, j) => readPoint(rows[j]!))));
  const points = [...all.map(({ point }) => point), ...(await Promise.all(tasks))];
  for (const point of points) sum = sum.add(fromAffine(point));
  return sum.is0();
}

const fromAffine = (point: Affine | undefined): Point =>
  point === undefined ? G1Point.ZERO : G1Point.fromAffine(point);
