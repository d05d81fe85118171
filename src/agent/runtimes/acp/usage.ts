/** What an agent says that it has spent: with the end of a turn, in the units of whoever wrote it. */
import { addUsage, NO_USAGE } from "../../agent-event.ts";
import { count, type Fields, fields, isFields, number } from "../json-line.ts";
import { knownAgent } from "./known-agents.ts";
import { type AcpMaking, NO_TOKENS, type Tokens } from "./state.ts";

/** Of the answer to a prompt. */
export function spentTold(making: AcpMaking, result: Fields): void {
  const told = tokensOf(result);
  if (told === undefined) return;
  const isOfTurn = knownAgent(making.own.program).usage === "turn";
  const before = isOfTurn ? NO_TOKENS : making.own.processTokens;
  making.setOwn({ processTokens: told });
  spent(making, since(before, told));
}

/** Beside a piece of what it says: what one answer of the model has spent, with what was read from a cache in its input. */
export function answerSpent(making: AcpMaking, { usage }: Fields): void {
  if (knownAgent(making.own.program).usage !== "answer" || !isFields(usage)) return;
  const cacheReadTokens = count(usage.cachedReadTokens);
  const inputTokens = Math.max(0, count(usage.inputTokens) - cacheReadTokens);
  spent(making, { ...NO_TOKENS, inputTokens, cacheReadTokens, outputTokens: count(usage.outputTokens) });
}

/** `usage_update`: what the session has cost so far. */
export function costTold(making: AcpMaking, { amount, currency }: Fields): void {
  const costUsd = number(amount);
  if (currency !== "USD" || costUsd === null || costUsd < 0) return;
  making.spent({ ...making.state.sessionUsage, costUsd });
}

function spent(making: AcpMaking, tokens: Tokens): void {
  making.spent(addUsage(making.state.sessionUsage, { ...NO_USAGE, ...tokens }));
}

/** `usage`, as most have it, or Gemini's own. */
function tokensOf({ usage, _meta }: Fields): Tokens | undefined {
  if (isFields(usage)) {
    return {
      inputTokens: count(usage.inputTokens),
      outputTokens: count(usage.outputTokens) + count(usage.thoughtTokens),
      cacheReadTokens: count(usage.cachedReadTokens),
      cacheWriteTokens: count(usage.cachedWriteTokens),
    };
  }
  const { token_count } = fields(fields(_meta).quota);
  if (!isFields(token_count)) return undefined;
  return { ...NO_TOKENS, inputTokens: count(token_count.input_tokens), outputTokens: count(token_count.output_tokens) };
}

function since(before: Tokens, now: Tokens): Tokens {
  const less = (name: keyof Tokens) => (now[name] >= before[name] ? now[name] - before[name] : now[name]);
  return {
    inputTokens: less("inputTokens"),
    outputTokens: less("outputTokens"),
    cacheReadTokens: less("cacheReadTokens"),
    cacheWriteTokens: less("cacheWriteTokens"),
  };
}
