/** `steward work --role R`: runs tasks of one role, one stage after the other, until it is told to stop. */
import { hostname, userInfo } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import { EXIT, type REFUSALS } from "../../core/refusal.ts";
import { asFailure } from "../failure.ts";
import type { Invocation } from "../invocation.ts";
import { timerMs } from "../timer.ts";
import { visibleJson, visibleLine } from "../visible.ts";
import { endedRun, patient, type RunSeen } from "../waiting.ts";
import { endedStage } from "../waiting-stage.ts";

/** How long to wait when there is nothing to do, unless `--interval` says otherwise, in seconds. */
const INTERVAL_SECONDS = 5;

interface Stage {
  readonly run: RunSeen;
  readonly isGood: boolean;
}

export async function work(invocation: Invocation): Promise<number> {
  const { input, err } = invocation;
  const intervalMs = 1000 * Number(input.intervalSeconds ?? INTERVAL_SECONDS);
  const stop = stopSignal();
  let said = "";
  while (!stop.aborted) {
    let why = `Nothing to do for ${visibleLine(String(input.role))}`;
    const stage = await workOnce(invocation, stop).catch((error: unknown) => {
      why = passingTrouble(error, input.once === true);
      return undefined;
    });
    if (stop.aborted) await err.write("Stopped: nothing more is claimed from here.\n");
    if (input.once && stage === undefined) await sayNothingToDo(invocation, why);
    if (input.once) return stage === undefined ? EXIT.nothingToDo : stage?.isGood ? EXIT.ok : EXIT.runFailed;
    if (stage === undefined && said !== why && !stop.aborted) await err.write(`${why}; waiting.\n`);
    said = stage === undefined ? why : "";
    if (stage === undefined) await sleep(timerMs(intervalMs), undefined, { signal: stop }).catch(() => {});
  }
  return EXIT.ok;
}

/** The answer of `run.start`, which took nothing. */
async function sayNothingToDo({ json, input, out, err }: Invocation, why: string): Promise<void> {
  if (json) return out.write(`${JSON.stringify({ runId: null, taskId: null })}\n`);
  const role = visibleLine(String(input.role));
  await err.write(`${why}, or a limit is reached: \`steward task list --role ${role}\` shows its tasks.\n`);
}

/** Undefined: there was nothing to do. Null: it was told to stop while the stage goes on. */
async function workOnce(
  { call, input, json, out, err }: Invocation,
  stop: AbortSignal,
): Promise<Stage | null | undefined> {
  const owner = typeof input.owner === "string" ? input.owner : whoWorks();
  const { runId, taskId } = (await call("run.start", { role: input.role, project: input.project, owner })) as {
    runId: string | null;
    taskId: string | null;
  };
  if (runId === null || taskId === null) return undefined;
  if (!json) await out.write(`${taskId}: ${runId} started\n`);
  const asking = patient(call, { reached: true });
  const run = await Promise.race([endedRun(asking, runId), aborted(stop)]);
  const stage = run && (await Promise.race([endedStage(asking, run), aborted(stop)]));
  if (!run || !stage) {
    await err.write(`${run ? taskId : runId} goes on without us.\n`);
    return null;
  }
  const why = run.reason ? ` (${visibleLine(run.reason)})` : "";
  const { gates } = stage;
  if (json) await out.write(`${visibleJson(JSON.stringify({ ...run, gates }))}\n`);
  else await out.write(`${taskId}: ${runId} ${run.outcome}${why}\n`);
  if (!json)
    for (const { gate, outcome, reason } of gates)
      await out.write(`${taskId}: gate ${visibleLine(gate)} ${outcome}${reason ? ` (${visibleLine(reason)})` : ""}\n`);
  return { run, isGood: stage.isGood };
}

function whoWorks(): string {
  let name = "somebody";
  try {
    name = userInfo().username;
  } catch {
    // A user without an entry in the system's list.
  }
  return `${name}@${hostname()}`;
}

/** A host that is in trouble and a role that is paused are waited for; everything else is thrown again. */
function passingTrouble(error: unknown, once: boolean): string {
  const { error: said, exit } = asFailure(error);
  const passes: readonly string[] = ["unavailable", "conflict"] satisfies (keyof typeof REFUSALS)[];
  if (once || exit === EXIT.noDaemon || !passes.includes(String(said.data?.code))) throw error;
  return visibleLine(said.message.replace(/\.$/, ""));
}

/** Ctrl-C and SIGTERM end the waiting and the claiming; what runs is the daemon's and runs on. */
function stopSignal(): AbortSignal {
  const controller = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => controller.abort());
  return controller.signal;
}

function aborted(signal: AbortSignal): Promise<undefined> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve(undefined);
    else signal.addEventListener("abort", () => resolve(undefined), { once: true });
  });
}
