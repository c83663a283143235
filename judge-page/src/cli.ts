// The program for Node: node dist/cli.js PRODUCTION --commitment FILE --request FILE [--json FILE].
// Exit code 0: VERIFIED. 1: REJECTED. 2: NOT CHECKED, or the program could not run.

import { lstat, writeFile } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { isMainThread, parentPort, Worker } from "node:worker_threads";
import { folderSource, namedFile } from "./node-source.ts";
import { CannotRun, type Outcome } from "./outcome.ts";
import { answer, Pool, type Message, type Thread } from "./pool.ts";
import { json, passedLine, rest } from "./report.ts";
import { sentence } from "./report-content.ts";
import { Workshop } from "./tasks.ts";
import { oneLine } from "./text.ts";
import { verify } from "./verify.ts";

const USAGE = "node dist/cli.js PRODUCTION --commitment FILE --request FILE [--earlier FILE] [--json FILE] [--threads N]";

function nodeThread(): Thread {
  const worker = new Worker(fileURLToPath(import.meta.url));
  return {
    send: (message) => worker.postMessage(message),
    onAnswer: (handler) => worker.on("message", handler),
    onError: (handler) => worker.on("error", handler),
    end: () => void worker.terminate(),
  };
}

function work(): void {
  const workshop = new Workshop();
  parentPort?.on("message", (message: Message) => parentPort?.postMessage(answer(workshop, message)));
}

interface Arguments {
  production: string;
  commitment: string;
  request: string;
  earlier: string[];
  json: string | undefined;
  threads: number;
}

function readArguments(list: string[]): Arguments {
  const wrong = (what: string): never => {
    throw new CannotRun(what, `call it so: ${USAGE}`);
  };
  try {
    const options = { commitment: { type: "string" }, request: { type: "string" } } as const;
    const earlier = { type: "string", multiple: true } as const;
    const more = { json: { type: "string" }, threads: { type: "string" }, earlier } as const;
    const { values, positionals } = parseArgs({ args: list, options: { ...options, ...more }, allowPositionals: true });
    const [production, ...others] = positionals;
    if (production === undefined || others.length > 0) return wrong("one production must be named");
    const { commitment, request } = values;
    if (commitment === undefined || request === undefined) return wrong("a commitment and a request must be named");
    const threads = Number(values.threads ?? availableParallelism());
    if (!Number.isInteger(threads) || threads < 1 || threads > 256) return wrong("--threads is not from 1 to 256");
    return { production, commitment, request, earlier: values.earlier ?? [], json: values.json, threads };
  } catch (error) {
    if (error instanceof CannotRun) throw error;
    return wrong(error instanceof Error ? error.message : String(error));
  }
}

/** Checks a production; prints the report as it grows. */
async function main(list: string[]): Promise<number> {
  const given = readArguments(list);
  if (given.json !== undefined) await checkNew(given.json);
  const earlier = await Promise.all(given.earlier.map((path) => namedFile(path, "commitment")));
  const inputs = {
    earlier,
    production: folderSource(given.production),
    commitment: await namedFile(given.commitment, "commitment"),
    request: await namedFile(given.request, "request"),
  };
  const pool = new Pool(Array.from({ length: given.threads }, nodeThread));
  let outcome: Outcome;
  try {
    outcome = await verify(inputs, pool, {
      begins: () => {},
      part: () => {},
      passed: (check, seconds) => console.log(passedLine(check, seconds)),
    });
  } finally {
    pool.end();
  }
  process.stdout.write(rest(outcome));
  if (given.json !== undefined) await write(given.json, json(outcome));
  const { verdict } = outcome;
  if (verdict.word === "VERIFIED") return 0;
  const { what, next } = sentence(outcome);
  complain(what, next);
  return verdict.word === "REJECTED" ? 1 : 2;
}

const unwritable = (path: string, why: string): CannotRun =>
  new CannotRun(`the report '${path}' cannot be written: ${why}`, "name another file");

/** A report that exists is kept: that is looked at before the checks begin. */
async function checkNew(path: string): Promise<void> {
  const isThere = await lstat(path).then(
    () => true,
    () => false,
  );
  if (isThere) throw unwritable(path, "it exists");
}

async function write(path: string, text: string): Promise<void> {
  await writeFile(path, text, { flag: "wx" }).catch((error: Error) => {
    throw unwritable(path, error.message);
  });
}

function complain(what: string, fix: string): void {
  console.error(`error: ${oneLine(what)}\n  fix: ${oneLine(fix)}`);
}

if (isMainThread) {
  // Whoever reads the report may stop reading.
  process.stdout.on("error", () => process.exit(2));
  main(process.argv.slice(2)).then(
    (code) => (process.exitCode = code),
    (error: unknown) => {
      const cannot = error instanceof CannotRun ? error : new CannotRun(`this program failed: ${String(error)}`, USAGE);
      complain(cannot.what, cannot.fix);
      process.exitCode = 2;
    },
  );
} else {
  work();
}
