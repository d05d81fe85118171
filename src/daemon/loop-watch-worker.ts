/**
 * The thread that watches the event loop: sees the beat of the main thread stop, asks where it stands, writes that down
 * for it, and ends a daemon that will not move again. It loads next to nothing: each thread costs megabytes as it is.
 */
import { appendFileSync, writeSync } from "node:fs";
import { type Debugger, Session } from "node:inspector";
import { parentPort, workerData } from "node:worker_threads";
import { writeCrashReport } from "./crash-report.ts";
import { BEAT, BEAT_MS, BLOCKED_MS, type LoopMoved, type LoopWatchData, STUCK_MS } from "./loop-watch-data.ts";
import { createStanding } from "./standing.ts";

/** How long the main thread has to say where it stands, in ms. Inside one native call it cannot. */
const STACK_LIMIT_MS = 2_000;
/** Calls shown of a stack. */
const MAX_FRAMES = 30;

const { shared, logPath, logs, version, startedAt } = workerData as LoopWatchData;
const stands = createStanding(BEAT_MS, Atomics.load(shared, BEAT), performance.now());
let blocked: { readonly at: string; readonly where: Promise<string[]> } | undefined;

setInterval(look, BEAT_MS);

function look(): void {
  const { standsMs, moved } = stands(Atomics.load(shared, BEAT), performance.now());
  const seconds = Math.round(standsMs / 100) / 10;
  if (moved) {
    if (blocked) void tellMoved(seconds, blocked);
    blocked = undefined;
    return;
  }
  if (!blocked && standsMs > Atomics.load(shared, BLOCKED_MS)) {
    blocked = { at: new Date().toISOString(), where: whereItStands() };
    void blocked.where.then((where) => writeLine("the event loop stands still", { seconds, where }));
  }
  if (blocked && standsMs > Atomics.load(shared, STUCK_MS)) void endIt(seconds, blocked.where);
}

async function tellMoved(seconds: number, { at, where }: NonNullable<typeof blocked>): Promise<void> {
  const moved: LoopMoved = { at, seconds, where: await where };
  parentPort?.postMessage(moved);
}

/** The calls that the main thread is in, innermost first; a sentence when it cannot say. */
function whereItStands(): Promise<string[]> {
  return new Promise((resolve) => {
    const session = new Session();
    // Frames name their script by number only.
    const urls = new Map<string, string>();
    const finish = (where: string[]) => {
      clearTimeout(timer);
      // Also lets the main thread go on, whatever happened before: nobody is left who could hold it.
      session.disconnect();
      resolve(where);
    };
    const timer = setTimeout(
      () => finish(["inside one native call (the database, the file system, a program that is waited for)"]),
      STACK_LIMIT_MS,
    );
    try {
      session.connectToMainThread();
      session.on("Debugger.scriptParsed", ({ params }) => void urls.set(params.scriptId, params.url));
      session.on("Debugger.paused", ({ params }) => {
        session.post("Debugger.resume");
        finish(
          params.callFrames.slice(0, MAX_FRAMES).map((frame) => frameText(frame, urls.get(frame.location.scriptId))),
        );
      });
      session.post("Debugger.enable");
      session.post("Debugger.pause");
    } catch (error) {
      finish([`unknown: ${error}`]);
    }
  });
}

function frameText({ functionName, location }: Debugger.CallFrame, url = "unknown"): string {
  const place = `${url.replace(/^file:\/\//, "")}:${location.lineNumber + 1}:${(location.columnNumber ?? 0) + 1}`;
  return `${functionName || "(anonymous)"} ${place}`;
}

/** Agents run on, and whoever supervises the daemon starts the next. From here there is no way to exit with a status. */
async function endIt(seconds: number, where: Promise<string[]>): Promise<void> {
  const at = new Date().toISOString();
  const reason = `the event loop stood still for ${seconds} s`;
  const details = (await where).map((frame) => `    at ${frame}`).join("\n");
  try {
    const uptimeSeconds = Math.round((Date.now() - startedAt) / 1000);
    writeCrashReport(logs, { at, reason, pid: process.pid, version, uptimeSeconds, details });
    writeLine("the daemon ends: its event loop is stuck", { seconds });
    writeSync(2, `The daemon ends: ${reason}\n${details}\n`);
  } catch {
    // It has to end also where nothing can be written any more.
  }
  process.kill(process.pid, "SIGKILL");
}

/** The main thread, whose log it is, cannot write while it stands still; it looks at the file's size before each line. */
function writeLine(msg: string, facts: object): void {
  try {
    const line = JSON.stringify({ level: "error", time: new Date().toISOString(), msg, ...facts });
    appendFileSync(logPath, `${line}\n`, { mode: 0o600 });
  } catch {
    // A disk that takes no line must not keep the watch from watching; what is seen is told when the loop moves.
  }
}
