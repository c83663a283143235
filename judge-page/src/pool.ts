// Tasks on several threads, or on this one.

import { Workshop, type TaskName, type Tasks } from "./tasks.ts";

/** One worker: it takes a message and answers it. */
export interface Thread {
  send(message: Message): void;
  /** Called with every answer, and with what a worker dies of. */
  onAnswer(handler: (answer: Answer) => void): void;
  onError(handler: (error: Error) => void): void;
  end(): void;
}

export interface Message {
  name: TaskName;
  args: unknown;
}

export type Answer = { result: unknown } | { error: string };

/** What a worker makes of a message. */
export function answer(workshop: Workshop, message: Message): Answer {
  try {
    return { result: workshop.run(message.name, message.args as never) };
  } catch (error) {
    return { error: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  }
}

interface Job {
  message: Message;
  resolve: (result: never) => void;
  reject: (error: Error) => void;
}

export class Pool {
  private readonly idle: Thread[];
  private readonly jobs: Job[] = [];
  private readonly running = new Map<Thread, Job>();

  constructor(private readonly threads: readonly Thread[]) {
    this.idle = [...threads];
    for (const thread of threads) {
      thread.onAnswer((answer) => this.finish(thread, answer));
      thread.onError((error) => this.finish(thread, { error: error.message }));
    }
  }

  get size(): number {
    return this.threads.length;
  }

  run<N extends TaskName>(name: N, args: Tasks[N]["args"]): Promise<Tasks[N]["result"]> {
    return new Promise((resolve, reject) => {
      this.jobs.push({ message: { name, args }, resolve: resolve as (result: never) => void, reject });
      this.next();
    });
  }

  /** The same task on every worker. No other may be running. */
  everywhere<N extends TaskName>(name: N, args: Tasks[N]["args"]): Promise<Tasks[N]["result"][]> {
    return Promise.all(this.threads.map(() => this.run(name, args)));
  }

  end(): void {
    for (const thread of this.threads) thread.end();
  }

  private next(): void {
    while (this.idle.length > 0 && this.jobs.length > 0) {
      const [thread, job] = [this.idle.pop()!, this.jobs.shift()!];
      this.running.set(thread, job);
      thread.send(job.message);
    }
  }

  private finish(thread: Thread, answer: Answer): void {
    const job = this.running.get(thread);
    this.running.delete(thread);
    this.idle.push(thread);
    if (job !== undefined) {
      if ("error" in answer) job.reject(new Error(answer.error));
      else job.resolve(answer.result as never);
    }
    this.next();
  }
}

/** A worker that is none: it works in this thread, one task after the other. */
export function here(): Thread {
  const workshop = new Workshop();
  let handle: (answer: Answer) => void = () => {};
  return {
    send: (message) => void setTimeout(() => handle(answer(workshop, message))),
    onAnswer: (handler) => (handle = handler),
    onError: () => {},
    end: () => {},
  };
}
