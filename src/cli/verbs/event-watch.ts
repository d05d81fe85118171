/** `steward event watch`: a line for each event, until it is interrupted. */
import { EXIT } from "../../core/refusal.ts";
import type { Invocation } from "../invocation.ts";
import { visibleJson, visibleLine } from "../visible.ts";

export async function watchEvents({ follow, input, json, out, err }: Invocation): Promise<number> {
  for await (const part of follow("event.watch", input)) {
    if ("item" in part) await out.write(`${json ? visibleJson(JSON.stringify(part.item)) : line(part.item)}\n`);
    else if (part.mark === "gap") await err.write(`What happened up to event ${part.next} is no longer kept.\n`);
  }
  return EXIT.ok;
}

function line({ at, topic, actor, taskId, runId, data }: Readonly<Record<string, unknown>>): string {
  const facts = Object.entries((data ?? {}) as object).map(([name, value]) => `${name}=${JSON.stringify(value)}`);
  return visibleLine([at, topic, taskId, runId, actor, ...facts].filter((part) => part !== null).join("  "));
}
