/** What was started is stopped in reverse, each step bounded, and one that fails never keeps the others from stopping. */
import type { Log } from "./log.ts";

/** A step of stopping that takes longer than this is left behind, in ms. */
const STOP_STEP_MS = 10_000;

export class Lifetime {
  readonly #steps: { name: string; stop: () => unknown }[] = [];
  readonly #log: Log;
  #stopping: Promise<void> | undefined;

  constructor(log: Log) {
    this.#log = log;
  }

  add(name: string, stop: () => unknown): void {
    this.#steps.push({ name, stop });
  }

  /** Safe to call twice: the second caller waits for the first. */
  stop(): Promise<void> {
    this.#stopping ??= this.#stopAll();
    return this.#stopping;
  }

  async #stopAll(): Promise<void> {
    for (const { name, stop } of this.#steps.reverse()) {
      try {
        await within(STOP_STEP_MS, name, stop);
      } catch (error) {
        this.#log.error("could not stop cleanly", { part: name, error });
      }
    }
  }
}

async function within(ms: number, name: string, step: () => unknown): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${name} did not stop within ${ms} ms`)), ms);
  });
  try {
    await Promise.race([step(), late]);
  } finally {
    clearTimeout(timer);
  }
}
