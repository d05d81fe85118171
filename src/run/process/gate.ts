/** A shell in custody that talks with us over one socket, its fd 3: how wrappers are held until they may start an agent. */
import { spawn } from "node:child_process";
import { Socket } from "node:net";
import type { Clock } from "../../core/clock.ts";
import { type Identity, identify } from "./identity.ts";
import { childrenOf, type Proc } from "./proc.ts";

/** A shell that has not said "up" after this is ended, in ms. */
const UP_LIMIT_MS = 5_000;
/** What is kept of a shell's complaints, in characters. */
const MAX_COMPLAINT = 2_000;
/** How long the complaints of a shell that hung up are waited for, in ms. */
const COMPLAINT_WAIT_MS = 500;

interface GateOptions {
  /** What puts the shell into custody: stands before its argv. */
  readonly prefix: readonly string[];
  readonly script: string;
  readonly path: string;
  readonly clock: Clock;
  readonly proc: Proc;
}

export interface Gate {
  /** The shell's own: not that of an `unshare` around it. */
  readonly identity: Identity;
  /** Resolves when the shell has said this word on a line; rejects with its complaints when it hangs up or is too late. */
  heard(word: string, limitMs: number): Promise<void>;
  say(line: string): void;
  /** Resolves true when nobody holds the other end any more, false when that took too long. */
  hungUp(limitMs: number): Promise<boolean>;
  isOpen(): boolean;
  /** The status with which it ended by itself; undefined when a signal ended it, or it lives on after that long. */
  endedWith(limitMs: number): Promise<number | undefined>;
  /** Hangs up. A shell that waits at the gate then ends by itself. */
  close(): void;
}

export class GateError extends Error {
  override readonly name: string = "GateError";
}

/** Starts a shell in a session of its own that outlives us, and waits until it says "up". */
export async function openGate({ prefix, script, path, clock, proc }: GateOptions): Promise<Gate> {
  const [program = "/bin/sh", ...rest] = [...prefix, "/bin/sh", "-c", script];
  const child = spawn(program, rest, {
    detached: true,
    stdio: ["ignore", "ignore", "pipe", "pipe"],
    env: { PATH: path },
    cwd: "/",
  });
  const spawned = new Promise<void>((resolve, reject) => {
    child.once("spawn", resolve);
    child.once("error", (error) => reject(new GateError(`${program} could not be started: ${error.message}`)));
  });
  await spawned;
  child.unref();
  const [, , errors, socket] = child.stdio;
  if (!(socket instanceof Socket) || !(errors instanceof Socket)) throw new GateError("the wrapper got no gate");
  const line = talk(socket, errors, clock);
  const ended = new Promise<number | undefined>((resolve) =>
    child.once("exit", (status) => resolve(status ?? undefined)),
  );
  try {
    await line.heard("up", UP_LIMIT_MS);
    const identity = shellIdentity(child.pid, prefix.length > 0, proc);
    return { identity, ...line, endedWith: (limitMs) => Promise.race([ended, passed(limitMs, clock)]) };
  } catch (error) {
    line.close();
    // Our own child and not yet reaped, so its pid cannot be anybody else's.
    if (child.exitCode === null && child.signalCode === null) child.kill("SIGKILL");
    throw error;
  }
}

function shellIdentity(outer: number | undefined, isInside: boolean, proc: Proc): Identity {
  const pid = outer !== undefined && isInside ? childrenOf(outer, proc)[0] : outer;
  const identity = pid === undefined ? undefined : identify(pid, proc);
  if (!identity) throw new GateError("the wrapper could not be identified: it ended right after it said that it is up");
  if (isInside && identity.namespace === null) throw new GateError("the wrapper is not in a pid namespace of its own");
  return identity;
}

function passed(ms: number, clock: Clock): Promise<undefined> {
  return new Promise((resolve) => void clock.after(ms, () => resolve(undefined)));
}

type Line = Omit<Gate, "identity" | "endedWith">;

function talk(socket: Socket, errors: Socket, clock: Clock): Line {
  let heardSoFar = "";
  let complaint = "";
  let isOpen = true;
  const listeners = new Set<() => void>();
  const tell = () => {
    for (const listener of [...listeners]) listener();
  };
  const drained = new Promise<void>((resolve) => errors.once("close", () => resolve()));
  const closed = () => {
    isOpen = false;
    tell();
  };
  socket.on("data", (bytes) => {
    heardSoFar = (heardSoFar + bytes.toString()).slice(-MAX_COMPLAINT);
    tell();
  });
  socket.on("error", closed).on("end", closed).on("close", closed);
  errors.on("data", (bytes) => {
    complaint = (complaint + bytes.toString()).slice(0, MAX_COMPLAINT);
  });
  errors.on("error", () => {}).unref();

  /** True when `done` holds, false when it can no longer come to hold. */
  function until(done: () => boolean, limitMs: number, giveUp = () => false): Promise<boolean> {
    return new Promise((resolve) => {
      const finish = (result: boolean) => {
        listeners.delete(look);
        timer.cancel();
        socket.unref();
        resolve(result);
      };
      const look = () => {
        if (done()) finish(true);
        else if (giveUp()) finish(false);
      };
      const timer = clock.after(limitMs, () => finish(false));
      // A process with nothing else to do may end while wrappers wait, but not while it waits for one.
      socket.ref();
      listeners.add(look);
      look();
    });
  }

  return {
    async heard(word, limitMs) {
      if (
        await until(
          () => heardSoFar.includes(`${word}\n`),
          limitMs,
          () => !isOpen,
        )
      )
        return;
      if (isOpen) throw new GateError(`the wrapper did not say "${word}" within ${limitMs} ms`);
      await Promise.race([drained, new Promise<void>((resolve) => void clock.after(COMPLAINT_WAIT_MS, resolve))]);
      throw new GateError(`the wrapper ended before it said "${word}": ${complaint.trim() || "it gave no reason"}`);
    },
    say: (line) => void socket.write(`${line}\n`),
    hungUp: (limitMs) => until(() => !isOpen, limitMs),
    isOpen: () => isOpen,
    close() {
      isOpen = false;
      socket.destroy();
      errors.destroy();
    },
  };
}
