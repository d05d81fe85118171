/** `steward ps`: what runs now, once. */
import { EXIT } from "../../core/refusal.ts";
import type { Invocation } from "../invocation.ts";
import { whatRuns } from "../live-runs/live-runs.ts";
import { runLines } from "../live-runs/run-lines.ts";
import { viewOf } from "../view.ts";
import { visibleJson } from "../visible.ts";

export async function ps({ call, json, out, env }: Invocation): Promise<number> {
  const running = await whatRuns(call);
  if (json) await out.write(`${visibleJson(JSON.stringify(running))}\n`);
  else await out.write(`${runLines(running, Date.now(), viewOf(out, env)).join("\n")}\n`);
  return EXIT.ok;
}
