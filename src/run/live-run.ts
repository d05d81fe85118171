/** One run while it lives: its limits in time and output, the ways in which it is ended, and the one end that is recorded. */
import { runtimeOf } from "../agent/runtimes/runtimes.ts";
import type { Clock, Timer } from "../core/clock.ts";
import { publicId } from "../core/ids.ts";
import { type AgentDoors, openDoor } from "./agent-door.ts";
import type { Activity } from "./dialogue/dialogue-run.ts";
import { openTalk, type Talk } from "./dialogue/talk.ts";
import { insist, TRY_AGAIN_MS } from "./insist.ts";
import type { Ending, StopReason } from "./outcome.ts";
import { markerOf } from "./prepare.ts";
import type { Custody } from "./process/custody.ts";
import { hasExit, readExit } from "./process/exits.ts";
import { ageMs, type Identity, isAlive, isStopped, signalIf } from "./process/identity.ts";
import { hasPassedGate } from "./process/launch-file.ts";
import { asInJson } from "./process/mask.ts";
import { maskFile } from "./process/mask-file.ts";
import { tailText } from "./process/output.ts";
import { endLeftovers, terminate } from "./process/terminate.ts";
import { watchOutput } from "./process/watch-output.ts";
import type { Wrapper } from "./process/wrapper.ts";
import { punchedOf, recordPunched, watchedFiles } from "./punched.store.ts";
import { type RunRow, recordStarted, requestStop, runById } from "./run.store.ts";
import { runFiles } from "./run-files.ts";
import { type Settling, settleRun } from "./settle.ts";
import { lookAfterRun } from "./workspace/left-behind.ts";
import type { WorkspaceRoom } from "./workspace/workspace-room.ts";

export interface Supervision extends Settling {
  readonly clock: Clock;
  readonly custody: Custody;
  readonly runsDirectory: string;
  readonly workspaces: WorkspaceRoom;
  readonly sessionsDirectory: string;
  readonly doors: AgentDoors;
}

export interface RunTimes {
  readonly wallMs: number;
  readonly idleMs: number;
}

export interface LiveRun {
  readonly run: RunRow;
  readonly kept: { readonly identity: Identity; readonly marker: string };
  /** Does its wrapper still live? To be asked now and then: a killed one leaves no exit file. */
  isAlive(): boolean;
  /** A wrapper that was stopped (SIGSTOP) would write down no exit: it is told to go on. */
  wakeWrapper(): void;
  /** To be called when it has left the gate: makes durable that it began. */
  started(): Promise<void>;
  /** Its exit is readable, or its wrapper is dead. Resolves when the end is recorded. */
  exited(known?: Ending): Promise<void>;
  /** Ends it for a reason. Resolves when the end is recorded. */
  stop(reason: StopReason): Promise<void>;
  /** Looks away without touching it: the daemon stops, the agent runs on. */
  detach(): void;
  /** Something that it asked was answered. */
  hearAnswer(): void;
  /** Undefined for an agent that is not talked with. */
  activity(): Activity | undefined;
}

/** The tail of stdout that becomes the result of an agent that wrote none, in bytes. */
const PRINTED_RESULT_BYTES = 64 * 1024;
/** A wrapper that has written its exit down has ended after this, in ms, and is looked at so often. */
const WRITTEN_MS = 500;
const LOOK_MS = 2;
const AT_THE_GATE: Ending = { outcome: "never_started", reason: "its wrapper ended at the gate" };

const TALK_LOST: Ending = { outcome: "failed", reason: "what was said with its agent can no longer be read" };

