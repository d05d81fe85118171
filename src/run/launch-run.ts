/** From a claim to a living agent, step by step. A daemon that dies between any two steps leaves nothing running unrecorded. */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { Agent } from "../agent/agent.ts";
import { runtimeOf } from "../agent/runtimes/runtimes.ts";
import { publicId } from "../core/ids.ts";
import { type TaskDetailRow, type TaskRow, taskDetail } from "../task/task.store.ts";
import type { SecretBook } from "../trust/secret-book.ts";
import type { Claim } from "./claim.store.ts";
import { onBranch, promptFor } from "./dialogue/agent-prompt.ts";
import { sessionBefore } from "./dialogue/session.ts";
import { secondsOfStep, specOfGate } from "./gate-launch.ts";
import { type Envelope, saysNothing } from "./handover/envelope.ts";
import { envelopeFor } from "./handover/hand-over.ts";
import { insist } from "./insist.ts";
import { type LiveRun, type Supervision, superviseRun } from "./live-run.ts";
import type { Ending } from "./outcome.ts";
import { type Prepare, prepareLaunch, Unlaunchable } from "./prepare.ts";
import { hasPassedGate, type LaunchSpec, UnfitForLaunch } from "./process/launch-file.ts";
import type { Wrapper, Wrappers } from "./process/wrapper.ts";
import { earlierSession, type RunRow, recordIdentity, runById, runsOfTask } from "./run.store.ts";
import { makeRunDirectory, type RunFiles, runFiles, writeHandover, writePrompt, writeSpec } from "./run-files.ts";
import { settleRun } from "./settle.ts";
import { placeOf } from "./workspace/place.ts";

/** The kill points of a launch, in order. A test ends the daemon at each of them. */
export const LAUNCH_STEPS = ["claimed", "prepared", "wrapped", "recorded", "released"] as const;
export type LaunchStep = (typeof LAUNCH_STEPS)[number];

export interface Launching extends Supervision {
  readonly wrappers: Wrappers;
  readonly secretBook: SecretBook;
  /** Called after each step; injected by tests that end the daemon right there. */
  readonly onStep: (step: LaunchStep) => void;
  /** What could not be recorded by then is left to the next daemon. */
  readonly isStopping: () => boolean;
  readonly stopping: AbortSignal;
}

/** What went wrong is this host's, not the agent's: others would fare no better now. */
export class HostTrouble extends Error {
  override readonly name = "HostTrouble";
}

export interface ToLaunch extends Claim {
  /** A wrapper that waited when the task was claimed: its identity was recorded with the claim. */
  readonly wrapper: Wrapper | undefined;
}

/** Resolves when its agent runs, or when it ended before it began. Throws `HostTrouble` after recording *never started*. */
export async function launchRun(all: Launching, { run, task, wrapper }: ToLaunch, onLive: (live: LiveRun) => void) {
  const files = runFiles(all.runsDirectory, run.id);
  let unused = wrapper;
  all.onStep("claimed");
  try {
    const detail = await taskDetail(all.store.read, task.id);
    const agent = all.catalog.current().agents.get(run.agent)?.body;
    const spec =
      run.gate === null
        ? await specOfAgent(all, { run, task, files, detail, agent })
        : await specOfGate(all, { run, task, files, detail, agent, stopping: all.stopping });
    all.onStep("prepared");
    const ready = unused ?? (await readyInTime(all, agent?.startTimeoutSeconds ?? all.limits().runStartSeconds));
    unused = undefined;
    all.onStep("wrapped");
    await start(all, { run, agent, spec, wrapper: ready, files, taskTimeout: detail.timeout_seconds }, onLive);
  } catch (error) {
    unused?.abandon();
    await insist({
      ...all,
      run: publicId("run", run.id),
      what: "record that a run did not start",
      step: () => settleRun(all, run, { exit: undefined, files, printed: () => "", known: endingFor(error) }),
      isOver: all.isStopping,
    });
    if (error instanceof Unlaunchable || error instanceof UnfitForLaunch) return;
    throw new HostTrouble(messageOf(error), { cause: error });
  }
}

