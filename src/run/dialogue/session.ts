/** The vendor's conversation that the runs of a task share: which one is taken up again, and when it is given up for a new one. */
import { NO_USAGE, type Usage } from "../../agent/agent-event.ts";
import type { Failure } from "../../agent/failure.ts";
import type { DialogueState } from "../../agent/runtimes/dialogue.ts";
import type { SessionBefore } from "../../agent/runtimes/run-input.ts";
import { maskText } from "../../trust/mask.ts";
import type { Ending, StopReason } from "../outcome.ts";

export type SessionState = "open" | "deferred" | "retired";

/** What is kept of an agent that was talked with, when its run is over. */
export interface Told {
  readonly model: string | null;
  readonly version: string | null;
  readonly usage: Usage;
  /** What the session had cost by then. */
  readonly sessionUsage: Usage;
  readonly failure: Failure | null;
  readonly text: string | null;
}

export function toldOf(state: DialogueState, secrets: readonly string[]): Told {
  const { model, version, usage, sessionUsage, ended } = state;
  const masked = (text: string | null) => (text === null ? null : maskText(text, secrets));
  return {
    model: masked(model),
    version: masked(version),
    usage,
    sessionUsage,
    failure: ended?.failure ?? null,
    text: masked(ended?.text ?? null),
  };
}

/** What an earlier run left, as its row says. */
export interface Earlier {
  readonly session: string | null;
  readonly session_state: SessionState | null;
  readonly told: string | null;
}

export function sessionBefore(earlier: Earlier | undefined): SessionBefore | null {
  if (!earlier || earlier.session === null || earlier.session_state === "retired") return null;
  const usage = readTold(earlier.told)?.sessionUsage ?? null;
  return { id: earlier.session, usage, isDeferred: earlier.session_state === "deferred" };
}

export function wasResumed({ session }: DialogueState, earlier: Earlier | undefined): boolean {
  return session !== null && earlier?.session === session && earlier.session_state !== "retired";
}

/** It is retired then, so this cannot come twice in a row; of a session that was just begun it is not believed. */
export function unlessGone(ending: Ending, resumed: boolean): Ending {
  return ending.spendsNothing && !resumed ? { ...ending, spendsNothing: false } : ending;
}

export function readTold(told: string | null): Told | undefined {
  return told === null ? undefined : ({ usage: NO_USAGE, ...JSON.parse(told) } as Told);
}

/** Silence of these kinds means that the conversation leads nowhere, whatever the program does meanwhile. */
const SILENT: readonly StopReason[] = ["idle_timeout", "progress_timeout", "handshake_timeout"];

/**
 * A session is poisoned when it is full, when it is gone, when it is refused twice in a row, when nothing comes of it, and when it could not
 * even be taken up. The next run begins a new one.
 */
export function sessionAfter(
  state: DialogueState,
  ending: Ending,
  stop: StopReason | null,
  before: { readonly wasResumed: boolean; readonly failure: Failure | null },
): SessionState {
  const failure = state.ended?.failure ?? null;
  if (ending.outcome === "yielded" && failure === "deferred") return "deferred";
  const isFull = failure === "context_full";
  const isGone = failure === "session_gone";
  const isRefusedAgain = failure === "invalid_request" && before.failure === "invalid_request";
  const isSilent = stop !== null && SILENT.includes(stop);
  const isUnknown = before.wasResumed && !state.progressed && ending.outcome === "failed" && stop === null;
  return isFull || isGone || isRefusedAgain || isSilent || isUnknown ? "retired" : "open";
}
