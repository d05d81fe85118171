/** What a thread of Codex has spent since: it tells totals, and what the last answer of the model took. */
import { NO_USAGE, type Usage } from "../../agent-event.ts";
import type { Making } from "../conversation.ts";
import { count, type Fields, fields, text } from "../json-line.ts";
import { type CodexOwn, recall, remember, type Tokens } from "./state.ts";

/** `thread/tokenUsage/updated`. Before a turn has begun it repeats what earlier runs spent; the first in one adds its last answer. */
export function tellUsage(making: Making<CodexOwn>, params: Fields): void {
  const thread = text(params.threadId, 200) ?? "";
  const { total, last } = fields(params.tokenUsage);
  const now = tokensOf(fields(total));
  const before = recall(making.own.spent, thread);
  making.setOwn({ spent: remember(making.own.spent, thread, now) });
  if (thread === making.state.session) making.set({ sessionUsage: usageOf(now) });
  if (making.own.turn === null) return;
  const since = usageOf(before ? difference(before, now) : tokensOf(fields(last)));
  if (Object.values(since).some((value) => value !== null && value > 0)) making.spentMore(since);
}

function tokensOf(breakdown: Fields): Tokens {
  return {
    input: count(breakdown.inputTokens),
    cacheRead: count(breakdown.cachedInputTokens),
    cacheWrite: count(breakdown.cacheWriteInputTokens),
    output: count(breakdown.outputTokens),
  };
}

/** A total that shrank began anew. */
function difference(before: Tokens, now: Tokens): Tokens {
  const less = (a: number, b: number) => (b >= a ? b - a : b);
  return {
    input: less(before.input, now.input),
    cacheRead: less(before.cacheRead, now.cacheRead),
    cacheWrite: less(before.cacheWrite, now.cacheWrite),
    output: less(before.output, now.output),
  };
}

function usageOf({ input, cacheRead, cacheWrite, output }: Tokens): Usage {
  return {
    ...NO_USAGE,
    inputTokens: Math.max(0, input - cacheRead - cacheWrite),
    outputTokens: output,
    cacheReadTokens: cacheRead,
    cacheWriteTokens: cacheWrite,
  };
}
