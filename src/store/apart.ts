/** Reads a SQLite store from a thread of its own, read-only: long questions hold up neither the event loop nor a writer. */
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import type { Param, Reader } from "./store.ts";

export interface Asked {
  readonly id: number;
  readonly what: "get" | "all";
  readonly sql: string;
  readonly params: readonly Param[];
}

export type Answered =
  | { readonly id: number; readonly value: unknown }
  | { readonly id: number; readonly error: string; readonly errcode: number | undefined };

interface Pending {
  readonly resolve: (value: never) => void;
  readonly reject: (error: Error) => void;
}

/** Asks everything as of one moment; the thread is gone when the promise settles. Rejects with `signal.reason` when that aborts. */
export async function askApart<T>(
  path: string,
  questions: (read: Reader) => Promise<T>,
  signal?: AbortSignal,
): Promise<T> {
  const worker = new Worker(program(), { workerData: { path }, execArgv: [], name: "store" });
  const pending = new Map<number, Pending>();
  const failAll = (error: Error) => {
    for (const { reject } of pending.values()) reject(error);
    pending.clear();
  };
  worker.on("error", failAll);
  worker.on("message", (answered: Answered) => {
    const waiting = pending.get(answered.id);
    pending.delete(answered.id);
    if ("error" in answered) waiting?.reject(Object.assign(new Error(answered.error), { errcode: answered.errcode }));
    else waiting?.resolve(answered.value as never);
  });
  const onAbort = () => failAll(signal?.reason as Error);
  signal?.addEventListener("abort", onAbort, { once: true });
  let last = 0;
  const ask = <R>(what: Asked["what"], sql: string, params: readonly Param[]) =>
    new Promise<R>((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason as Error);
      const id = ++last;
      pending.set(id, { resolve, reject });
      worker.postMessage({ id, what, sql, params } satisfies Asked);
    });
  try {
    return await questions({
      get: (sql, ...params) => ask("get", sql, params),
      all: (sql, ...params) => ask("all", sql, params),
    });
  } finally {
    signal?.removeEventListener("abort", onAbort);
    // A question that runs is not broken off inside of SQLite: whoever gave up does not wait for it.
    const ending = worker.terminate();
    if (!signal?.aborted) await ending;
  }
}

/** Beside this file: in the sources as it is, in a package as the build made it. */
function program(): string {
  const isSource = import.meta.filename.endsWith(".ts");
  return join(import.meta.dirname, isSource ? "apart-worker.ts" : "apart-worker.mjs");
}
