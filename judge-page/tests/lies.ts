// Lies that can be told with the files of a production, each with the check that must refuse it. The names are
// those of the lies in tests/src/attacks/; every lie is sealed again, so that only that check stands in its way.

import { readPng } from "../src/s03-png.ts";
import type { Raster } from "../src/s03-rendition.ts";
import { stamp, unstamp } from "../src/s07-stamp.ts";
import { writePng, type Production } from "./production.ts";

export interface Lie {
  name: string;
  check: number;
  tell: (production: Production) => void;
}

const PROOF = "proofs/batch-000000.proof";

/** Changes one line of the ledger; `position` is the first of the disposition. */
const alone = (production: Production): ReturnType<Production["ledger"]> => {
  const ledger = production.ledger();
  ledger.lines.forEach((line, position) => (line.family = position));
  return ledger;
};

function drop(production: Production, position: number, declared?: number): void {
  production.forget(position);
  const ledger = production.ledger();
  ledger.lines.splice(position, 1);
  ledger.lines.forEach((line, i) => (line.family = i));
  production.writeLedger(ledger);
  declare(production, declared ?? ledger.lines.length);
}

function declare(production: Production, items: number): void {
  production.edit("manifest.json", (text) => text.replace(/"items": \d+/, `"items": ${items}`));
}

function replacePoint(production: Production, point: Uint8Array): void {
  const ledger = production.ledger();
  ledger.lines[production.first("not-responsive")]!.views[0]!.commitment = point;
  production.writeLedger(ledger);
}

/** The first opening of a document with a file of its own: a page has none. */
const withNative = (openings: string[][]): string[] => openings.find((opening) => opening[2] !== "")!;

const native = (production: Production): string => `natives/${withNative(production.openings())[2]}`;

function exchange(production: Production, one: string, other: string): void {
  const [first, second] = [production.read(one), production.read(other)];
  production.write(one, second);
  production.write(other, first);
}

/** The picture of a page. */
const unstamped = (production: Production, file: string): Raster =>
  unstamp(readPng(production.read(`images/${file}`), 2 ** 20), file.replace(".png", ""));

