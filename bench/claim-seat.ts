/** Everything between a wake-up of the engine and its next, without its processes: claim and settle, on any store. */
import { openCatalog } from "../src/agent/catalog.ts";
import { LIMIT_DEFAULTS } from "../src/config/limits.ts";
import { systemIds } from "../src/core/ids.ts";
import { silentLog } from "../src/core/log.ts";
import { claimNext, queueDue } from "../src/run/claim.store.ts";
import { runFiles } from "../src/run/run-files.ts";
import { settleRun } from "../src/run/settle.ts";
import type { Store } from "../src/store/store.ts";
import { submitTask } from "../src/task/task.service.ts";
import { NewTask } from "../src/task/task.ts";

export type Claimed = NonNullable<Awaited<ReturnType<typeof claimNext>>>;

export interface Seat {
  claim(): Promise<Claimed | undefined>;
  complete(run: Claimed["run"]): Promise<void>;
  /** Gives its number. */
  submit(task: { readonly role: string; readonly needs?: readonly string[] }): Promise<number>;
  close(): Promise<void>;
}

/** A full table is larger than what may be submitted by default. */
const LIMITS = { ...LIMIT_DEFAULTS, queuedTasks: 100_000_000 };
/** Never reached. */
const MAX_RUNS = 1000;

/** Results are looked for in `directory`. */
export async function takeSeat(store: Store, hostId: number, directory: string): Promise<Seat> {
  const catalog = await openCatalog(store, () => {});
  const settling = {
    store,
    ids: systemIds,
    log: silentLog,
    catalog,
    limits: () => LIMIT_DEFAULTS,
    exitsDirectory: directory,
    secrets: () => [],
  };
  return {
    claim: () =>
      store.write(async (tx) => {
        await queueDue(tx);
        return await claimNext(tx, {
          hostId,
          maxRuns: MAX_RUNS,
          defaultWip: 1,
          catalog: catalog.current(),
          token: systemIds.token(),
        });
      }),
    complete: (run) => settleRun(settling, run, { exit: 0, files: runFiles(directory, run.id), printed: () => "done" }),
    async submit({ role, needs = [] }) {
      const input = NewTask.parse({ prompt: "one more", role, priority: 4, needs });
      const { task } = await store.write((tx) => submitTask(tx, input, "person:bench", LIMITS, { projectId: 1 }), {
        independent: needs.length === 0,
      });
      return task.id;
    },
    async close() {
      catalog.stop();
      await store.close();
    },
  };
}
