// privilege-log and vaughn-index. docs/protocol.md section 11, "Privilege log and Vaughn index" ([format-logs]).

import { encode, hex } from "./bytes.ts";
import type { LogCounts } from "./outcome.ts";
import type { Manifest } from "./s07-manifest.ts";
import type { Entry, WithholdingLog } from "./s07-withholding.ts";

interface Rendering {
  name: string;
  title: string;
  /** What a basis is called in the CSV, and in the text. */
  column: string;
  label: string;
  holds: (entry: Entry) => boolean;
}

/** Whether a basis is one of the Freedom of Information Act. */
function isExemption({ basis }: Entry): boolean {
  const plain = basis.replace(/[ \t\n]/g, "").replace(/[A-Z]/g, (letter) => letter.toLowerCase());
  return /\(b\)\([1-9]\)|foia/.test(plain);
}

const RENDERINGS: Rendering[] = [
  {
    name: "privilege-log",
    title: "PRIVILEGE LOG",
    column: "privilege",
    label: "Privilege",
    holds: (entry) => !isExemption(entry),
  },
  {
    name: "vaughn-index",
    title: "VAUGHN INDEX",
    column: "exemption",
    label: "Exemption",
    holds: isExemption,
  },
];

/** How many entries each log has, by the names of their files; `isPart` says of an entry whether it is of a redaction. */
export function countLogs(entries: readonly Entry[], isPart: (entry: Entry) => boolean): Record<string, LogCounts> {
  const counts = RENDERINGS.map(({ name, holds }): [string, LogCounts] => {
    const own = entries.filter(holds);
    const redactions = own.filter(isPart).length;
    return [`${name}.csv`, { withheld: own.length - redactions, redactions }];
  });
  return Object.fromEntries(counts);
}

/** An entry, and the Bates number of the redaction that it is about. */
type Line = Entry & { bates: string | undefined };

/** The four files of both logs by name. */
export function renderLogs(
  { columns, entries }: WithholdingLog,
  manifest: Manifest,
  redacted: (position: number) => string | undefined,
): [name: string, bytes: Uint8Array][] {
  return RENDERINGS.flatMap((rendering): [string, Uint8Array][] => {
    const own = entries.filter(rendering.holds);
    const lines = own.map((entry): Line => ({ ...entry, bates: redacted(entry.position) }));
    return [
      [`${rendering.name}.csv`, encode(toCsv(rendering, columns, lines))],
      [`${rendering.name}.txt`, encode(toText(rendering, columns, lines, manifest))],
    ];
  });
}

const treatment = ({ bates }: Line): string => (bates === undefined ? "withheld" : "redacted");

function toCsv({ column }: Rendering, columns: readonly string[], lines: readonly Line[]): string {
  const rows = lines.map((line, i) => [
    String(i + 1),
    String(line.position),
    line.bates ?? "",
    treatment(line),
    line.basis,
    line.description,
    ...line.more,
  ]);
  const header = ["number", "position", "bates", "treatment", column, "description", ...columns];
  return [header, ...rows].map((row) => `${row.map(quoted).join(",")}\n`).join("");
}

const quoted = (cell: string): string => (/[,"\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell);

function toText(
  { title, label }: Rendering,
  columns: readonly string[],
  lines: readonly Line[],
  { commitment, request }: Manifest,
): string {
  let out = `${title}\nCommitment: ${hex(commitment)}\nRequest: ${hex(request)}\nEntries: ${lines.length}\n`;
  lines.forEach((line, i) => {
    const bates = line.bates === undefined ? "" : ` in ${line.bates}`;
    out += `\n${i + 1}. Position ${line.position}, ${treatment(line)}${bates}\n`;
    const cells: [string, string][] = [
      [label, line.basis],
      ["Description", line.description],
      ...columns.map((name, j): [string, string] => [name, line.more[j]!]),
    ];
    for (const [name, cell] of cells) {
      if (cell !== "") out += `   ${name}: ${cell.replace(/[\n\t]/g, " ")}\n`;
    }
  });
  return out;
}
