/** What the handlers of all operations need, together. */
import { systemClock } from "./core/clock.ts";
import type { ContextOf } from "./core/operation.ts";
import type { createStatus } from "./daemon/status.ts";
import type { Ground } from "./ground.ts";
import type { operations } from "./operations.ts";
import type { Rooms } from "./rooms.ts";
import { nobodyCan } from "./run/explain.ts";
import { findAgentProgram } from "./run/prepare.ts";
import { isRunLive } from "./run/run.store.ts";

interface Stoppable {
  stop(): Promise<void>;
  reload(): Promise<void>;
}

export function contextOf(
  { store, hostId, catalog, engine, limits, maxRuns }: Rooms,
  { paths, settings, settingsProblems, secretBook }: Ground,
  { stop, reload }: Stoppable,
  status: ReturnType<typeof createStatus>,
): ContextOf<typeof operations> {
  const adviceFor = (task: { role: string; agent: string | null }) => {
    const reason = nobodyCan(task, catalog.current());
    return reason && `${reason.sentence} ${reason.change}`;
  };
  return {
    store,
    clock: systemClock,
    limits,
    catalog,
    engine,
    isRunLive: (runId: number) => isRunLive(store.read, runId),
    hostId,
    maxRuns,
    runsDirectory: paths.runs,
    secrets: () => secretBook.values(),
    advise: adviceFor,
    rolesWithoutAgent: (roles) => roles.filter((role) => adviceFor({ role, agent: null }) !== undefined),
    findProgram: (agent) => findAgentProgram(catalog.current().agents.get(agent)?.body),
    daemon: {
      now: () => systemClock.now(),
      status,
      stopSoon: () => void setImmediate(() => void stop()),
      activate: () => engine.activate(),
      reload: async () => {
        const before = settings.current();
        await reload();
        return { changed: settings.current() !== before, problems: settingsProblems() };
      },
    },
  };
}
