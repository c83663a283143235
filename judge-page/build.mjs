// Bundles the program for Node and the page for a browser: node build.mjs

import { build } from "esbuild";
import { createHash } from "node:crypto";
import { readdir, readFile, writeFile } from "node:fs/promises";

const common = { bundle: true, target: "es2022", legalComments: "none", logLevel: "warning" };

const tests = (await readdir("tests")).filter((name) => name.endsWith(".test.ts")).map((name) => `tests/${name}`);
const node = { ...common, platform: "node", format: "esm" };
// Playwright is loaded from node_modules.
await build({ ...node, entryPoints: tests, outdir: "dist/tests", packages: "external", outExtension: { ".js": ".mjs" } });
await build({ ...common, entryPoints: ["src/cli.ts"], platform: "node", format: "esm", outfile: "dist/cli.js" });

const page = { ...common, platform: "browser", minify: true, write: false };
const script = await build({ ...page, entryPoints: ["src/page/main.ts"], format: "iife" });
const style = await build({ ...page, entryPoints: ["src/page/judge.css"] });
const text = (result) => result.outputFiles[0].text.trim();
const hash = (content) => `'sha256-${createHash("sha256").update(content).digest("base64")}'`;
// Nothing is loaded and nothing is sent: the one script and style are known by their hashes, workers are made of
// the same script.
const policy = [
  "default-src 'none'",
  `script-src ${hash(text(script))}`,
  `style-src ${hash(text(style))}`,
  "worker-src blob:",
  "connect-src 'none'",
  "form-action 'none'",
  "base-uri 'none'",
].join("; ");
const template = await readFile("src/page/judge.html", "utf8");
const parts = { policy, style: text(style), script: text(script) };
const html = template.replace(/\{\{(\w+)\}\}/g, (_, name) => parts[name]);
await writeFile("dist/judge.html", html);
const LARGEST = 1_000_000;
if (html.length >= LARGEST) throw new Error(`dist/judge.html has ${html.length} bytes, ${LARGEST} are too many`);
