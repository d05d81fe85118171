/** Wrappers: shells that wait in custody at the gate, one of them kept warm, until they are told which agent to run. */
import type { Clock, Timer } from "../../core/clock.ts";
import type { Log } from "../../core/log.ts";
import { type Custody, SYSTEM_PATH } from "./custody.ts";
import { type Gate, openGate } from "./gate.ts";
import { type Identity, isAlive, signalIf } from "./identity.ts";
import { type LaunchSpec, PASSED, removeLaunchFile, WAIT_AT_THE_GATE, writeLaunchFile } from "./launch-file.ts";
import { type Proc, systemProc } from "./proc.ts";

/** A wrapper that was let go and has not left the gate after this is ended, in ms. */
const PASS_LIMIT_MS = 10_000;

/** By then a wrapper that was hung up on has ended, and its custody can be cleared away, in ms. */
const FORGET_AFTER_MS = 1_000;

/** A wrapper that is gone has been reaped after this, in ms. */
const LAST_WORD_MS = 500;

/** The next wrapper is made this long after the last was let go, in ms: at once it would take its time from the agent that starts. */
const REFILL_AFTER_MS = 20;

export interface WrappersOptions {
  readonly custody: Custody;
  readonly exitsDirectory: string;
  readonly clock: Clock;
  readonly log: Log;
  /** Keep one ready, so that a launch need not wait for it. Default true. */
  readonly keepWarm?: boolean;
  /** Where `unshare` is looked for. Agents get the PATH of their own environment. */
  readonly path?: string;
  readonly proc?: Proc;
  /** What agents get as their umask, octal. The daemon's own keeps its home private and is not meant for their files. */
  readonly umask: string;
}

export interface Wrapper {
  /** To be recorded durably before `release`. */
  readonly identity: Identity;
  /**
   * Lets the agent start; resolves when the gate is passed. Throws `UnfitForLaunch` or `ArgumentTooLong` (nothing was
   * started) or `GateError` (the wrapper is ended; `hasPassedGate` tells whether the agent can have started).
   */
  release(spec: LaunchSpec): Promise<void>;
  /**
   * The agent's exit status as the wrapper ended with it, which nobody can take away as they can its file; undefined when
   * something killed the wrapper.
   */
  lastWord(): Promise<number | undefined>;
  /** Nothing was done with it: it is kept ready again. */
  putBack(): void;
  /** It will not be needed: it ends, and its agent never starts. */
  abandon(): void;
}

export function createWrappers(options: WrappersOptions): Wrappers {
  return new Wrappers(options);
}

export class Wrappers {
  readonly #options: WrappersOptions;
  #kept: Gate | undefined;
  #opening: Promise<void> | undefined;
  #refilling: Timer | undefined;
  #stopped = false;

  constructor(options: WrappersOptions) {
    this.#options = options;
    this.#refill();
  }

  /** The one that is kept ready, at once; undefined while there is none. */
  takeReady(): Wrapper | undefined {
    const kept = this.#kept;
    this.#kept = undefined;
    if (!kept) return undefined;
    if (kept.isOpen() && isAlive(kept.identity, this.#options.proc)) return this.#wrapper(kept);
    this.#drop(kept);
    this.#refill();
    return undefined;
  }

  /** A wrapper that waits at the gate, identified and in custody. Throws `GateError` when none can be made. */
  async ready(): Promise<Wrapper> {
    if (this.#stopped) throw new Error("the wrappers are stopped");
    this.#cancelRefill();
    await this.#opening;
    return this.takeReady() ?? this.#wrapper(await this.#open());
  }

  /** Nothing waits at the gate after this. Agents that were released run on. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#cancelRefill();
    await this.#opening;
    if (this.#kept) this.#drop(this.#kept);
    this.#kept = undefined;
  }

  async #open(): Promise<Gate> {
    const { custody, clock, path = process.env.PATH ?? SYSTEM_PATH, proc = systemProc } = this.#options;
    const gate = await openGate({ prefix: custody.prefix, script: WAIT_AT_THE_GATE, path, clock, proc });
    try {
      custody.admit(gate.identity);
    } catch (error) {
      gate.close();
      throw error;
    }
    return gate;
  }

  #wrapper(gate: Gate): Wrapper {
    return {
      identity: gate.identity,
      release: async (spec) => {
        try {
          await pass(gate, spec, this.#options);
        } finally {
          // Only now: making another one would take its time from this launch.
          this.#refill();
        }
      },
      lastWord: () => gate.endedWith(LAST_WORD_MS),
      putBack: () => {
        if (this.#kept || this.#stopped) this.#drop(gate);
        else this.#kept = gate;
      },
      abandon: () => {
        this.#drop(gate);
        this.#refill();
      },
    };
  }

  #refill(): void {
    const { keepWarm = true, log, clock } = this.#options;
    if (!keepWarm || this.#kept || this.#opening || this.#refilling || this.#stopped) return;
    this.#refilling = clock.after(REFILL_AFTER_MS, () => {
      this.#refilling = undefined;
      this.#opening = this.#open()
        .then((gate) => {
          this.#kept = gate;
        })
        .catch((error: unknown) => log.warn("no wrapper could be kept ready; the next launch tries again", { error }))
        .finally(() => {
          this.#opening = undefined;
        });
    });
  }

  #cancelRefill(): void {
    this.#refilling?.cancel();
    this.#refilling = undefined;
  }

  #drop(gate: Gate): void {
    gate.close();
    this.#options.clock.after(FORGET_AFTER_MS, () => this.#options.custody.forget(gate.identity));
  }
}

async function pass(
  gate: Gate,
  spec: LaunchSpec,
  { exitsDirectory, umask, proc = systemProc }: WrappersOptions,
): Promise<void> {
  try {
    writeLaunchFile(spec, exitsDirectory, umask);
    gate.say(spec.runDirectory);
    await gate.heard(PASSED, PASS_LIMIT_MS);
  } catch (error) {
    signalIf(gate.identity, "SIGKILL", proc);
    throw error;
  } finally {
    removeLaunchFile(spec.runDirectory);
    gate.close();
  }
}