export const LIES: Lie[] = [
  {
    name: "a match is left out",
    check: 6,
    tell: (production) => {
      // One that brought nobody along.
      const { lines } = production.ledger();
      const isAlone = (position: number): boolean => lines.filter(({ family }) => family === position).length === 1;
      const { position } = lines.find(({ disposition, family }) => disposition === "produced" && isAlone(family))!;
      production.forget(position);
      production.setDisposition(position, "not-responsive");
    },
  },
  {
    name: "a match bit is flipped",
    check: 6,
    tell: (production) => {
      const ledger = production.ledger();
      const position = ledger.lines.findIndex(
        ({ disposition, companion }) => disposition === "not-responsive" && companion === "none",
      );
      const chosen = position >= 0 ? position : production.first("not-responsive");
      production.forget(chosen);
      production.setDisposition(chosen, "withheld");
      production.addEntry(chosen);
    },
  },
  {
    name: "the first item is dropped and a smaller number declared",
    check: 2,
    tell: (production) => drop(production, 0),
  },
  {
    name: "the last item is dropped and the number kept",
    check: 2,
    tell: (production) => {
      const { length } = production.ledger().lines;
      drop(production, length - 1, length);
    },
  },
  {
    name: "a smaller number is declared and the item kept",
    check: 2,
    tell: (production) => declare(production, production.ledger().lines.length - 1),
  },
  {
    name: "the padding of the tree is counted as documents",
    check: 2,
    tell: (production) => {
      const ledger = alone(production);
      // An exception: its lines are short, so that the file stays below its limit.
      const spare = ledger.lines[production.first("exception")]!;
      while (ledger.lines.length < 16) ledger.lines.push({ ...spare, family: ledger.lines.length });
      production.writeLedger(ledger);
      declare(production, 16);
    },
  },
  {
    name: "two items that do not match exchange their places",
    check: 2,
    tell: (production) => {
      const ledger = alone(production);
      const found = ledger.lines.filter(({ disposition }) => disposition === "not-responsive");
      const [one, other] = [found[0]!.position, found[1]!.position];
      [ledger.lines[one], ledger.lines[other]] = [ledger.lines[other]!, ledger.lines[one]!];
      ledger.lines.forEach((line, position) => (line.family = position));
      production.writeLedger(ledger);
    },
  },
  {
    name: "an item that does not match is listed as an exception",
    check: 5,
    tell: (production) => production.setDisposition(production.first("not-responsive"), "exception"),
  },
  {
    name: "an exception is listed as an item without the view",
    check: 5,
    tell: (production) => production.setDisposition(production.first("exception"), "no-view"),
  },
  {
    name: "an exception is listed as not responsive",
    check: 5,
    tell: (production) => production.setDisposition(production.first("exception"), "not-responsive"),
  },
  {
    name: "an item without the view is listed as not responsive",
    check: 5,
    tell: (production) => production.setDisposition(production.first("no-view"), "not-responsive"),
  },
  {
    name: "the proofs of the last batch are missing",
    check: 5,
    tell: (production) => production.remove(PROOF),
  },
  {
    name: "there is one batch too many",
    check: 5,
    tell: (production) => production.write("proofs/batch-000001.proof", production.read(PROOF)),
  },
  {
    name: "a companion is left out",
    check: 5,
    tell: (production) => {
      const { lines } = production.ledger();
      const { position } = lines.find(
        ({ disposition, companion }) => disposition === "not-responsive" && companion === "produced",
      )!;
      production.forget(position);
      production.setDisposition(position, "not-responsive");
    },
  },
  { name: "a proof has no bytes", check: 6, tell: (production) => production.write(PROOF, new Uint8Array()) },
  {
    name: "the first point of a proof is the identity",
    check: 6,
    tell: (production) => production.change(PROOF, (bytes) => void bytes.fill(0, 0, 32)),
  },
  {
    name: "the last scalar of a proof is not below the group order",
    check: 6,
    tell: (production) => production.change(PROOF, (bytes) => void bytes.fill(0xff, bytes.length - 32)),
  },
  {
    name: "one bit of a proof is flipped",
    check: 6,
    tell: (production) =>
      production.change(PROOF, (bytes) => void (bytes[bytes.length >> 1] = bytes[bytes.length >> 1]! ^ 1)),
  },
  {
    name: "a proof ends too early",
    check: 6,
    tell: (production) => production.change(PROOF, (bytes) => bytes.subarray(0, bytes.length - 1)),
  },
  {
    name: "a byte follows a proof",
    check: 6,
    tell: (production) => production.change(PROOF, (bytes) => Uint8Array.of(...bytes, 0)),
  },
  {
    name: "one byte of a produced file is changed",
    check: 7,
    tell: (production) =>
      production.change(native(production), (bytes) => void (bytes[bytes.length - 1] = bytes[bytes.length - 1]! ^ 1)),
  },
  {
    name: "a withholding entry is removed",
    check: 8,
    tell: (production) => production.editLog((text) => `${text.split("\n")[0]}\n`),
  },
  {
    name: "the production names another commitment",
    check: 3,
    tell: (production) =>
      production.edit("manifest.json", (text) => text.replace(/"commitment": "[0-9a-f]+"/, `"commitment": "${"07".repeat(32)}"`)),
  },
  {
    name: "the production names another request",
    check: 3,
    tell: (production) =>
      production.edit("manifest.json", (text) => text.replace(/"request": "[0-9a-f]+"/, `"request": "${"07".repeat(32)}"`)),
  },
  {
    name: "the production has another profile",
    check: 2,
    tell: (production) => production.edit("profile.toml", (text) => text.replace("max_pixels = 1", "max_pixels = 2")),
  },
  {
    name: "an item has the view commitment of another",
    check: 2,
    tell: (production) => {
      const ledger = production.ledger();
      const [to, from] = [production.first("produced"), production.first("not-responsive")];
      ledger.lines[to]!.views = ledger.lines[from]!.views;
      production.writeLedger(ledger);
    },
  },
  {
    name: "an item has the file commitment of another",
    check: 2,
    tell: (production) => {
      const ledger = production.ledger();
      ledger.lines[production.first("produced")]!.file = ledger.lines[production.first("not-responsive")]!.file;
      production.writeLedger(ledger);
    },
  },
  {
    name: "an item is moved to another family",
    check: 2,
    tell: (production) => {
      const ledger = production.ledger();
      const { lines } = ledger;
      const moved = lines.find(({ position, family }) => position !== family)!;
      const head = lines.find(({ status, position, family }) =>
        status.type === "item" && position === family && position !== moved.family)!;
      moved.family = head.position;
      production.writeLedger(ledger);
    },
  },
  {
    name: "a family has no head",
    check: 1,
    tell: (production) => {
      const ledger = production.ledger();
      const [one, other] = [production.first("not-responsive"), production.first("produced")];
      ledger.lines[one]!.family = other;
      ledger.lines[other]!.family = one;
      production.writeLedger(ledger);
    },
  },
  {
    name: "a view commitment is the identity",
    check: 2,
    tell: (production) => replacePoint(production, new Uint8Array(32)),
  },
  {
    name: "a view commitment is no point of the curve",
    check: 2,
    tell: (production) => {
      const point = new Uint8Array(32);
      // 4³ + 3 is no square in the field.
      point[0] = 4;
      replacePoint(production, point);
    },
  },
  {
    name: "a view commitment has bits above the field",
    check: 2,
    tell: (production) => replacePoint(production, new Uint8Array(32).fill(0xff)),
  },
  {
    name: "a withheld match is listed as produced",
    check: 7,
    tell: (production) => production.setDisposition(production.first("withheld"), "produced"),
  },
  {
    name: "an opening has another blind",
    check: 7,
    tell: (production) => {
      const rows = production.openings();
      withNative(rows)[7] = `${"07".repeat(31)}00`;
      production.writeOpenings(rows);
    },
  },
  {
    name: "an opening has another salt",
    check: 7,
    tell: (production) => {
      const rows = production.openings();
      withNative(rows)[5] = "07".repeat(32);
      production.writeOpenings(rows);
    },
  },
  {
    name: "an opening is missing",
    check: 7,
    tell: (production) => production.writeOpenings(production.openings().slice(1)),
  },
  {
    name: "one item has two Bates numbers",
    check: 1,
    tell: (production) => {
      const rows = production.openings();
      const last = rows[rows.length - 1]!;
      const next = `SMALL000000${rows.length + 1}`;
      production.writeOpenings([...rows, last.map((cell) => cell.replace(last[1]!, next))]);
    },
  },
  {
    name: "a position has two withholding entries",
    check: 8,
    tell: (production) => production.editLog((text) => `${text}${text.trimEnd().split("\n").pop()}\n`),
  },
  {
    name: "the basis of an entry is a blank that does not look like one",
    check: 1,
    tell: (production) => production.edit("withholding.csv", (text) => text.replace("attorney-client", "\u3164")),
  },
  {
    name: "a blank that nobody sees stands in a basis",
    check: 1,
    tell: (production) =>
      production.edit("withholding.csv", (text) => text.replace("attorney-client", "attorney\u200b-client")),
  },
  {
    name: "the privilege log has an entry fewer",
    check: 8,
    tell: (production) => production.edit("privilege-log.csv", (text) => `${text.split("\n")[0]}\n`),
  },
  {
    name: "the privilege log states another basis than the entry",
    check: 8,
    tell: (production) =>
      production.edit("privilege-log.txt", (text) => text.replace("attorney-client", "work product")),
  },
  {
    name: "an entry of the privilege log is in the Vaughn index, too",
    check: 8,
    tell: (production) =>
      production.write("vaughn-index.csv", production.text("privilege-log.csv").replace("privilege", "exemption")),
  },
  {
    name: "a withholding entry names a position that does not exist",
    check: 8,
    tell: (production) => production.addEntry(production.ledger().lines.length),
  },
  {
    name: "a withholding entry names an item that does not match",
    check: 8,
    tell: (production) => production.addEntry(production.first("not-responsive")),
  },
  {
    name: "the load file has one line fewer",
    check: 9,
    tell: (production) =>
      production.change("loadfile.dat", (bytes) => bytes.subarray(0, bytes.lastIndexOf(10, bytes.length - 2) + 1)),
  },
  {
    name: "a file is produced that no position has",
    check: 7,
    tell: (production) => production.write("natives/EXTRA0000001.png", production.read(native(production))),
  },
  {
    name: "a produced file is missing",
    check: 7,
    tell: (production) => production.remove(native(production)),
  },
  {
    name: "the text of a produced file is edited",
    check: 7,
    tell: (production) =>
      production.edit(`text/${production.list("text")[0]}`, (text) => `${text}And more.`),
  },
  {
    name: "two produced renditions exchange their names",
    check: 7,
    tell: (production) => {
      const [one, other] = production.list("text");
      exchange(production, `text/${one}`, `text/${other}`);
    },
  },
  {
    name: "a page has the image of another page",
    check: 7,
    tell: (production) => {
      const [one, other] = production.list("images");
      const picture = unstamped(production, one!);
      production.write(`images/${other}`, writePng(stamp(picture, other!.replace(".png", ""))));
    },
  },
  {
    name: "a page has the stamp of another page",
    check: 7,
    tell: (production) => {
      const [one, other] = production.list("images");
      const picture = unstamped(production, one!);
      production.write(`images/${one}`, writePng(stamp(picture, other!.replace(".png", ""))));
    },
  },
  {
    name: "a page has no stamp",
    check: 7,
    tell: (production) => {
      const [one] = production.list("images");
      production.write(`images/${one}`, writePng(unstamped(production, one!)));
    },
  },
  {
    name: "an item is produced without its file",
    check: 7,
    tell: (production) => {
      const rows = production.openings();
      const row = rows.find((row) => row[2] !== "" && row[4] !== "")!;
      production.remove(`natives/${row[2]}`);
      [row[2], row[3], row[5]] = ["", "", ""];
      production.writeOpenings(rows);
    },
  },
];

