// The constraints on one batch, and the digest of the key that stands for them.
// docs/protocol.md section 5.5, "Circuit"; docs/protocol.md section 13, "Digest of the key".

import { blake2b } from "@noble/hashes/blake2.js";
import { concat, encode, le64 } from "./bytes.ts";
import { add, integer, mul, P, Q, rootOfUnity, scalarBytes, sub } from "./s02-field.ts";
import { triples, type Layout } from "./s05-layout.ts";

/** Lookups that share one helper; the degree of the gates. */
const LOOKUPS = 5;
const DEGREE = LOOKUPS + 2;

/** The columns of a batch by index. */
export interface Columns {
  first: number;
  second: number;
  advice: number;
  equation: number;
  instance: number;
  q: (triple: number) => number;
  multiplicity: (column: number) => number;
  mask: number;
  lookupHelpers: number[];
  tableHelpers: number[];
  sum: number;
  /** Instance columns: the coefficient of part 0, 1, 2 (`q, r, z`) of a lane; the right-hand sides; the rest. */
  coefficient: (lane: number, part: number) => number;
  sides: number;
  tagQ: number;
  tagR: number;
  table: (column: number, part: number) => number;
  select: { first: number; masks: number; body: number; end: number };
}

const range = (from: number, count: number): number[] => Array.from({ length: count }, (_, i) => from + i);

export function columnsOf(layout: Layout): Columns {
  const all = triples(layout);
  const { tableColumns, lanes } = layout;
  const first = 3 * all + tableColumns + 1;
  const lookups = Math.ceil((2 * all) / LOOKUPS);
  const entries = Math.ceil(tableColumns / LOOKUPS);
  const advice = first + lookups + entries + 1;
  const equation = 3 * lanes + 1;
  const selectors = equation + 2 + 3 * tableColumns;
  return {
    first,
    second: lookups + entries + 1,
    advice,
    equation,
    instance: selectors + 4,
    q: (triple) => 3 * triple,
    multiplicity: (column) => 3 * all + column,
    mask: 3 * all + tableColumns,
    lookupHelpers: range(first, lookups),
    tableHelpers: range(first + lookups, entries),
    sum: advice - 1,
    coefficient: (lane, part) => 3 * lane + part,
    sides: 3 * lanes,
    tagQ: equation,
    tagR: equation + 1,
    table: (column, part) => equation + 2 + 3 * column + part,
    select: { first: selectors, masks: selectors + 1, body: selectors + 2, end: selectors + 3 },
  };
}

/** What the gates are written in: field elements, or the text of expressions. */
interface Algebra<T> {
  constant(value: bigint): T;
  /** A cell of a committed column, in this row or the next. */
  advice(column: number, rotation: 0 | 1): T;
  /** A cell of an instance column. */
  instance(column: number): T;
  /** `α`, `β`, `w`. */
  challenge(index: 0 | 1 | 2): T;
  add(a: T, b: T): T;
  sub(a: T, b: T): T;
  mul(a: T, b: T): T;
}

/** All polynomials that vanish on every row, in the order of the library. */
function gates<T>(of: Algebra<T>, layout: Layout, columns: Columns): T[] {
  return [...lookupGate(of, layout, columns), ...tableGate(of, layout, columns), ...sumGate(of, layout, columns)];
}

/** `α + argument + β·value + β²·tag`. */
function compressed<T>(of: Algebra<T>, tag: T, argument: T, value: T): T {
  const [alpha, beta] = [of.challenge(0), of.challenge(1)];
  const head = of.add(of.add(alpha, argument), of.mul(beta, value));
  return of.add(head, of.mul(of.mul(beta, beta), tag));
}

