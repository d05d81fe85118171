/** What is launched for a gate: its command where the agent worked, with nothing that is the agent's own. */
import type { Agent } from "../agent/agent.ts";
import type { CatalogSource } from "../agent/catalog.ts";
import { publicId } from "../core/ids.ts";
import type { Store } from "../store/store.ts";
import { isDirectory } from "../task/directory.ts";
import { gateCommand } from "../task/gate.ts";
import type { TaskDetailRow, TaskRow } from "../task/task.store.ts";
import { agentEnvironment } from "../trust/environment.ts";
import { markerOf, Unlaunchable } from "./prepare.ts";
import type { LaunchSpec } from "./process/launch-file.ts";
import { lastGoOfAgent, type RunRow } from "./run.store.ts";
import { makeRunDirectory, type RunFiles, runFiles } from "./run-files.ts";
import { placeOf } from "./workspace/place.ts";
import type { WorkspaceRoom } from "./workspace/workspace-room.ts";

export interface GateRoom {
  readonly store: Store;
  readonly catalog: CatalogSource;
  readonly runsDirectory: string;
  readonly workspaces: WorkspaceRoom;
}

export interface GateLaunch {
  readonly run: RunRow;
  readonly task: TaskRow;
  readonly files: RunFiles;
  readonly detail: TaskDetailRow;
  /** Of the turn that it ends; undefined when it was taken away since. */
  readonly agent: Agent | undefined;
  readonly stopping: AbortSignal;
}

/** What a gate prints on both of its outputs stands in one file, in its order. */
const BOTH_OUTPUTS = 'exec "$@" 2>&1';

/** Throws `Unlaunchable`. */
export async function specOfGate(room: GateRoom, launch: GateLaunch): Promise<LaunchSpec> {
  const { run, task, files } = launch;
  const gate = room.catalog.current().role(run.project_id, run.role)?.body.gates?.[task.gate - 1];
  if (!gate) throw new Unlaunchable({ outcome: "completed", reason: "this gate was taken away" });
  const command = gateCommand(gate);
  makeRunDirectory(files, command.join(" "));
  const place = await placeOfGate(room, launch);
  const env = agentEnvironment({
    inherited: process.env,
    passed: [],
    configured: {},
    ours: {
      STEWARD_TASK_ID: publicId("task", task.id),
      STEWARD_RUN_ID: publicId("run", run.id),
      STEWARD_GATE: gate.name,
      STEWARD_RESULT: files.result,
      ...place.env,
    },
  });
  return {
    runDirectory: files.directory,
    name: publicId("run", run.id),
    argv: ["/bin/sh", "-c", BOTH_OUTPUTS, "gate", ...command],
    env,
    cwd: place.cwd,
    stdin: "/dev/null",
    marker: markerOf(files),
  };
}

/** Where the agent worked: the workspace of the task, its directory, or the directory of the agent's last run. */
async function placeOfGate(
  { store, workspaces, runsDirectory }: GateRoom,
  { run, detail, agent, files, stopping }: GateLaunch,
) {
  const place = await placeOf(workspaces, { run, detail, agent: agent ?? {}, files, stopping });
  const last = await lastGoOfAgent(store.read, run);
  const own = last && runFiles(runsDirectory, last.id).work;
  const cwd = place?.cwd ?? detail.cwd ?? agent?.cwd ?? own;
  if (cwd === undefined || !isDirectory(cwd)) {
    throw new Unlaunchable({ outcome: "configuration", reason: `the directory ${cwd} of its gate is not there` });
  }
  return { cwd, env: place?.env ?? {} };
}
