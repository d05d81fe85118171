/** What keeps a home in order over the years: backups, checks and retention, by themselves and when somebody asks. */
import type { Limits } from "../../config/limits.ts";
import type { Clock } from "../../core/clock.ts";
import type { HomePaths } from "../../core/home.ts";
import type { Log } from "../../core/log.ts";
import { refuse } from "../../core/refusal.ts";
import type { WorkspaceRoom } from "../../run/workspace/workspace-room.ts";
import type { Store, Tx } from "../../store/store.ts";
import { type Backup, backUp, backUpDuty } from "./back-up.ts";
import { checkDuty, checkStore, type StoreCheck } from "./check-store.ts";
import { startDuties } from "./duty.ts";
import { type Pruned, prune, pruneDuty } from "./prune.ts";
import { createTimeSense } from "./trusted-time.ts";

export interface MaintenanceOptions {
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Log;
  readonly limits: () => Limits;
  readonly paths: Pick<HomePaths, "database" | "backups" | "runs" | "exits" | "sessions">;
  readonly workspaces: WorkspaceRoom;
}

/** For whom, and what is written in the same transaction as the word of it. */
type Asked = [actor: string, recorded?: (tx: Tx, made: Backup) => Promise<unknown>];

/** Each refuses with `conflict` while it is at work already. */
export interface Maintenance {
  backUp(...asked: Asked): Promise<Backup>;
  check(): Promise<StoreCheck>;
  prune(options: { readonly dryRun: boolean }): Promise<Pruned>;
  /** A sentence for each duty that failed the last time. */
  problems(): string[];
  stop(): Promise<void>;
}

export function startMaintenance({ store, clock, log, limits, paths, workspaces }: MaintenanceOptions): Maintenance {
  let stopping = false;
  const isFile = store.dialect.name === "sqlite";
  const room = { store, clock, log, limits, database: paths.database, backups: paths.backups };
  const pruning = {
    ...room,
    runsDirectory: paths.runs,
    sessionsDirectory: paths.sessions,
    exitsDirectory: paths.exits,
    workspaces,
    time: createTimeSense(clock),
    isStopping: () => stopping,
  };
  const makeBackup = alone("A backup is being made.", (...asked: Asked) => backUp(room, ...asked));
  const makeRoom = alone("What is old is being removed.", (options: { dryRun: boolean }) => prune(pruning, options));
  const look = alone("The store is being checked.", () => checkStore(isFile ? { file: paths.database } : store));
  const duties = startDuties(
    [
      ...(isFile ? [backUpDuty(room, () => makeBackup("host:backup"))] : []),
      checkDuty(log, look),
      pruneDuty(pruning, () => makeRoom({ dryRun: false })),
    ],
    { clock, log },
  );
  return {
    backUp: (...asked) => (isFile ? makeBackup(...asked) : notAFile()),
    check: () => look(),
    prune: makeRoom,
    problems: () => duties.problems(),
    async stop() {
      stopping = true;
      await duties.stop();
    },
  };
}

function notAFile(): never {
  return refuse("conflict", "This store is a PostgreSQL database and not a file of ours to copy.", {
    hint: "Back it up with pg_dump.",
  });
}

/** One at a time: the second would only wait for what the first does. */
function alone<A extends unknown[], T>(busy: string, work: (...args: A) => Promise<T>): (...args: A) => Promise<T> {
  let isBusy = false;
  return async (...args) => {
    if (isBusy) refuse("conflict", busy, { hint: "Ask again when that is done." });
    isBusy = true;
    try {
      return await work(...args);
    } finally {
      isBusy = false;
    }
  };
}