/** `[claim-lookup]` */
function lookupGate<T>(of: Algebra<T>, layout: Layout, columns: Columns): T[] {
  const body = of.instance(columns.select.body);
  const [tagQ, tagR] = [of.instance(columns.tagQ), of.instance(columns.tagR)];
  const lookups: T[] = [];
  for (let triple = 0; triple < triples(layout); triple++) {
    const [q, r, z] = [0, 1, 2].map((part) => of.advice(columns.q(triple) + part, 0)) as [T, T, T];
    lookups.push(compressed(of, tagQ, q, z), compressed(of, tagR, r, of.constant(0n)));
  }
  return columns.lookupHelpers.map((helper, i) => {
    const own = lookups.slice(LOOKUPS * i, LOOKUPS * (i + 1));
    let numerator = of.constant(1n);
    let denominator = own[0] as T;
    for (const d of own.slice(1)) {
      numerator = of.add(of.mul(numerator, d), denominator);
      denominator = of.mul(denominator, d);
    }
    return of.mul(body, of.sub(of.mul(of.advice(helper, 0), denominator), numerator));
  });
}

/** `[claim-table]` */
function tableGate<T>(of: Algebra<T>, layout: Layout, columns: Columns): T[] {
  const body = of.instance(columns.select.body);
  const terms = range(0, layout.tableColumns).map((column) => {
    const [tag, argument, value] = [0, 1, 2].map((part) => of.instance(columns.table(column, part))) as [T, T, T];
    const d = compressed(of, tag, argument, value);
    return { m: of.advice(columns.multiplicity(column), 0), d };
  });
  return columns.tableHelpers.map((helper, i) => {
    const own = terms.slice(LOOKUPS * i, LOOKUPS * (i + 1));
    let { m: numerator, d: denominator } = own[0]!;
    for (const { m, d } of own.slice(1)) {
      numerator = of.add(of.mul(numerator, d), of.mul(m, denominator));
      denominator = of.mul(denominator, d);
    }
    return of.mul(body, of.sub(of.mul(of.advice(helper, 0), denominator), numerator));
  });
}

/** `[claim-sum]` */
function sumGate<T>(of: Algebra<T>, layout: Layout, columns: Columns): T[] {
  const { select } = columns;
  const [first, masks, body, end] = [select.first, select.masks, select.body, select.end].map((s) => of.instance(s));
  const [sum, next] = [of.advice(columns.sum, 0), of.advice(columns.sum, 1)];
  const mask = of.advice(columns.mask, 0);
  const side = of.instance(columns.sides);
  const w = of.challenge(2);
  const linear = linearRelations(of, layout, columns, w);
  const total = (list: number[]): T =>
    list.reduce((total, column) => of.add(total, of.advice(column, 0)), of.constant(0n));
  const [lookups, entries] = [total(columns.lookupHelpers), total(columns.tableHelpers)];
  const row = of.sub(of.add(of.sub(of.sub(next, sum), lookups), entries), linear);
  return [
    of.mul(first!, sum),
    of.mul(masks!, of.sub(next, of.mul(w, of.sub(of.sub(sum, side), mask)))),
    of.mul(body!, row),
    of.mul(end!, sum),
  ];
}

/** `Σ coefficient · Σ_c w^(c+1) · cell of group c`, over lanes and parts. */
function linearRelations<T>(of: Algebra<T>, layout: Layout, columns: Columns, w: T): T {
  const terms: T[] = [];
  for (let lane = 0; lane < layout.lanes; lane++) {
    for (const part of [0, 1, 2]) {
      const cells = range(0, layout.groups).map((c) => of.advice(columns.q(c * layout.lanes + lane) + part, 0));
      const folded = cells.reduceRight((sum, cell) => of.add(of.mul(sum, w), cell));
      terms.push(of.mul(of.instance(columns.coefficient(lane, part)), of.mul(folded, w)));
    }
  }
  return terms.reduce((sum, term) => of.add(sum, term));
}

/** Which cells are asked for, in the order of the library: columns and rows. */
export interface Queries {
  advice: { column: number; rotation: 0 | 1 }[];
  instance: number[];
}

/** The key: its digest, and the queries. */
export interface Key {
  digest: Uint8Array;
  queries: Queries;
}

export function keyOf(layout: Layout, columns: Columns): Key {
  const queries: Queries = { advice: [], instance: [] };
  const polynomials = gates(textAlgebra(columns, queries), layout, columns);
  const text = encode(pinned(layout, columns, queries, polynomials));
  const personalization = encode("Halo2-Verify-Key");
  const wide = blake2b(concat([le64(text.length), text]), { dkLen: 64, personalization });
  return { digest: scalarBytes(integer(wide) % P), queries };
}

