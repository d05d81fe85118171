/** What Codex tells of the usage limits of an account: windows of time, each with how much of it is used up. */
import { iso } from "../../../core/clock.ts";
import type { Making } from "../conversation.ts";
import { type Fields, fields, isFields, momentOf, number, text } from "../json-line.ts";
import { type CodexOwn, remember, type Window } from "./state.ts";

const WINDOWS = ["primary", "secondary"] as const;

/** `account/rateLimits/updated` comes with every answer of the model, and leaves out what it does not know: only a change is told. */
export function tellLimits(making: Making<CodexOwn>, params: Fields): void {
  const limits = fields(params.rateLimits);
  const isReached = text(limits.rateLimitReachedType, 100) !== null;
  for (const scope of WINDOWS) {
    const told = limits[scope];
    if (!isFields(told)) continue;
    const now = windowOf(told);
    const before = making.own.windows[scope];
    if (before?.usedPercent === now.usedPercent && before.resetsAt === now.resetsAt) continue;
    making.setOwn({ windows: remember(making.own.windows, scope, now) });
    tellLimit(making, scope, now, isReached && now.usedPercent >= 100);
  }
}

function windowOf(told: Fields): Window {
  return { usedPercent: Math.round(number(told.usedPercent) ?? 0), resetsAt: momentOf(told.resetsAt) };
}

function tellLimit(making: Making<CodexOwn>, scope: string, { usedPercent, resetsAt }: Window, blocked: boolean): void {
  making.tell({ type: "limit", scope, blocked, resetsAt: iso(resetsAt), usedPercent });
}

/** The model was not asked because a limit was reached: tells which, and returns when it ends, epoch ms. */
export function tellReached(making: Making<CodexOwn>): number | null {
  const reached = Object.entries(making.own.windows).filter(([, window]) => window.usedPercent >= 100);
  for (const [scope, window] of reached) tellLimit(making, scope, window, true);
  const ends = reached.flatMap(([, { resetsAt }]) => resetsAt ?? []);
  return ends.length === 0 ? null : Math.max(...ends);
}
