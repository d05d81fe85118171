/** What the handlers of all operations need, together. */
import { wipLimitsOf } from "../agent/catalog.ts";
import { gatesInNoDirectory } from "../agent/gates-in-no-directory.ts";
import { formatProblem } from "../config/problem.ts";
import { systemClock } from "../core/clock.ts";
import type { ContextOf } from "../core/operation.ts";
import { forgetUnexpectedEnds } from "../daemon/last-end.ts";
import type { createStatus } from "../daemon/status.ts";
import { packageVersion } from "../daemon/version.ts";
import type { operations } from "../operations.ts";
import { nobodyCan } from "../run/nobody-can.ts";
import { findAgentProgram } from "../run/prepare.ts";
import { isRunLive } from "../run/run.store.ts";
import { workflowDirectories } from "../task/workflow/files.ts";
import { examine, shared } from "./examine.ts";
import type { Ground } from "./ground.ts";
import { obstacles } from "./obstacles.ts";
import type { Rooms } from "./rooms.ts";

interface Stoppable {
  stop(): Promise<void>;
  restart(standby: boolean): Promise<void>;
  reload(): Promise<void>;
}

export function contextOf(
  {
    store,
    hostId,
    catalog,
    roleFiles,
    looseEnds,
    engine,
    workspaces,
    webhooks,
    maintenance,
    limits,
    maxRuns,
    storeSettingProblems,
    standbyWanted,
  }: Rooms,
  { paths, settings, settingsProblems, secretBook }: Ground,
  { stop, restart, reload }: Stoppable,
  status: ReturnType<typeof createStatus>,
): ContextOf<typeof operations> {
  const adviceFor = (task: { project_id: number; role: string; agent: string | null }) => {
    const reason = nobodyCan(task, catalog.current());
    return reason && `${reason.sentence} ${reason.change}`;
  };
  return {
    store,
    clock: systemClock,
    limits,
    projects: () => settings.current().projects,
    catalog,
    engine,
    workspaces,
    webhooks,
    maintenance,
    diagnose: shared(async (askerVersion) =>
      examine({ paths, version: packageVersion(), askerVersion, daemon: { answers: true, status: await status() } }),
    ),
    isRunLive: (runId: number) => isRunLive(store.read, runId),
    hostId,
    maxRuns,
    runsDirectory: paths.runs,
    workflowDirectories: () => workflowDirectories(paths.home),
    secrets: () => secretBook.values(),
    advise: adviceFor,
    wipLimits: (projectId) => wipLimitsOf(catalog.current().rolesOf(projectId), limits()),
    gatesInNoDirectory: (task) => gatesInNoDirectory(task, catalog.current()),
    rolesWithoutAgent: (project_id, roles) =>
      roles.filter((role) => adviceFor({ project_id, role, agent: null }) !== undefined),
    findProgram: (agent) => findAgentProgram(catalog.current().agents.get(agent)?.body),
    daemon: {
      now: () => systemClock.now(),
      status,
      stopSoon: () => void setImmediate(() => void stop()),
      restartSoon: (asked) => {
        if (process.execve === undefined) return undefined;
        const standby = asked ?? (standbyWanted && engine.standby);
        setImmediate(() => void restart(standby));
        return { standby };
      },
      obstacles: () => obstacles(paths).map(formatProblem),
      activate: () => {
        forgetUnexpectedEnds(paths);
        return engine.activate();
      },
      reload: async () => {
        const before = settings.current();
        const changes = roleFiles.changes();
        await reload();
        return {
          changed: settings.current() !== before || roleFiles.changes() !== changes,
          taken: settings.problems().length === 0 && roleFiles.problems().length === 0,
          problems: [
            ...settingsProblems(),
            ...storeSettingProblems(),
            ...roleFiles.problems(),
            ...looseEnds.sentences(),
          ],
        };
      },
    },
  };
}
