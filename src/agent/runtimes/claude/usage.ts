/** What Claude Code says that a conversation has cost so far: all models of it, sub-agents included. */
import type { Usage } from "../../agent-event.ts";
import { count, type Fields, fields, number } from "../json-line.ts";

/** `modelUsage` and `total_cost_usd` of a result are totals of the session; `usage` is one turn of the main loop. */
export function totalOf(result: Fields): Usage | undefined {
  const models = Object.values(fields(result.modelUsage)).map(fields);
  if (models.length === 0) return undefined;
  const sum = (name: string) => models.reduce((total, model) => total + count(model[name]), 0);
  return {
    inputTokens: sum("inputTokens"),
    outputTokens: sum("outputTokens"),
    cacheReadTokens: sum("cacheReadInputTokens"),
    cacheWriteTokens: sum("cacheCreationInputTokens"),
    costUsd: number(result.total_cost_usd),
  };
}
