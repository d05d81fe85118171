/** Ends a run with everything that it started: asks first, then makes sure. */
import type { Clock } from "../../core/clock.ts";
import type { Custody } from "./custody.ts";
import { type Identity, isAlive, signalProcess } from "./identity.ts";
import type { Keeper, Kept } from "./keeper.ts";
import { type Proc, type ProcessKey, systemProc, Unseen } from "./proc.ts";

/** The pause between two looks, in ms: short at first, because most agents end at once; longer later, because looks cost. */
const FIRST_PAUSE_MS = 5;
const LONGEST_PAUSE_MS = 100;
/** What SIGKILL has not ended after this hangs in the kernel (state D), in ms. */
const KILL_LIMIT_MS = 10_000;

export interface EndOptions {
  readonly identity: Identity;
  readonly custody: Custody;
  /** `NAME=value` as it stands in the agent's environment; the value must be unique on this machine. */
  readonly marker: string;
  readonly clock: Clock;
  readonly proc?: Proc;
}

/** SIGTERM to everything but the wrapper, which is to write down how the agent ends; after `graceMs` SIGKILL to all. */
export async function terminate(options: EndOptions & { readonly graceMs: number }): Promise<"gone" | "unkillable"> {
  const { custody, identity, clock, graceMs, proc = systemProc } = options;
  const keeper = custody.keeperOf(identity);
  const isGone = goneCheck(keeper, options, proc);
  let wasAsked = false;
  const isGoneOnceAsked = () => {
    // Right after the gate there may be nobody to ask yet. Later ones are not asked: they may be tidying up.
    if (!wasAsked) {
      const agents = keeper.members(options).filter((member) => isAgents(member, identity, proc));
      for (const member of agents) askToEnd(member, proc);
      wasAsked = agents.length > 0;
    }
    return isGone();
  };
  if (await until(isGoneOnceAsked, graceMs, clock)) return finish(options);
  return endLeftovers(options);
}

/** Ends whatever lives of a run, unasked: also of one whose wrapper is dead, before it may be called lost. */
export async function endLeftovers(options: EndOptions): Promise<"gone" | "unkillable"> {
  const { custody, identity, clock, proc = systemProc } = options;
  const keeper = custody.keeperOf(identity);
  const isGone = goneCheck(keeper, options, proc);
  const killed = await until(
    () => {
      if (isGone()) return true;
      keeper.kill(options);
      return false;
    },
    KILL_LIMIT_MS,
    clock,
  );
  return killed ? finish(options) : "unkillable";
}

/** Between fork and exec the agent is still a copy of the wrapper, which hears SIGTERM and goes on. */
function isAgents(member: ProcessKey, wrapper: Identity, proc: Proc): boolean {
  return proc.read(`${member.pid}/cmdline`) !== proc.read(`${wrapper.pid}/cmdline`);
}

function askToEnd(member: ProcessKey, proc: Proc): void {
  signalProcess(member, "SIGTERM", proc);
  // A stopped process hears nothing until it goes on.
  signalProcess(member, "SIGCONT", proc);
}

function finish({ custody, identity }: EndOptions): "gone" {
  custody.forget(identity);
  return "gone";
}

/** Holds when nothing of the run was found as many times in a row as its keeper asks for. */
function goneCheck(keeper: Keeper, kept: Kept, proc: Proc): () => boolean {
  let emptyLooks = 0;
  return () => {
    const isEmpty = !isAlive(kept.identity, proc) && keeper.members(kept).length === 0;
    emptyLooks = isEmpty ? emptyLooks + 1 : 0;
    return emptyLooks >= keeper.emptyLooks;
  };
}

async function until(holds: () => boolean, limitMs: number, clock: Clock): Promise<boolean> {
  const end = clock.monotonic() + limitMs;
  for (let pause = FIRST_PAUSE_MS; ; pause = Math.min(pause * 1.5, LONGEST_PAUSE_MS)) {
    if (ifSeen(holds)) return true;
    const left = end - clock.monotonic();
    if (left <= 0) return false;
    await new Promise<void>((resolve) => void clock.after(Math.min(pause, left), resolve));
  }
}

/** Who cannot be looked at now is looked at again. */
function ifSeen(holds: () => boolean): boolean {
  try {
    return holds();
  } catch (error) {
    if (error instanceof Unseen) return false;
    throw error;
  }
}
