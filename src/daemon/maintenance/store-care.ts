/** What the store asks for while it is opened and used: a way back before its tables change, and somebody to tell of damage. */
import type { Limits } from "../../config/limits.ts";
import type { Clock } from "../../core/clock.ts";
import type { HomePaths } from "../../core/home.ts";
import type { Log } from "../../core/log.ts";
import { backUpBeforeUpgrade } from "./upgrade-backup.ts";

export interface StoreCareOptions {
  readonly paths: HomePaths;
  readonly version: string;
  readonly limits: () => Limits;
  readonly clock: Clock;
  readonly log: Log;
}

export interface StoreCare {
  readonly beforeMigrating: () => Promise<void>;
  readonly onDamage: (what: string) => void;
  /** Damage does not pass by itself: it is told until the daemon ends. */
  problems(): string[];
}

export function careForStore({ paths, version, limits, clock, log }: StoreCareOptions): StoreCare {
  let damage: string | undefined;
  return {
    async beforeMigrating() {
      await backUpBeforeUpgrade({ paths, version, now: clock.now(), keep: limits().backupsKept });
      log.info("the store was backed up before its tables change", { version });
    },
    onDamage(what) {
      if (damage === undefined) log.error("the store is damaged", { what });
      damage = what;
    },
    problems: () =>
      damage === undefined
        ? []
        : [`The store is damaged (${damage}): run \`steward stop\`, then \`steward store restore\`.`],
  };
}
