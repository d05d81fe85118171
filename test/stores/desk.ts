/** Everything between the public operations and the store, without processes: tests submit, claim and settle here. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import type { Agent } from "../../src/agent/agent.ts";
import { type CatalogSource, openCatalog, wipLimitsOf } from "../../src/agent/catalog.ts";
import type { DialogueState } from "../../src/agent/runtimes/dialogue.ts";
import type { Limits } from "../../src/config/limits.ts";
import type { Actor } from "../../src/core/actor.ts";
import { silentLog } from "../../src/core/log.ts";
import { Bug, createCall } from "../../src/core/operation.ts";
import { registerHost } from "../../src/fleet/host.store.ts";
import { applyDefinitions } from "../../src/project/definition.store.ts";
import { keepProject } from "../../src/project/project.store.ts";
import { DEFAULT_PROJECT } from "../../src/project/project.tables.ts";
import type { Projects } from "../../src/project/project.ts";
import { approvalOperations } from "../../src/run/approval/approval.operations.ts";
import { type Claim, type ClaimRules, claimNext, queueDue } from "../../src/run/claim.store.ts";
import type { Engine } from "../../src/run/engine.ts";
import { forRunOperations } from "../../src/run/for-run.operations.ts";
import type { Ending, StopReason } from "../../src/run/outcome.ts";
import { roleOperations } from "../../src/run/role/role.operations.ts";
import { runOperations } from "../../src/run/run.operations.ts";
import { type RunRow, requestStop } from "../../src/run/run.store.ts";
import { runFiles } from "../../src/run/run-files.ts";
import { settleRun } from "../../src/run/settle.ts";
import { taskWithRunOperations } from "../../src/run/task-with-runs.operations.ts";
import { workspaceOperations } from "../../src/run/workspace/workspace.operations.ts";
import { openWorkspaceRoom, type WorkspaceRoom } from "../../src/run/workspace/workspace-room.ts";
import type { Store } from "../../src/store/store.ts";
import { projectOperations } from "../../src/task/project/project.operations.ts";
import type { ProjectWithRoles } from "../../src/task/project/project-settings.ts";
import { queueOperations } from "../../src/task/queue.operations.ts";
import type { Role } from "../../src/task/role.ts";
import { bugOperations } from "../../src/task/sprint/bug.operations.ts";
import { sprintOperations } from "../../src/task/sprint/sprint.operations.ts";
import { taskOperations } from "../../src/task/task.operations.ts";
import { findTask, type TaskRow, taskById } from "../../src/task/task.store.ts";
import { workflowOperations } from "../../src/task/workflow/workflow.operations.ts";
import { ada, anAgent, aTask, someLimits, type TaskInput, testIds } from "../builders.ts";
import { type TestClock, testClock } from "../clock.ts";
import type { OpenStore } from "./on-every-store.ts";

export interface DeskOptions {
  readonly roles?: Readonly<Record<string, Role>>;
  readonly agents?: Readonly<Record<string, Agent>>;
  readonly limits?: Partial<Limits>;
  readonly maxRuns?: number;
  /** Values that no reader may see. */
  readonly secrets?: readonly string[];
  readonly projects?: Readonly<Record<string, ProjectWithRoles>>;
}

/** How a run ends; by default its agent exits with 0 and says nothing. */
export interface HowItEnds {
  /** `null`: nobody knows. */
  readonly exit?: number | null;
  /** What the agent wrote to its result file. */
  readonly result?: unknown;
  readonly printed?: string;
  /** Steward wanted it to end. */
  readonly stop?: StopReason;
  readonly known?: Ending;
  /** Where it was talked with: where that stood at its end. */
  readonly told?: DialogueState;
}

export type Desk = Awaited<ReturnType<typeof openDesk>>;

export async function openDesk(openStore: OpenStore, options: DeskOptions = {}) {
  const clock = testClock();
  return await sitDown(await openStore({ clock, synced: false }), clock, options);
}

