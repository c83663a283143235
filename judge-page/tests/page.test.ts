// judge.html in a browser: from a file, without a network, at the size of a phone and of a desk.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import { after, before, test } from "node:test";
import { pathToFileURL } from "node:url";
import { chromium, type Browser, type Page } from "playwright-core";
import { json } from "../src/report.ts";
import { LIES } from "./lies.ts";
import { COMMITMENT, FROZEN, judge, REQUEST, withCopy } from "./production.ts";

const CHROMIUM = process.env["CHROMIUM"] ?? "/usr/bin/chromium";
const PAGE = resolve("dist/judge.html");
/** Where pictures of the page are left, if anywhere. */
const SHOTS = process.env["SHOTS"];
const skip = existsSync(CHROMIUM) ? false : `there is no browser ${CHROMIUM}`;
const SIZES = { phone: { width: 390, height: 844 }, desk: { width: 1200, height: 900 } };
const FLAGS =
  "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking " +
  "--disable-component-update --disable-sync";

let browser: Browser;
before(async () => {
  if (skip === false) browser = await chromium.launch({ executablePath: CHROMIUM, args: FLAGS.split(" ") });
});
after(() => browser?.close());

/** Opens the page; whatever it asks the network for, and every error, is a failure. */
async function open(size: keyof typeof SIZES): Promise<{ page: Page; problems: string[] }> {
  const context = await browser.newContext({ viewport: SIZES[size], acceptDownloads: true });
  const page = await context.newPage();
  const problems: string[] = [];
  page.on("console", (message) => problems.push(message.text()));
  page.on("pageerror", (error) => problems.push(error.message));
  page.on("request", (request) => {
    if (!/^(file|blob):/.test(request.url())) problems.push(`it asks for ${request.url()}`);
  });
  await page.goto(pathToFileURL(PAGE).href);
  return { page, problems };
}

async function give(page: Page, production: string, input = "#folder"): Promise<void> {
  await page.setInputFiles("#commitment", COMMITMENT);
  await page.setInputFiles("#request", REQUEST);
  await page.setInputFiles(input, production);
  await page.waitForFunction("!document.getElementById('start').disabled");
}

async function verdict(page: Page): Promise<string> {
  await page.click("#start");
  await page.waitForSelector("#report:not([hidden])", { timeout: 120_000 });
  return (await page.textContent("#report .what")) ?? "";
}

async function shot(page: Page, name: string): Promise<void> {
  if (SHOTS === undefined) return;
  mkdirSync(SHOTS, { recursive: true });
  await page.screenshot({ path: join(SHOTS, `${name}.png`), fullPage: true });
}

/** A report without program, times and memory. */
function comparable(text: string): unknown {
  const report = JSON.parse(text);
  for (const check of report.checks) delete check.seconds;
  for (const name of ["seconds", "milliseconds_per_item"]) delete report.figures[name];
  return report;
}

