// The leaves are the committed ones, and say what the commitments count; a commitment extends the earlier ones.
// docs/protocol.md section 3, "Extension" ([check-commitment]).

import { equal, hex } from "./bytes.ts";
import { Fault } from "./outcome.ts";
import { bindRoot, type Commitment } from "./s03-commitment.ts";
import { hashLeaf, treeRoot } from "./s03-leaf.ts";
import { sameViews } from "./s03-view-name.ts";
import type { Line } from "./s07-ledger.ts";

/** Each commitment extends the one before it; `earlier` ascend by their positions. */
export function checkExtensions(commitment: Commitment, earlier: readonly Commitment[]): void {
  const all = [...earlier, commitment];
  for (let i = 1; i < all.length; i++) checkExtends(all[i]!, all[i - 1]!);
}

function checkExtends(later: Commitment, earlier: Commitment): void {
  const same = (a: Uint8Array | undefined, b: Uint8Array | undefined): boolean =>
    a !== undefined && b !== undefined && equal(a, b);
  const claims: [holds: boolean, what: string][] = [
    [same(later.extends, earlier.digest), "it does not name that commitment as the one that it extends"],
    [later.items > earlier.items, "it has no more items than the commitment that it extends"],
    [
      equal(later.profile, earlier.profile) && sameViews(later.views, earlier.views),
      "it has another profile than the commitment that it extends",
    ],
    [later.links >= earlier.links, "it counts fewer links than the commitment that it extends"],
    [
      later.folders >= earlier.folders,
      "it counts fewer folders that were not listed than the commitment that it extends",
    ],
    [
      earlier.exclusions === undefined || same(later.exclusions, earlier.exclusions),
      "it names another list of exclusions than the commitment that it extends",
    ],
  ];
  const failed = claims.find(([holds]) => !holds);
  if (failed !== undefined) throw new Fault(`the commitment of digest ${hex(later.digest)}`, failed[1]);
}

/** The first leaves hash to the root of each commitment, and say what it counts; no family crosses a border. */
export function checkStretches(lines: readonly Line[], commitments: readonly Commitment[]): void {
  const leaves: Uint8Array[] = [];
  const counted = { links: 0, folders: 0, excluded: 0 };
  const stretch = (position: number): number => commitments.filter(({ items }) => items <= position).length;
  let passed = 0;
  for (const line of lines) {
    leaves.push(hashLeaf(line));
    if (line.family !== line.position && stretch(line.family) !== stretch(line.position)) {
      throw new Fault(`position ${line.position}`, "its family is headed by a position of another commitment");
    }
    if (line.status.type === "exception") {
      const { reason } = line.status;
      if (reason === "symbolic-link") counted.links += 1;
      if (reason === "unlisted-folder") counted.folders += 1;
      if (reason === "excluded") counted.excluded += 1;
    }
    const ends = commitments[passed];
    if (ends?.items !== leaves.length) continue;
    passed += 1;
    checkEnd(ends, treeRoot(leaves), counted);
  }
  if (passed < commitments.length) throw new Fault("ledger.bin", "it has no position where a commitment ends");
}

function checkEnd(
  commitment: Commitment,
  tree: Uint8Array,
  counted: { links: number; folders: number; excluded: number },
): void {
  const fault = (what: string): Fault => new Fault("ledger.bin", what);
  if (!equal(bindRoot(commitment.items, commitment.profile, tree), commitment.root)) {
    throw fault("the leaves do not hash to the root of the commitment");
  }
  const { links, folders, exclusions } = commitment;
  if (links !== counted.links) {
    throw fault(`the commitment states ${links} symbolic links, its leaves ${counted.links}`);
  }
  if (folders !== counted.folders) {
    throw fault(`the commitment states ${folders} folders that were not listed, its leaves ${counted.folders}`);
  }
  if (exclusions === undefined && counted.excluded > 0) {
    throw fault("its leaves have exclusions, and the commitment names no list of them");
  }
}