const fieldText = (value: bigint): string => `0x${value.toString(16).padStart(64, "0")}`;

function textAlgebra(columns: Columns, queries: Queries): Algebra<string> {
  const phase = (column: number): string => (column < columns.first ? "" : ", phase: Phase(1)");
  const numbers = new Map<string, number>();
  const number = (key: string, next: () => number): number => {
    const known = numbers.get(key) ?? next();
    numbers.set(key, known);
    return known;
  };
  return {
    constant: (value) => `Constant(${fieldText(value)})`,
    advice: (column, rotation) => {
      const index = number(`a ${column} ${rotation}`, () => queries.advice.push({ column, rotation }) - 1);
      const place = `query_index: ${index}, column_index: ${column}, rotation: Rotation(${rotation})`;
      return `Advice { ${place}${phase(column)} }`;
    },
    instance: (column) => {
      const index = number(`i ${column}`, () => queries.instance.push(column) - 1);
      return `Instance { query_index: ${index}, column_index: ${column}, rotation: Rotation(0) }`;
    },
    challenge: (index) => `Challenge(Challenge { index: ${index}, phase: Phase(0) })`,
    add: (a, b) => `Sum(${a}, ${b})`,
    sub: (a, b) => `Sum(${a}, Negated(${b}))`,
    mul: (a, b) => `Product(${a}, ${b})`,
  };
}

/** The text of the key, of which the library takes the digest. */
function pinned(layout: Layout, columns: Columns, queries: Queries, polynomials: string[]): string {
  const list = (parts: string[]): string => `[${parts.join(", ")}]`;
  const phases = range(0, columns.advice).map((column) => `Phase(${column < columns.first ? 0 : 1})`);
  const adviceType = (column: number): string => (column < columns.first ? "Advice" : "Advice { phase: Phase(1) }");
  const query = (column: number, type: string, rotation: number): string =>
    `(Column { index: ${column}, column_type: ${type} }, Rotation(${rotation}))`;
  const advice = queries.advice.map(({ column, rotation }) => query(column, adviceType(column), rotation));
  const instance = queries.instance.map((column) => query(column, "Instance", 0));
  const domain = `k: ${layout.k}, extended_k: ${layout.k + 3}, omega: ${fieldText(rootOfUnity(layout.k))}`;
  const cs = [
    "num_fixed_columns: 0",
    `num_advice_columns: ${columns.advice}`,
    `num_instance_columns: ${columns.instance}`,
    "num_selectors: 0",
    "num_challenges: 3",
    `advice_column_phase: ${list(phases)}`,
    "challenge_phase: [Phase(0), Phase(0), Phase(0)]",
    `gates: ${list(polynomials)}`,
    `advice_queries: ${list(advice)}`,
    `instance_queries: ${list(instance)}`,
    "fixed_queries: []",
    "permutation: Argument { columns: [] }",
    "lookups: []",
    "constants: []",
    `minimum_degree: Some(${DEGREE})`,
  ].join(", ");
  return (
    `PinnedVerificationKey { base_modulus: "${fieldText(Q)}", scalar_modulus: "${fieldText(P)}", ` +
    `domain: PinnedEvaluationDomain { ${domain} }, cs: PinnedConstraintSystem { ${cs} }, ` +
    "fixed_commitments: [], permutation: VerifyingKey { commitments: [] } }"
  );
}

/** The gates' values at a point, given those of the columns there and the challenges `α, β, w`. */
export function gateValues(
  layout: Layout,
  columns: Columns,
  advice: (column: number, rotation: 0 | 1) => bigint,
  instance: readonly bigint[],
  challenges: readonly bigint[],
): bigint[] {
  const algebra: Algebra<bigint> = {
    constant: (value) => value,
    advice,
    instance: (column) => instance[column]!,
    challenge: (index) => challenges[index]!,
    add,
    sub,
    mul,
  };
  return gates(algebra, layout, columns);
}
