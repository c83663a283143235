// The page: it takes the files, runs the checks in workers, and shows the report.

import { CannotRun, CHECKS, type Outcome } from "../outcome.ts";
import { answer, here, Pool, type Message, type Thread } from "../pool.ts";
import { Workshop } from "../tasks.ts";
import { verify } from "../verify.ts";
import { named, productionOf, unpacked } from "./browser-source.ts";
import { byId, foreign } from "./elements.ts";
import { chosenFolder, dropped, sort, type Gathered } from "./gather.ts";
import { CheckList, show } from "./show.ts";

declare const WorkerGlobalScope: unknown;

/** Workers from this very script, as many as there are cores; where there can be none, this thread. */
function threads(): Thread[] {
  const script = byId("program").textContent ?? "";
  const url = URL.createObjectURL(new Blob([script], { type: "text/javascript" }));
  const count = Math.max(1, Math.min(64, navigator.hardwareConcurrency || 1));
  try {
    return Array.from({ length: count }, () => thread(new Worker(url)));
  } catch {
    return [here()];
  } finally {
    setTimeout(() => URL.revokeObjectURL(url), 60_000);
  }
}

function thread(worker: Worker): Thread {
  return {
    send: (message) => worker.postMessage(message),
    onAnswer: (handler) => worker.addEventListener("message", ({ data }) => handler(data)),
    onError: (handler) => worker.addEventListener("error", ({ message }) => handler(new Error(message))),
    end: () => worker.terminate(),
  };
}

function work(): void {
  const workshop = new Workshop();
  addEventListener("message", ({ data }: MessageEvent<Message>) => postMessage(answer(workshop, data)));
}

class Desk {
  private gathered: Gathered = {};
  private running: Pool | undefined;

  begin(): void {
    this.choose("commitment", (files) => sort(files));
    this.choose("request", (files) => sort(files));
    this.choose("zip", (files) => sort(files));
    this.choose("folder", async (files) => ({ gathered: chosenFolder(files), others: [] }));
    const area = document.documentElement;
    area.addEventListener("dragover", (event) => {
      event.preventDefault();
      byId("drop").dataset["over"] = "yes";
    });
    area.addEventListener("dragleave", () => delete byId("drop").dataset["over"]);
    area.addEventListener("drop", (event) => {
      event.preventDefault();
      delete byId("drop").dataset["over"];
      if (event.dataTransfer !== null) void this.take(dropped(event.dataTransfer));
    });
    byId("start").addEventListener("click", () => void this.start());
    byId("stop").addEventListener("click", () => this.stop());
    this.refresh();
  }

  private choose(id: string, read: (files: File[]) => Promise<{ gathered: Gathered; others: string[] }>): void {
    const input = byId<HTMLInputElement>(id);
    input.addEventListener("change", () => {
      void this.take(read([...(input.files ?? [])]));
      input.value = "";
    });
  }

  private async take(reading: Promise<{ gathered: Gathered; others: string[] }>): Promise<void> {
    try {
      const { gathered, others } = await reading;
      this.gathered = { ...this.gathered, ...gathered };
      if (others.length > 0) {
        const names = others.slice(0, 3).map(foreign).join(", ");
        this.complain(
          `this is neither a commitment, nor a request, nor a ZIP: ${names}`,
          "give commitment.txt, the request, and the folder of the production",
        );
      } else this.complain("", "");
    } catch (error) {
      this.complain(String(error), "choose the files again");
    }
    this.refresh();
  }

  /** An error in two lines: what happened, and what to do. */
  private complain(what: string, fix: string): void {
    byId("what").textContent = what;
    byId("fix").textContent = fix;
    byId("error").hidden = what === "";
  }

  private refresh(): void {
    const { commitment, request, production } = this.gathered;
    const name = (id: string, chosen: string | undefined): void => {
      const element = byId(id);
      element.textContent = chosen === undefined ? "not chosen" : foreign(chosen);
      element.toggleAttribute("data-empty", chosen === undefined);
    };
    name("commitment-name", commitment?.name);
    name("request-name", request?.name);
    name("production-name", production?.name);
    const isReady = commitment !== undefined && request !== undefined && production !== undefined;
    byId<HTMLButtonElement>("start").disabled = !isReady || this.running !== undefined;
    byId<HTMLButtonElement>("stop").hidden = this.running === undefined;
  }

  private say(text: string): void {
    byId("live").textContent = text;
  }

  private async start(): Promise<void> {
    const { commitment, request, production } = this.gathered;
    if (commitment === undefined || request === undefined || production === undefined || this.running) return;
    const list = new CheckList();
    byId("progress").hidden = false;
    byId("progress").scrollIntoView({ block: "nearest" });
    byId("report").hidden = true;
    this.complain("", "");
    const pool = new Pool(threads());
    this.running = pool;
    this.refresh();
    let outcome: Outcome | undefined;
    try {
      const source = productionOf("zip" in production ? await unpacked(production.zip) : production.files);
      const inputs = { production: source, commitment: named(commitment), request: named(request), earlier: [] };
      outcome = await verify(inputs, pool, {
        begins: (check) => {
          list.set(check, "running", "running");
          this.say(`Check ${check} of ${CHECKS.length}: ${CHECKS[check - 1]}`);
        },
        part: (check, done, of) => list.set(check, "running", `${done} of ${of}`),
        passed: (check, seconds) => list.set(check, "passed", `passed, ${seconds.toFixed(2)} s`),
      });
    } catch (error) {
      const { what, fix } =
        error instanceof CannotRun ? error : { what: `this page failed: ${String(error)}`, fix: "load it again" };
      this.complain(foreign(what), foreign(fix));
    }
    pool.end();
    if (this.running !== pool) return;
    this.running = undefined;
    this.refresh();
    if (outcome === undefined) {
      byId("progress").hidden = true;
      return;
    }
    list.finish(outcome);
    this.say(`Verdict: ${outcome.verdict.word}`);
    show(outcome);
  }

  /** Ends the checks: nothing is said about the production. */
  private stop(): void {
    this.running?.end();
    this.running = undefined;
    byId("progress").hidden = true;
    this.complain("the checks were stopped: nothing is said about the production", "start them again");
    this.say("Stopped: NOT CHECKED");
    this.refresh();
  }
}

if (typeof document === "undefined" && typeof WorkerGlobalScope !== "undefined") work();
else new Desk().begin();