test("the page is one file below 1 MB that may load nothing", () => {
  const html = readFileSync(PAGE, "utf8");
  assert.ok(statSync(PAGE).size < 1_000_000);
  assert.match(html, /Content-Security-Policy" content="default-src 'none'; script-src 'sha256-/);
  assert.match(html, /connect-src 'none'/);
  assert.doesNotMatch(html, /(src|href)="?https?:/);
});

for (const size of Object.keys(SIZES) as (keyof typeof SIZES)[]) {
  test(`the frozen production is verified, on a ${size}`, { skip }, async () => {
    const { page, problems } = await open(size);
    await shot(page, `${size}-begin`);
    await give(page, join(FROZEN, "production"));
    assert.match(await verdict(page), /^VERIFIED\. All nine checks passed\./);
    assert.equal(await page.textContent("#live"), "Verdict: VERIFIED");
    assert.equal(await page.locator("#checks [data-state=passed]").count(), 9);
    await shot(page, `${size}-verified`);
    const [download] = await Promise.all([page.waitForEvent("download"), page.click("#json")]);
    const own = comparable(readFileSync(await download.path(), "utf8"));
    assert.deepEqual(own, comparable(json(await judge(join(FROZEN, "production")))));
    // Nothing is wider than the screen, but for tables, which scroll by themselves.
    const widest = "document.documentElement.scrollWidth <= document.documentElement.clientWidth";
    assert.ok(await page.evaluate(widest));
    assert.deepEqual(problems, []);
  });

  test(`lies are refused by their checks, on a ${size}`, { skip }, async () => {
    const { page, problems } = await open(size);
    const told = [1, 2, 3, 5, 6, 7, 8, 9].flatMap((check) => LIES.filter((lie) => lie.check === check).slice(0, 2));
    assert.ok(told.length >= 10);
    for (const { name, check, tell } of told) {
      await withCopy(async (production) => {
        tell(production);
        production.seal();
        await give(page, production.folder);
        assert.match(await verdict(page), new RegExp(`^REJECTED at check ${check} `), name);
        assert.equal(await page.locator("#checks [data-state=failed]").count(), 1, name);
      });
    }
    await shot(page, `${size}-rejected`);
    assert.deepEqual(problems, []);
  });
}

test("a ZIP of the production is verified", { skip: skip || !existsSync("/usr/bin/python3") }, () =>
  withCopy(async (production) => {
    const zip = production.path("../production.zip");
    const made = spawnSync("python3", ["-m", "zipfile", "-c", zip, production.folder]);
    assert.equal(made.status, 0);
    const { page, problems } = await open("desk");
    await give(page, zip, "#zip");
    assert.match(await verdict(page), /^VERIFIED/);
    assert.deepEqual(problems, []);
  }),
);

test("a file that is none of the three is named, in two lines", { skip }, async () => {
  const { page } = await open("desk");
  await page.setInputFiles("#request", { name: "a\u202eb<b>.txt", mimeType: "text/plain", buffer: Buffer.from("no") });
  await page.waitForSelector("#error:not([hidden])");
  assert.match((await page.textContent("#what")) ?? "", /a\\u\{202e\}b<b>\.txt$/);
  assert.match((await page.textContent("#fix")) ?? "", /^give commitment\.txt/);
  assert.ok(await page.isDisabled("#start"));
});

test("the page can be used from the keyboard, and has names for everything", { skip }, async () => {
  const { page } = await open("desk");
  await give(page, join(FROZEN, "production"));
  const visited: string[] = [];
  for (let i = 0; i < 5; i++) {
    await page.keyboard.press("Tab");
    visited.push((await page.evaluate("document.activeElement.id")) as string);
  }
  assert.deepEqual(visited, ["commitment", "request", "folder", "zip", "start"]);
  await page.keyboard.press("Enter");
  await page.waitForSelector("#report:not([hidden])", { timeout: 120_000 });
  // Whoever does not see the page is taken to the verdict.
  assert.equal(await page.evaluate("document.activeElement.id"), "verdict");
  const unnamed = `[...document.querySelectorAll("input, button, a, section")].filter((e) => !e.closest("[hidden]") &&
    !(e.labels?.length || e.textContent.trim() || e.getAttribute("aria-labelledby"))).length`;
  assert.equal(await page.evaluate(unnamed), 0);
  const headings = "[...document.querySelectorAll('h1, h2, h3')].map((e) => e.tagName).join()";
  assert.match((await page.evaluate(headings)) as string, /^H1,H2,H2,H2,H3,H3$/);
});

test("the checks can be stopped, and then nothing is said", { skip }, async () => {
  const { page } = await open("desk");
  await give(page, join(FROZEN, "production"));
  await page.click("#start");
  await page.click("#stop");
  assert.match((await page.textContent("#what")) ?? "", /nothing is said about the production/);
  assert.ok(await page.isHidden("#report"));
  assert.match(await verdict(page), /^VERIFIED/);
});
