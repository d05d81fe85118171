/** What a run says of the limit of its agent: by what comes of it while it works, and by its end. */
import type { AgentNews } from "../agent/agent-event.ts";
import { closeAgent, endProbe, isProbe, passProbe } from "../agent/limit.store.ts";
import type { Store, Tx } from "../store/store.ts";
import type { After, Rules } from "./after.ts";
import { limitEnd } from "./after-run.ts";
import type { Ending } from "./outcome.ts";
import type { RunRow } from "./run.store.ts";

/** Of an agent at its limit none of these comes: it says at most that it tries again, and why not. */
const PAST_LIMIT: ReadonlySet<AgentNews["type"]> = new Set(["text", "thought", "tool", "usage", "permission"]);

export function isPastLimit(news: readonly AgentNews[]): boolean {
  return news.some(({ type }) => PAST_LIMIT.has(type));
}

/** Only of the one that tries it: most runs cost a question. */
export async function tellPastLimit(store: Store, { agent, id }: RunRow): Promise<void> {
  if (await isProbe(store.read, id)) await store.write((tx) => passProbe(tx, agent, id));
}

/** The limit is the account's, and so of all tasks of this agent. */
export async function settleLimit(
  tx: Tx,
  run: RunRow,
  ending: Ending,
  after: After,
  rules: Pick<Rules, "limits">,
): Promise<void> {
  const { agent, id } = run;
  if (ending.outcome === "limited") {
    const until = after.parked?.until ?? limitEnd(ending, { ...rules, now: tx.now() });
    await closeAgent(tx, agent, { until, reason: ending.reason });
  } else if (ending.outcome === "completed" || ending.outcome === "yielded") {
    await passProbe(tx, agent, id);
  } else {
    await endProbe(tx, id);
  }
}
