/** What holds all processes of a run together, so that none outlives it: one answer per level of custody. */
import type { Identity } from "./identity.ts";
import type { ProcessKey } from "./proc.ts";

export interface Kept {
  readonly identity: Identity;
  /** `NAME=value` as it stands in the agent's environment; the value must be unique on this machine. */
  readonly marker: string;
}

export interface Keeper {
  /** The living processes of the run, without its wrapper. */
  members(kept: Kept): ProcessKey[];
  /** One go at ending everything, wrapper included. What it missed is left to the next go. */
  kill(kept: Kept): void;
  /** How many times in a row nothing must be found before it is believed that nothing lives. */
  readonly emptyLooks: number;
}
