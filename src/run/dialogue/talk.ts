/** A run whose agent is talked with: its ears, the timers that only such a run has, and how it is asked to stop. */
import { dirname } from "node:path";
import type { Permissions } from "../../agent/agent.ts";
import type { Clock, Timer } from "../../core/clock.ts";
import { publicId } from "../../core/ids.ts";
import { maskText } from "../../trust/mask.ts";
import { tellPastLimit } from "../agent-limit.ts";
import { TRY_AGAIN_MS } from "../insist.ts";
import type { StopReason } from "../outcome.ts";
import { asInJson } from "../process/mask.ts";
import { plainStat } from "../process/plain-file.ts";
import { type RunRow, recordSession } from "../run.store.ts";
import type { RunFiles } from "../run-files.ts";
import type { Settling } from "../settle.ts";
import { type DialogueRun, resumeDialogue } from "./dialogue-run.ts";
import { permissionJudge } from "./permission-judge.ts";
import { readPrompt } from "./prompt.ts";

/** How often it is looked whether an agent that was told to stop has done so, in ms. */
const LOOK_MS = 20;

export interface TalkOptions {
  readonly all: Settling & { readonly clock: Clock };
  readonly run: RunRow;
  readonly files: RunFiles;
  /** Since it was let go, in ms, whatever daemons and clocks did meanwhile. */
  readonly elapsedMs: () => number;
  readonly stop: (reason: StopReason) => void;
  /** The agent said its last word and had time to leave. */
  readonly onStays: () => void;
}

export interface Talk {
  readonly dialogue: DialogueRun;
  /** It printed something, or something was answered. */
  listen(): void;
  /** Tells the agent to stop; resolves when it has said how its work ended, or had time enough. */
  interrupt(): Promise<void>;
  quiet(): void;
}

/** Undefined for a run whose agent is not talked with. */
export function openTalk({ all, run, files, elapsedMs, stop, onStays }: TalkOptions): Talk | undefined {
  const { clock, store, log, limits, catalog } = all;
  const mask = (text: string) => maskText(text, asInJson(all.secrets()));
  const name = publicId("run", run.id);
  const timers = new Set<Timer>();
  let isQuiet = false;
  let holding: Timer | undefined;

  const dialogue = resumeDialogue({
    files,
    clock,
    eventBytes: limits().runOutputKeptBytes,
    prompt: () => readPrompt(files),
    judgeIn: (workspace) =>
      permissionJudge({
        store,
        runId: run.id,
        workspace,
        home: homeOf(files),
        limits,
        mask,
        permissions: (): Permissions => catalog.current().agents.get(run.agent)?.body.permissions ?? "ask",
      }),
    onSession: ({ session }) =>
      session === null ? Promise.resolve() : store.write((tx) => recordSession(tx, run, mask(session))),
    onPastLimit: () => tellPastLimit(store, run),
    onOver: () => {
      if (!isQuiet) after(limits().runLeaveSeconds * 1000, onStays);
    },
  });
  if (!dialogue) return undefined;
  const talk = dialogue;

  function after(ms: number, then: () => unknown): Timer {
    const timer = clock.after(ms, () => {
      timers.delete(timer);
      void then();
    });
    timers.add(timer);
    return timer;
  }

  function watchFor(seconds: number, reason: StopReason, isMet: () => boolean): void {
    const leftMs = () => seconds * 1000 - sinceAgentMs(files, elapsedMs(), clock) + talk.askedMs();
    after(Math.max(0, leftMs()), async () => {
      // What it said while no daemon lived counts as well.
      await talk.look().catch(() => {});
      if (isMet() || isQuiet) return;
      // A person is or was asked, or its workspace was being set up: that is not its time.
      if (talk.activity().isAsking || leftMs() > 0) watchFor(seconds, reason, isMet);
      else stop(reason);
    });
  }
  watchFor(limits().runHandshakeSeconds, "handshake_timeout", () => talk.activity().state.greeted);
  watchFor(limits().runProgressSeconds, "progress_timeout", () => {
    const { progressed, ended } = talk.activity().state;
    return progressed || ended !== null;
  });

  function listen(): void {
    if (isQuiet) return;
    const heard = (hasMore: boolean) => {
      hold();
      if (hasMore) setImmediate(listen);
    };
    talk.look().then(heard, (error: unknown) => {
      log.warn("what an agent said could not be dealt with; trying again", { run: name, error });
      if (!isQuiet) after(TRY_AGAIN_MS, listen);
    });
  }

  /** A question keeps the run's place for a while; then the agent is asked to leave it for later. */
  function hold(): void {
    const { isAsking } = talk.activity();
    if (!isAsking) holding?.cancel();
    if (!isAsking || isQuiet) holding = undefined;
    else holding ??= after(limits().approvalHoldSeconds * 1000, () => void defer());
  }

  async function defer(): Promise<void> {
    try {
      await talk.defer();
      listen();
    } catch (error) {
      log.warn("a question could not be left for later", { run: name, error });
    }
  }

  listen();
  return {
    dialogue: talk,
    listen,
    async interrupt() {
      const until = clock.monotonic() + limits().runInterruptSeconds * 1000;
      const late = new Promise<void>((resolve) => void clock.after(limits().runInterruptSeconds * 1000, resolve));
      // An agent that prints without end, or took its files away, is not waited for.
      await Promise.race([talk.interrupt(), late]);
      while (clock.monotonic() < until && !talk.activity().state.ended) {
        await new Promise<void>((resolve) => void clock.after(LOOK_MS, resolve));
        await talk.look();
      }
    },
    quiet() {
      isQuiet = true;
      for (const timer of timers) timer.cancel();
      timers.clear();
    },
  };
}

/** Runs lie two below it. */
function homeOf({ directory }: RunFiles): string {
  return dirname(dirname(directory));
}

/** How long the agent itself has been there, in ms: what its workspace had to be set up for is not its time. */
function sinceAgentMs({ setupLog, setupEnded }: RunFiles, sinceLaunchMs: number, clock: Clock): number {
  if (!plainStat(setupLog)) return sinceLaunchMs;
  const ended = plainStat(setupEnded)?.mtimeMs;
  return ended === undefined ? 0 : Math.min(sinceLaunchMs, Math.max(1, clock.now() - ended));
}
