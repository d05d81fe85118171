/** `steward work --role R`: runs tasks of one role, one after the other, until it is told to stop. */
import { setTimeout as sleep } from "node:timers/promises";
import { EXIT, REFUSALS } from "../../core/refusal.ts";
import { asFailure } from "../failure.ts";
import type { Invocation } from "../invocation.ts";
import { timerMs } from "../timer.ts";
import { visibleJson, visibleLine } from "../visible.ts";
import { endedRun, patient, type RunSeen } from "../waiting.ts";

/** How long to wait when there is nothing to do, unless `--interval` says otherwise, in seconds. */
const INTERVAL_SECONDS = 5;

export async function work(invocation: Invocation): Promise<number> {
  const { input, err } = invocation;
  const intervalMs = 1000 * Number(input.intervalSeconds ?? INTERVAL_SECONDS);
  const stop = stopSignal();
  let said = "";
  while (!stop.aborted) {
    let why = `Nothing to do for ${visibleLine(String(input.role))}`;
    const run = await workOnce(invocation, stop).catch((error: unknown) => {
      why = passingTrouble(error, input.once === true);
      return undefined;
    });
    if (input.once) return run ? exitCode(run) : EXIT.nothingToDo;
    if (!run && said !== why && !stop.aborted) await err.write(`${why}; waiting.\n`);
    said = run ? "" : why;
    if (!run) await sleep(timerMs(intervalMs), undefined, { signal: stop }).catch(() => {});
  }
  return EXIT.ok;
}

/** Undefined: there was nothing to do, or it was told to stop while the run goes on. */
async function workOnce({ call, input, json, out, err }: Invocation, stop: AbortSignal): Promise<RunSeen | undefined> {
  const { runId, taskId } = (await call("run.start", { role: input.role })) as {
    runId: string | null;
    taskId: string | null;
  };
  if (runId === null) return undefined;
  if (!json) await out.write(`${taskId}: ${runId} started\n`);
  const run = await Promise.race([endedRun(patient(call, { reached: true }), runId), aborted(stop)]);
  if (!run) {
    await err.write(`${runId} goes on without us.\n`);
  } else {
    const why = run.reason ? ` (${visibleLine(run.reason)})` : "";
    await out.write(json ? `${visibleJson(JSON.stringify(run))}\n` : `${taskId}: ${runId} ${run.outcome}${why}\n`);
  }
  return run;
}

/** A host that is in trouble for a while is waited for; everything else is thrown again. */
function passingTrouble(error: unknown, once: boolean): string {
  const { error: said, exit } = asFailure(error);
  if (once || exit !== REFUSALS.unavailable.exit || said.data?.code !== "unavailable") throw error;
  return visibleLine(said.message.replace(/\.$/, ""));
}

function exitCode({ outcome }: RunSeen): number {
  return outcome === "completed" ? EXIT.ok : EXIT.runFailed;
}

/** Ctrl-C ends the waiting; what runs is the daemon's and runs on. */
function stopSignal(): AbortSignal {
  const controller = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => controller.abort());
  return controller.signal;
}

function aborted(signal: AbortSignal): Promise<undefined> {
  return new Promise((resolve) => signal.addEventListener("abort", () => resolve(undefined), { once: true }));
}
