/** Proves a level of custody: lets a program run away as far as programs can, and ends it by that level alone. */
import { randomBytes } from "node:crypto";
import type { Clock } from "../../core/clock.ts";
import { GateError, openGate } from "./gate.ts";
import type { Identity } from "./identity.ts";
import type { Keeper } from "./keeper.ts";
import type { Proc } from "./proc.ts";

interface Trial {
  readonly prefix: readonly string[];
  /** Whether the escapee takes its environment, and with it the marker, along. */
  readonly keepsMarker: boolean;
  admit(identity: Identity): void;
  keeperOf(identity: Identity): Keeper;
  forget(identity: Identity): void;
}

/** How long the escapee may take to get away, in ms. */
const ESCAPE_LIMIT_MS = 1_000;
/** How often it is killed at most, and how long it may take to be gone each time, in ms. */
const KILLS = 25;
const GONE_LIMIT_MS = 20;

/** Throws a `GateError` that says what did not work. Leaves nothing running: whoever got away ends when we hang up. */
export async function tryEscape(trial: Trial, around: { clock: Clock; proc: Proc; path: string }): Promise<void> {
  const marker = `STEWARD_PROBE=${randomBytes(16).toString("hex")}`;
  const gate = await openGate({ ...around, prefix: trial.prefix, script: escapeScript(trial.keepsMarker) });
  const kept = { identity: gate.identity, marker };
  try {
    trial.admit(gate.identity);
    gate.say(marker);
    await gate.heard("escaped", ESCAPE_LIMIT_MS);
    const keeper = trial.keeperOf(gate.identity);
    if (keeper.members(kept).length === 0) throw new GateError("a program that ran away was not found");
    for (let kill = 0; kill < KILLS; kill += 1) {
      keeper.kill(kept);
      // Everybody in the trial holds the other end of the gate: it hangs up when the last of them is dead.
      if (await gate.hungUp(GONE_LIMIT_MS)) return;
    }
    throw new GateError("a program that ran away could not be ended");
  } finally {
    gate.close();
    trial.forget(gate.identity);
  }
}

/** A cleared environment, a session of its own and a double fork: no tree, no session and no marker lead to it. */
function escapeScript(keepsMarker: boolean): string {
  const away = `setsid /bin/sh -c '(echo escaped >&3; read -r _ <&3) &'`;
  return `echo up >&3
read -r marker <&3 || exit 75
export "$marker"
${keepsMarker ? away : `env -i ${away}`}
read -r _ <&3`;
}
