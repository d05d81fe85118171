/** Files of workflows at a desk, starts of them, and how they are refused. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import { Refusal } from "../../src/core/refusal.ts";
import type { Desk } from "./desk.ts";

export interface Ran {
  readonly created: boolean;
  readonly version: string;
  readonly tasks: readonly { readonly id: string; readonly taskId: string; readonly state: string }[];
  readonly plan: readonly Record<string, unknown>[] | null;
  readonly notices: readonly string[];
}

/** The file is JSON: what YAML means is another suite's. */
export function write(desk: Desk, name: string, workflow: object | string | Buffer): string {
  mkdirSync(desk.workflowDirectory, { recursive: true });
  const file = join(desk.workflowDirectory, name);
  writeFileSync(file, typeof workflow === "string" || Buffer.isBuffer(workflow) ? workflow : JSON.stringify(workflow));
  return file;
}

export const run = async (desk: Desk, input: object) => (await desk.call("workflow.run", input)) as unknown as Ran;

export const refusal = (promise: Promise<unknown>) =>
  promise.then(
    () => expect.unreachable("it was not refused"),
    (error: unknown) => {
      if (!(error instanceof Refusal)) throw error;
      return { code: error.code, message: error.message, hint: error.hint, data: error.data };
    },
  );

export const boundsOf = (desk: Desk) => ({ maxRuns: 1000, wipLimits: {}, now: desk.clock.now() });

export const everything = async (desk: Desk) => ({
  tasks: await desk.store.read.all("SELECT * FROM task ORDER BY id"),
  events: await desk.store.read.all("SELECT * FROM event WHERE topic <> 'definition.changed' ORDER BY id"),
});