interface ToPrepare {
  readonly run: RunRow;
  readonly task: TaskRow;
  readonly files: RunFiles;
  readonly detail: TaskDetailRow;
  readonly agent: Agent | undefined;
}

async function specOfAgent(all: Launching, { run, task, files, detail, agent }: ToPrepare): Promise<LaunchSpec> {
  if (!agent) throw new Unlaunchable({ outcome: "never_started", reason: `agent ${run.agent} was taken away` });
  const envelope = await envelopeFor(all, run, task);
  const told = await beginning(all, run, agent, detail.prompt, envelope);
  makeRunDirectory(files, told.prompt);
  if (!saysNothing(envelope) || envelope.note !== null) writeHandover(files, envelope);
  const place = await placeOf(all.workspaces, { run, detail, agent, files, stopping: all.stopping });
  const prompt = told.tellsBranch && place ? onBranch(told.prompt, place.branch) : told.prompt;
  if (prompt !== told.prompt) writePrompt(files, prompt);
  return prepareFiles(all, { run, agent, files, detail, place, prompt, session: told.session });
}

/** A wrapper that comes too late is not used any more. */
async function readyInTime({ wrappers, clock }: Launching, seconds: number): Promise<Wrapper> {
  const ready = wrappers.ready();
  let tooLate = false;
  return await new Promise((resolve, reject) => {
    const timer = clock.after(seconds * 1000, () => {
      tooLate = true;
      reject(new Unlaunchable({ outcome: "failed", reason: "start_timeout" }));
    });
    ready.then(
      (wrapper) => {
        timer.cancel();
        if (tooLate) wrapper.abandon();
        resolve(wrapper);
      },
      (error: unknown) => {
        timer.cancel();
        reject(error);
      },
    );
  });
}

/** What it is told, and which session it goes on with. A program that is told its prompt and no more has neither: its prompt may be a script. */
async function beginning({ store }: Launching, run: RunRow, agent: Agent, prompt: string, envelope: Envelope) {
  const isTalkedWith = runtimeOf(agent.runtime).dialogue !== undefined;
  if (!isTalkedWith || run.number === 1) {
    const isScript = !isTalkedWith && saysNothing(envelope);
    const told = isScript ? prompt : promptFor({ prompt, envelope, session: null, earlier: undefined });
    return { prompt: told, session: null, tellsBranch: isTalkedWith };
  }
  const earlier = await earlierSession(store.read, run);
  const [last] = await runsOfTask(store.read, run.task_id, 2).then((runs) => runs.filter(({ id }) => id < run.id));
  const session = sessionBefore(earlier);
  return {
    prompt: promptFor({ prompt, envelope, session, earlier: last }),
    session,
    tellsBranch: session === null,
  };
}

function prepareFiles(all: Launching, prepare: Omit<Prepare, "secrets" | "configDirectory" | "bridge">): LaunchSpec {
  const { files, run } = prepare;
  const configDirectory = join(all.sessionsDirectory, publicId("task", run.task_id), run.agent);
  const spec = prepareLaunch({ ...prepare, secrets: all.secretBook, configDirectory, bridge: all.doors.bridge(files) });
  if (spec.cwd === files.work) mkdirSync(files.work, { mode: 0o700 });
  return spec;
}

/** For people who look into the directory: what was started, with the names of its variables and not their values. */
function describeLaunch({ log }: Launching, { run, spec, files }: Start): void {
  try {
    writeSpec(files, {
      run: spec.name,
      task: publicId("task", run.task_id),
      role: run.role,
      agent: run.agent,
      agentVersion: run.agent_version,
      ...(run.gate !== null && { gate: run.gate }),
      argv: spec.argv,
      cwd: spec.cwd,
      environment: Object.keys(spec.env).sort(),
    });
  } catch (error) {
    log.warn("spec.json could not be written", { run: spec.name, error });
  }
}

