/** What is said of an agent whose account is used up. */
import { iso } from "../core/clock.ts";
import { publicId } from "../core/ids.ts";
import type { AgentLimitRow } from "./limit.store.ts";

export function limitSentence({ agent, state, until, reason, probe_run_id }: AgentLimitRow): string {
  const why = reason === null ? "" : ` (${reason})`;
  const when = iso(until);
  if (state === "closed") return `The agent "${agent}" is at its limit until ${when}${why}.`;
  if (state === "due") return `The limit of the agent "${agent}" ended at ${when}; its next task tries first.`;
  const run = publicId("run", probe_run_id ?? 0);
  return `The limit of the agent "${agent}" ended at ${when}; ${run} tries first, and the others wait for it.`;
}
