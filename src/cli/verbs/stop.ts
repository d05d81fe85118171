/** `steward stop`: ends the daemon within a bound, whatever state it is in. Agents run on. */

import { existsSync, readdirSync, readFileSync } from "node:fs";
import { EXIT } from "../../core/refusal.ts";
import { holderIdentity } from "../../daemon/presence.ts";
import { takeHomeLock } from "../../fleet/lock.ts";
import { type Identity, identify, isAlive, signalIf } from "../../run/process/identity.ts";
import { unavailableFailure } from "../failure.ts";
import type { Invocation } from "../invocation.ts";
import { timerMs } from "../timer.ts";

/** How long a daemon may take to stop when nothing is said, in seconds. */
const STOP_SECONDS = 20;
/** How often it is looked whether it is gone, in ms. */
const LOOK_MS = 10;
/** What is left for SIGKILL to work, in ms. */
const KILL_MS = 5_000;

export interface Stopped {
  /** Undefined: nothing was running. */
  readonly pid: number | undefined;
  /** Agents that go on. */
  readonly runs: number;
  readonly killed: boolean;
}

export async function stop(invocation: Invocation): Promise<number> {
  const { json, out } = invocation;
  const { pid, runs, killed } = await stopDaemon(invocation);
  if (json) await out.write(`${JSON.stringify({ stopped: pid !== undefined, pid: pid ?? null, runs, killed })}\n`);
  else await out.write(`${sentence(pid, runs, killed)}\n`);
  return EXIT.ok;
}

export async function stopDaemon(invocation: Invocation): Promise<Stopped> {
  const seconds = typeof invocation.input.timeoutSeconds === "number" ? invocation.input.timeoutSeconds : STOP_SECONDS;
  const deadline = performance.now() + seconds * 1000;
  const asked = await ask(invocation, deadline);
  const identity = asked?.identity ?? holderIdentity(invocation.paths);
  if (!identity) {
    if (isFree(invocation)) return { pid: undefined, runs: 0, killed: false };
    throw unavailableFailure(
      `The home ${invocation.paths.home} is held by a daemon that does not answer and has not said who it is.`,
      "Look for it among your processes and end it.",
    );
  }
  if (!asked) signalIf(identity, "SIGTERM");
  const runs = asked?.runs ?? 0;
  if (await gone(identity, deadline)) return { pid: identity.pid, runs, killed: false };
  signalIf(identity, "SIGKILL");
  if (await gone(identity, performance.now() + KILL_MS)) return { pid: identity.pid, runs, killed: true };
  throw unavailableFailure(`The daemon (pid ${identity.pid}) cannot be ended.`, "It hangs in the kernel; see dmesg.");
}

/** Undefined when it did not answer in time. */
async function ask({ call }: Invocation, deadline: number): Promise<{ identity: Identity; runs: number } | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), timerMs((deadline - performance.now()) / 2));
  });
  try {
    return await Promise.race([politely(call), late]);
  } catch {
    return undefined;
  } finally {
    clearTimeout(timer);
  }
}

async function politely(call: Invocation["call"]): Promise<{ identity: Identity; runs: number } | undefined> {
  const { pid, runs } = (await call("daemon.status", {})) as { pid: number; runs: { live: number } };
  const identity = identify(pid);
  await call("daemon.stop", {});
  return identity && { identity, runs: runs.live };
}

function isFree({ paths }: Invocation): boolean {
  if (!existsSync(paths.lock)) return true;
  const lock = takeHomeLock(paths.lock);
  lock?.release();
  return lock !== undefined;
}

async function gone(identity: Identity, deadline: number): Promise<boolean> {
  while (isAlive(identity) || isFading(identity.pid)) {
    if (performance.now() > deadline) return false;
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
  return true;
}

/** A killed process keeps its files, and with them the lock of its home, until its last thread has ended (proc(5), task/). */
function isFading(pid: number): boolean {
  try {
    return (
      /^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, "utf8")) && readdirSync(`/proc/${pid}/task`).length > 1
    );
  } catch {
    return false; // It has been reaped.
  }
}

function sentence(pid: number | undefined, runs: number, killed: boolean): string {
  if (pid === undefined) return "No daemon was running.";
  const how = killed
    ? `Steward did not stop in time and was killed (pid ${pid}).`
    : `Steward has stopped (pid ${pid}).`;
  const rest =
    runs === 0 ? "" : ` ${runs} run${runs === 1 ? " goes" : "s go"} on and will be taken over at the next start.`;
  return how + rest;
}