/** `lastWord`: what its wrapper ended with, while the daemon lives that made it. Before a file, which others can write too. */
export function superviseRun(
  all: Supervision,
  run: RunRow,
  identity: Identity,
  times: RunTimes,
  lastWord: Wrapper["lastWord"] = async () => undefined,
): LiveRun {
  const { clock, custody, store, log } = all;
  const files = runFiles(all.runsDirectory, run.id);
  const kept = { identity, marker: markerOf(files) };
  const name = publicId("run", run.id);
  let ending: Promise<void> | undefined;
  let looking: Promise<boolean> | undefined;
  let detached = false;
  let lastGrowth = clock.monotonic();
  let stays = false;
  const timers = new Set<Timer>();
  let lastSetUp = Number.NEGATIVE_INFINITY;
  let isTalkLost = false;
  const talk = takeUpTalk();

  const door = talk && openDoor(all, run.id, files);

  watchWall();
  watchIdle();
  const output = watchOutput({
    clock,
    files: watchedFiles(run, [files.stdout, files.stderr, files.setupLog]),
    keepBytes: Math.floor(all.limits().runOutputKeptBytes / 2),
    capBytes: all.limits().runOutputMaxBytes,
    onGrowth: (path) => {
      lastGrowth = clock.monotonic();
      if (path === files.setupLog) lastSetUp = lastGrowth;
      if (path === files.stdout) talk?.listen();
    },
    onPunched: (path, from, to) => store.write((tx) => recordPunched(tx, run.id, path, from, to)),
    onCap: () => void stop("output_limit"),
    onError: (error) => log.warn("could not bound the output of a run", { run: name, error }),
  });

  /** Its agent may have taken the files away: then nobody can say how its work went, and it is ended. */
  function takeUpTalk(): Talk | undefined {
    try {
      const since = () => elapsedMs(run, clock);
      const taken = openTalk({ all, run, files, elapsedMs: since, stop: (why) => void stop(why), onStays });
      if (!taken && isTalkedWith(all, run)) throw new Error(`${files.dialogue} cannot be read`);
      return taken;
    } catch (error) {
      isTalkLost = true;
      log.error("what is said with an agent cannot be taken up; it is ended", { run: name, error });
      setImmediate(() => {
        const graceMs = all.limits().terminateGraceSeconds * 1000;
        if (!detached) ending ??= end(() => terminate({ ...kept, custody, clock, graceMs }), TALK_LOST);
      });
      return undefined;
    }
  }

  function watchWall(): void {
    // While a person is asked, the run's time stands still; not for ever, or an agent could stay by asking.
    const stoodMs = Math.min(talk?.dialogue.askedMs() ?? 0, all.limits().runAskedSeconds * 1000);
    const leftMs = times.wallMs - elapsedMs(run, clock) + stoodMs;
    if (leftMs <= 0) return void stop("wall_timeout");
    const timer = clock.after(leftMs, () => {
      timers.delete(timer);
      watchWall();
    });
    timers.add(timer);
  }

  function watchIdle(): void {
    const lastSign = talk ? Math.max(talk.dialogue.lastProgress(), lastSetUp) : lastGrowth;
    const silentMs = clock.monotonic() - lastSign;
    if (silentMs >= times.idleMs) return void stop("idle_timeout");
    const timer = clock.after(times.idleMs - silentMs, () => {
      timers.delete(timer);
      watchIdle();
    });
    timers.add(timer);
  }

  /** Whoever works as the same user can write an exit: it counts when the wrapper has ended. A forged one is overwritten then. */
  function hasEnded(): Promise<boolean> {
    looking ??= look().finally(() => {
      looking = undefined;
    });
    return looking;
  }

  async function look(): Promise<boolean> {
    const until = clock.monotonic() + WRITTEN_MS;
    while (isAlive(identity)) {
      if (clock.monotonic() >= until) return false;
      await new Promise<void>((resolve) => void clock.after(LOOK_MS, resolve));
    }
    return true;
  }

  /** The last word was said and the program stays: nothing more is wanted of it. */
  function onStays(): void {
    stays = true;
    ending ??= end(() => terminate({ ...kept, custody, clock, graceMs: all.limits().terminateGraceSeconds * 1000 }));
  }

  async function exited(known?: Ending): Promise<void> {
    if (!ending && !known && !(await hasEnded())) return;
    ending ??= end(() => endLeftovers({ ...kept, custody, clock }), known);
    return await ending;
  }

  async function stop(reason: StopReason): Promise<void> {
    if (ending || detached) return ending;
    if (hasExit(all.exitsDirectory, name) && (await hasEnded())) return await exited();
    await must("record why a run is ended", () => store.write((tx) => requestStop(tx, run, reason, "host:limits")));
    const graceMs = all.limits().terminateGraceSeconds * 1000;
    ending ??= end(async () => {
      await talk
        ?.interrupt()
        .catch((error: unknown) => log.warn("an agent could not be told to stop", { run: name, error }));
      return await terminate({ ...kept, custody, clock, graceMs });
    });
    return await ending;
  }

  async function end(kill: () => Promise<"gone" | "unkillable">, known?: Ending): Promise<void> {
    quiet();
    // The slot is not free before the tree is gone, however long that takes.
    for (let state = await kill(); state !== "gone"; state = await endLeftovers({ ...kept, custody, clock })) {
      log.error("a process of this run cannot be ended; its slot stays taken", { run: name, pid: identity.pid });
      await new Promise<void>((resolve) => void clock.after(TRY_AGAIN_MS, resolve));
    }
    await output.stop();
    await closeDoor();
    await must("record the end of a run", () => settle(known));
  }

  async function settle(known?: Ending): Promise<void> {
    const last = hasPassedGate(files.directory) ? await lastWord() : undefined;
    const exit = last ?? readExit(all.exitsDirectory, name);
    const told = await talk?.dialogue.told();
    const now = (await runById(store.read, run.id)) ?? run;
    const punched = punchedOf(now)[files.stdout];
    await forgetSecrets(now);
    const printed = await tailText(files.stdout, PRINTED_RESULT_BYTES, {
      mask: asInJson(all.secrets()),
      ...(punched && { punchedFrom: punched[0], punchedTo: punched[1] }),
    });
    // After a power loss a file that was made may be missing: then nobody knows.
    const isSameBoot = ageMs(identity) !== undefined;
    const mayBeUnstarted = exit === undefined && now.state === "starting" && isSameBoot;
    const isUnstarted = mayBeUnstarted && !hasPassedGate(files.directory);
    await settleRun(all, run, {
      exit,
      files,
      // What an agent that is talked with prints is its protocol, and says nothing to anybody.
      printed: () => (told ? (told.ended?.text ?? "") : printed),
      told: told && { ...told, wasEndedByUs: stays },
      known: known ?? (isUnstarted ? AT_THE_GATE : isTalkLost ? TALK_LOST : undefined),
      alongside: await lookAfterRun(all.workspaces, run),
    });
  }

  /** A daemon of another day may no longer know the secrets that were in use, and shows these files all the same. */
  async function forgetSecrets(now: RunRow): Promise<void> {
    const written = [files.stdout, files.stderr, files.setupLog, files.result];
    const mostBytes = all.limits().runOutputMaxBytes;
    for (const path of [...written, files.events, files.stdin, files.dialogue]) {
      const masking = { secrets: asInJson(all.secrets()), hole: punchedOf(now)[path], mostBytes };
      await maskFile(path, masking).catch((error: unknown) =>
        log.warn("secrets could not be taken out of what a run wrote", { run: name, path, error }),
      );
    }
  }

  async function closeDoor(): Promise<void> {
    await (await door)?.close();
  }

  function must(what: string, step: () => Promise<unknown>): Promise<void> {
    return insist({ clock, log, run: name, what, step, isOver: () => detached });
  }

  function quiet(): void {
    for (const timer of timers) timer.cancel();
    timers.clear();
    talk?.quiet();
  }

  return {
    run,
    kept,
    started: () => must("record that a run began", () => store.write((tx) => recordStarted(tx, run))),
    isAlive: () => isAlive(identity),
    wakeWrapper() {
      if (isStopped(identity) && signalIf(identity, "SIGCONT"))
        log.warn("a wrapper was stopped; it goes on", { run: name });
    },
    exited,
    stop,
    hearAnswer: () => talk?.listen(),
    activity: () => talk?.dialogue.activity(),
    detach() {
      detached = true;
      quiet();
      void output.stop();
      void closeDoor();
    },
  };
}

/** By what holds now of its agent, when that is what it was started by. */
function isTalkedWith({ catalog }: Supervision, run: RunRow): boolean {
  if (run.gate !== null) return false;
  const agent = catalog.current().agents.get(run.agent);
  return agent?.version === run.agent_version && runtimeOf(agent.body.runtime).dialogue !== undefined;
}

/** Counted from boot, so that neither a restart of the daemon nor a jump of the clock changes how long a run may take. */
function elapsedMs(run: RunRow, clock: Clock): number {
  return run.launched_uptime === null ? 0 : Math.max(0, clock.sinceBoot() - run.launched_uptime);
}