export async function sitDown(store: Store, clock: TestClock, options: DeskOptions = {}) {
  const { maxRuns = 1000, secrets = [], projects = {} } = options;
  const limits = someLimits(options.limits);
  const hostId = await store.write((tx) => registerHost(tx, { key: "here", name: "here", version: "0" }));
  await define(store, options);
  const catalog = await openCatalog(store, () => {});
  const directory = mkdtempSync(join(tmpdir(), "steward-desk-"));
  const exitsDirectory = join(directory, "exits");
  onTestFinished(() => {
    catalog.stop();
    rmSync(directory, { recursive: true, force: true });
  });
  const ids = testIds();
  const workspaces = await openWorkspaceRoom({
    ...{ store, clock, log: silentLog, limits: () => limits, hostId, directory: join(directory, "workspaces") },
    projects: () => projects,
    onStep: () => {},
  });
  onTestFinished(() => workspaces.stop());
  const room = { store, clock, ids, limits: () => limits, catalog, hostId, workspaces, maxRuns: () => maxRuns };
  const callAs = callOf({ ...room, projects: () => projects }, directory, secrets);
  const call = (name: string, input: unknown) => callAs(ada, name, input);

  const task = async (which: string | number | TaskRow): Promise<TaskRow> => {
    const row =
      typeof which === "string"
        ? await findTask(store.read, which)
        : await taskById(store.read, typeof which === "number" ? which : which.id);
    if (!row) throw new Error(`there is no task ${JSON.stringify(which)}`);
    return row;
  };
  const claim = async (role?: string, stages?: ClaimRules["stages"]): Promise<Claim | undefined> => {
    await catalog.renewed();
    return await store.write(async (tx) => {
      await queueDue(tx);
      return await claimNext(tx, {
        hostId,
        maxRuns,
        defaultWip: limits.wipRuns,
        catalog: catalog.current(),
        token: ids.token(),
        ...(role !== undefined && { role }),
        ...(stages !== undefined && { stages }),
      });
    });
  };
  const settle = async (run: RunRow, how: HowItEnds = {}): Promise<void> => {
    if (how.stop) await store.write((tx) => requestStop(tx, run, how.stop as StopReason, "host:test"));
    const files = runFiles(directory, run.id);
    mkdirSync(files.directory, { recursive: true });
    if (how.result !== undefined) writeFileSync(files.result, JSON.stringify(how.result));
    const exit = how.exit === null ? undefined : (how.exit ?? 0);
    const settling = { ...room, log: silentLog, exitsDirectory, secrets: () => secrets };
    const told = how.told && { state: how.told, ended: how.told.ended, lastError: null, wasEndedByUs: false };
    await settleRun(settling, run, { exit, files, printed: () => how.printed ?? "", known: how.known, told });
    await catalog.renewed();
  };
  return {
    ...room,
    call,
    callAs,
    task,
    state: async (which: string | number | TaskRow) => (await task(which)).state,
    submit: async (rest: Partial<TaskInput> = {}) => task((await call("task.submit", aTask(rest))).taskId as string),
    cancel: (which: TaskRow) => call("task.cancel", { taskId: `task-${which.id}` }),
    update: (which: TaskRow, change: object) => call("task.update", { taskId: `task-${which.id}`, ...change }),
    resume: (which: TaskRow, note?: string) =>
      call("task.resume", { taskId: `task-${which.id}`, ...(note !== undefined && { note }) }),
    retry: async (which: TaskRow) => task((await call("task.retry", { taskId: `task-${which.id}` })).taskId as string),
    /** Where files of workflows lie; made by whoever writes one. */
    workflowDirectory: join(directory, "workflows"),
    claim,
    claimAll: async (): Promise<Claim[]> => {
      const claims: Claim[] = [];
      for (let next = await claim(); next; next = await claim()) claims.push(next);
      return claims;
    },
    settle,
    /** Claims this task, which must be the next one, and lets its run end. */
    run: async (which: TaskRow, how?: HowItEnds): Promise<TaskRow> => {
      const claimed = await claim();
      if (claimed?.task.id !== which.id) throw new Error(`the claim gave ${claimed?.task.title}, not ${which.title}`);
      await settle(claimed.run, how);
      return await task(which);
    },
    define: async (definitions: Pick<DeskOptions, "roles" | "agents" | "projects">) => {
      await define(store, definitions);
      await catalog.renewed();
    },
  };
}

interface Room {
  readonly projects: () => Projects;
  readonly store: Store;
  readonly clock: TestClock;
  readonly limits: () => Limits;
  readonly catalog: CatalogSource;
  readonly hostId: number;
  readonly workspaces: WorkspaceRoom;
  readonly maxRuns: () => number;
}

/** Refusals come as they are; of a bug its cause is thrown, because a test wants to see it. */
function callOf(room: Room, runsDirectory: string, secrets: readonly string[]) {
  const context = {
    ...room,
    // `task.explain` asks it three questions; everything else about an engine is another suite's.
    engine: {
      standby: false,
      claims: "of each role",
      problem: () => undefined,
      activityOf: () => undefined,
    } as unknown as Engine,
    runsDirectory,
    workflowDirectories: () => [join(runsDirectory, "workflows")],
    secrets: () => secrets,
    advise: () => undefined,
    gatesInNoDirectory: () => [],
    rolesWithoutAgent: () => [],
    wipLimits: (projectId: number) => wipLimitsOf(room.catalog.current().rolesOf(projectId), room.limits()),
  };
  const port = createCall(
    [
      ...taskOperations,
      ...taskWithRunOperations,
      ...workspaceOperations,
      ...queueOperations,
      ...workflowOperations,
      ...sprintOperations,
      ...bugOperations,
      ...projectOperations,
      ...approvalOperations,
      ...forRunOperations,
      ...roleOperations,
      ...runOperations,
    ],
    context,
    silentLog,
  );
  return async (actor: Actor, name: string, input: unknown): Promise<Record<string, unknown>> => {
    try {
      return (await port(name, input, actor)) as Record<string, unknown>;
    } catch (error) {
      throw error instanceof Bug ? error.cause : error;
    }
  };
}

const ROOMY: Role = { agent: "worker", wipLimit: 1000 };

function define(
  store: Store,
  { roles = { default: ROOMY }, agents = { worker: anAgent() }, projects = {} }: DeskOptions,
) {
  const declared = [
    ...Object.entries(agents).map(([name, body]) => ({ kind: "agent" as const, name, body })),
    ...Object.entries(roles).map(([name, body]) => ({ kind: "role" as const, name, body })),
  ];
  const settings = { source: "settings", actor: "host:settings", complete: true } as const;
  return store.write(async (tx) => {
    await applyDefinitions(tx, { ...settings, projectId: DEFAULT_PROJECT.id, declared });
    for (const [project, { directory, roles: own = {} }] of Object.entries(projects)) {
      const projectId = await keepProject(tx, project, directory, "host:settings");
      const ofProject = Object.entries(own).map(([name, body]) => ({ kind: "role" as const, name, body }));
      await applyDefinitions(tx, { ...settings, projectId, declared: ofProject });
    }
  });
}
