/** `steward event watch`: events as they happen, one on a line. */
import { setTimeout as sleep } from "node:timers/promises";
import type { Invocation } from "../invocation.ts";
import { visibleJson, visibleLine } from "../visible.ts";

/** How often new events are asked for, in ms. */
const ASK_AGAIN_MS = 500;

interface Events {
  readonly events: readonly Readonly<Record<string, unknown>>[];
  readonly next: number;
}

/** Runs until it is interrupted. */
export async function watchEvents({ call, input, json, out }: Invocation): Promise<number> {
  for (let after = Number(input.after ?? 0); ; ) {
    const { events, next } = (await call("event.list", { ...input, after })) as Events;
    for (const event of events) await out.write(`${json ? visibleJson(JSON.stringify(event)) : line(event)}\n`);
    if (events.length === 0) await sleep(ASK_AGAIN_MS);
    after = next;
  }
}

function line({ at, topic, actor, taskId, runId, data }: Readonly<Record<string, unknown>>): string {
  const facts = Object.entries((data ?? {}) as object).map(([name, value]) => `${name}=${JSON.stringify(value)}`);
  return visibleLine([at, topic, taskId, runId, actor, ...facts].filter((part) => part !== null).join("  "));
}
