/** What was spent, in words. */
import type { Usage } from "../../agent/agent-event.ts";

/** `12.3k tokens in (10k from cache), 840 out, $0.12`; empty when nothing was told. */
export function usageText({ inputTokens, outputTokens, cacheReadTokens, cacheWriteTokens, costUsd }: Usage): string {
  const read = inputTokens + cacheReadTokens + cacheWriteTokens;
  const cache = cacheReadTokens > 0 ? ` (${count(cacheReadTokens)} from cache)` : "";
  const tokens = read + outputTokens > 0 ? [`${count(read)} tokens in${cache}`, `${count(outputTokens)} out`] : [];
  return [...tokens, ...(costUsd === null ? [] : [costText(costUsd)])].join(", ");
}

/** `840`, `12.3k`, `4.1M`. */
export function count(tokens: number): string {
  if (tokens < 1_000) return String(tokens);
  const [whole, unit] = tokens < 999_500 ? [tokens / 1_000, "k"] : [tokens / 1_000_000, "M"];
  return `${whole < 100 ? whole.toFixed(1).replace(/\.0$/, "") : Math.round(whole)}${unit}`;
}

/** In US dollars; what is less than a cent is still not nothing. */
export function costText(costUsd: number): string {
  return costUsd > 0 && costUsd < 0.01 ? "less than $0.01" : `$${costUsd.toFixed(2)}`;
}