/** The Bates number of the first redaction that is a text, or that has two pages. */
const redactedText = (production: Production): string =>
  [...production.redacted().values()].find((bates) => production.list("text").includes(`${bates}.txt`))!;
const redactedPages = (production: Production): [position: number, bates: string] =>
  [...production.redacted()].find(([, bates]) => production.list("images").includes(`${bates}.0002.png`))!;

/** Lies about the frozen production with redactions. */
export const REDACTION_LIES: Lie[] = [
  {
    name: "a redacted text is edited afterwards",
    check: 7,
    tell: (production) => production.edit(`text/${redactedText(production)}.txt`, (text) => `${text} And more.`),
  },
  {
    name: "a redacted page is exchanged afterwards",
    check: 7,
    tell: (production) => {
      const [, bates] = redactedPages(production);
      const other = unstamped(production, `${bates}.0002.png`);
      production.write(`images/${bates}.png`, writePng(stamp(other, bates)));
    },
  },
  {
    name: "a page is added to a redaction",
    check: 7,
    tell: (production) => {
      const [, bates] = redactedPages(production);
      const other = unstamped(production, `${bates}.0002.png`);
      production.write(`images/${bates}.0003.png`, writePng(stamp(other, `${bates}.0003`)));
    },
  },
  {
    name: "the basis of a redaction is exchanged afterwards",
    check: 7,
    tell: (production) => production.editLog((text) => text.replaceAll("552(b)(6)", "552(b)(7)(C)")),
  },
  {
    name: "the native file lies beside its redaction",
    check: 7,
    tell: (production) => production.write(`natives/${redactedText(production)}.txt`, "The original."),
  },
  {
    name: "a text and a page stand in the place of one document",
    check: 7,
    tell: (production) => {
      const [, bates] = redactedPages(production);
      production.write(`text/${bates}.txt`, "[REDACTED 1] and more.");
      production.bindRedactions();
    },
  },
  {
    name: "a redacted text does not mark a redaction",
    check: 7,
    tell: (production) => {
      production.edit(`text/${redactedText(production)}.txt`, (text) => text.replace("[REDACTED 1]", ""));
      production.bindRedactions();
    },
  },
  {
    name: "a redacted document has no basis",
    check: 8,
    tell: (production) => {
      const [position] = redactedPages(production);
      const isOwn = (line: string): boolean => line.startsWith(`${position},`);
      production.editLog((text) => text.split("\n").filter((line) => !isOwn(line)).join("\n"));
      production.bindRedactions();
    },
  },
  {
    name: "a redacted document is opened, too",
    check: 7,
    tell: (production) => {
      const [first, ...rest] = production.openings();
      first![0] = String(redactedPages(production)[0]);
      production.writeOpenings([first!, ...rest].sort((a, b) => Number(a[0]) - Number(b[0])));
    },
  },
  {
    name: "an item that does not match is listed as redacted",
    check: 6,
    tell: (production) => {
      const { lines } = production.ledger();
      const { position } = lines.find(
        ({ disposition, companion }) => disposition === "not-responsive" && companion === "none",
      )!;
      production.setDisposition(position, "redacted");
      production.addEntry(position);
      production.write(`text/${production.redacted().get(position)}.txt`, "[REDACTED 1]");
      production.bindRedactions();
    },
  },
  {
    name: "a redacted companion is listed as withheld",
    check: 7,
    tell: (production) => {
      const ledger = production.ledger();
      const line = ledger.lines.find(({ companion }) => companion === "redacted")!;
      [line.companion, line.redaction] = ["withheld", undefined];
      production.writeLedger(ledger);
    },
  },
  {
    name: "the log calls a redaction withheld",
    check: 8,
    tell: (production) => production.edit("vaughn-index.csv", (text) => text.replace(",redacted,", ",withheld,")),
  },
  {
    name: "the load file does not say that a document is redacted",
    check: 9,
    tell: (production) =>
      production.change("loadfile.dat", (bytes) => {
        const at = bytes.findIndex((byte, i) => byte === 0xfe && bytes[i + 1] === 0x59 && bytes[i + 2] === 0xfe);
        return Uint8Array.of(...bytes.subarray(0, at + 1), ...bytes.subarray(at + 2));
      }),
  },
];