interface Start {
  readonly run: RunRow;
  /** Undefined: it was taken away, and this is a gate. */
  readonly agent: Agent | undefined;
  readonly spec: LaunchSpec;
  readonly wrapper: Wrapper;
  readonly files: RunFiles;
  readonly taskTimeout: number | null;
}

async function start(all: Launching, launch: Start, onLive: (live: LiveRun) => void): Promise<void> {
  const { run, agent, spec, wrapper, files, taskTimeout } = launch;
  const recorded = await recordedRun(all, run, wrapper);
  if (!recorded) {
    wrapper.abandon();
    throw new Unlaunchable({ outcome: "never_started", reason: "it was stopped before it began" });
  }
  all.onStep("recorded");
  // Let go first, and watched in the same turn of the event loop, before any news of it can be heard.
  const released = wrapper.release(spec);
  const live = superviseRun(all, recorded, wrapper.identity, runTimes(all, run, agent, taskTimeout), wrapper.lastWord);
  onLive(live);
  void obeyEarlierStop(all, recorded, live);
  try {
    await released;
  } catch (error) {
    // The gate was passed: whatever happened then is seen by its exit, or by the wrapper being gone.
    if (!hasPassedGate(files.directory)) await live.exited(endingFor(error));
    if (!(error instanceof UnfitForLaunch)) all.log.warn("a wrapper did not leave the gate", { run: spec.name, error });
    return;
  }
  all.onStep("released");
  await live.started();
  const task = publicId("task", run.task_id);
  all.log.info("run started", { run: spec.name, task, agent: run.agent, pid: wrapper.identity.pid });
  describeLaunch(all, launch);
}

/** Asked for in the commit that recorded it, a stop was told before anybody watched. A store that is away now must not undo the launch. */
async function obeyEarlierStop(all: Launching, run: RunRow, live: LiveRun): Promise<void> {
  await insist({
    ...all,
    run: publicId("run", run.id),
    what: "see whether a run is to be stopped",
    step: async () => {
      const { stop_reason } = (await runById(all.store.read, run.id)) ?? run;
      if (stop_reason !== null) void live.stop(stop_reason);
    },
    isOver: all.isStopping,
  });
}

/** The run with its wrapper's identity durable; undefined when it is no longer ours to start. */
async function recordedRun(all: Launching, run: RunRow, wrapper: Wrapper): Promise<RunRow | undefined> {
  if (run.pid !== null) {
    const now = await runById(all.store.read, run.id);
    return now?.state === "starting" && now.stop_reason === null ? now : undefined;
  }
  const { identity } = wrapper;
  const facts = { identity, custody: all.custody.level, uptime: all.clock.sinceBoot() };
  try {
    return await all.store.write((tx) => recordIdentity(tx, run, facts));
  } catch (error) {
    wrapper.abandon();
    throw error;
  }
}

export function runTimes(all: Launching, run: RunRow, agent: Agent | undefined, taskTimeout: number | null) {
  const limits = all.limits();
  const role = all.catalog.current().role(run.project_id, run.role)?.body;
  if (run.gate !== null) {
    const wallMs = 1000 * secondsOfStep(role, run.gate, limits.gateSeconds);
    // A test may be silent for as long as it takes.
    return { wallMs, idleMs: 2 * wallMs };
  }
  return {
    wallMs: 1000 * (taskTimeout ?? role?.timeoutSeconds ?? agent?.timeoutSeconds ?? limits.runWallSeconds),
    idleMs: 1000 * (agent?.idleTimeoutSeconds ?? limits.runIdleSeconds),
  };
}

function endingFor(error: unknown): Ending {
  if (error instanceof Unlaunchable) return error.ending;
  if (error instanceof UnfitForLaunch) return { outcome: "failed", reason: error.message, permanent: true };
  return { outcome: "never_started", reason: messageOf(error) };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
