/** What is launched for a gate, or for the integration of a branch: a command where the agent worked, with nothing that is the agent's own. */
import { join } from "node:path";
import type { Agent } from "../agent/agent.ts";
import type { CatalogSource } from "../agent/catalog.ts";
import type { Limits } from "../config/limits.ts";
import { publicId } from "../core/ids.ts";
import { ownProgram } from "../core/own-program.ts";
import type { IntegrationOrder } from "../project/integrator.ts";
import type { Store } from "../store/store.ts";
import { isDirectory } from "../task/directory.ts";
import { gateCommand, type Integration, type Step, stepsOf } from "../task/gate.ts";
import type { Role } from "../task/role.ts";
import type { TaskDetailRow, TaskRow } from "../task/task.store.ts";
import { agentEnvironment } from "../trust/environment.ts";
import { markerOf, type Place, setupOf, Unlaunchable } from "./prepare.ts";
import type { LaunchSpec } from "./process/launch-file.ts";
import { lastGoOfAgent, type RunRow } from "./run.store.ts";
import { makeRunDirectory, type RunFiles, runFiles, writeOrder } from "./run-files.ts";
import { placeOf } from "./workspace/place.ts";
import type { WorkspaceRoom } from "./workspace/workspace-room.ts";

export interface GateRoom {
  readonly store: Store;
  readonly catalog: CatalogSource;
  readonly runsDirectory: string;
  readonly workspaces: WorkspaceRoom;
  readonly limits: () => Limits;
}

export interface GateLaunch {
  readonly run: RunRow;
  readonly task: TaskRow;
  readonly files: RunFiles;
  readonly detail: TaskDetailRow;
  /** Of the stage that it ends; undefined when it was taken away since. */
  readonly agent: Agent | undefined;
  readonly stopping: AbortSignal;
}

/** What a gate prints on both of its outputs stands in one file, in its order. */
const BOTH_OUTPUTS = ["/bin/sh", "-c", 'exec "$@" 2>&1', "gate"];

const INTEGRATOR = { source: "project/integrator.ts", bundle: "integrator.mjs" };

/** Throws `Unlaunchable`. */
export async function specOfGate(room: GateRoom, launch: GateLaunch): Promise<LaunchSpec> {
  const { run, task, files } = launch;
  const role = room.catalog.current().role(run.project_id, run.role)?.body;
  const step = stepsOf(role).find(({ name }) => name === run.gate);
  if (!role || !step) throw new Unlaunchable({ outcome: "completed", reason: "this gate was taken away" });
  makeRunDirectory(files, "command" in step ? gateCommand(step).join(" ") : `integrate into ${step.integration.into}`);
  const { place, cwd } = await placeOfGate(room, launch);
  const proofs = proofsOf(role, room.limits().gateSeconds);
  const argv = "command" in step ? gateCommand(step) : integrationOf(launch, proofs, step.integration, place);
  const env = agentEnvironment({
    inherited: process.env,
    passed: [],
    configured: {},
    ours: {
      STEWARD_TASK_ID: publicId("task", task.id),
      STEWARD_RUN_ID: publicId("run", run.id),
      STEWARD_GATE: step.name,
      STEWARD_RESULT: files.result,
      ...place?.env,
    },
  });
  return {
    runDirectory: files.directory,
    name: publicId("run", run.id),
    argv: [...BOTH_OUTPUTS, ...argv],
    env,
    cwd,
    stdin: "/dev/null",
    marker: markerOf(files),
    ...setupOf(place),
  };
}

/** How long a step may take: to integrate, as long as each of the gates that prove a merge, and once more. */
export function secondsOfStep(role: Role | undefined, name: string, defaultSeconds: number): number {
  const steps = stepsOf(role);
  const step = steps.find((one) => one.name === name);
  const own = (one: Step | undefined) => one?.timeoutSeconds ?? defaultSeconds;
  if (!step || "command" in step) return own(step);
  return steps.reduce((sum, one) => sum + own(one), 0);
}

/** Where the agent worked: the workspace of the task, its directory, or the directory of the agent's last run. */
async function placeOfGate({ store, workspaces, runsDirectory }: GateRoom, launch: GateLaunch) {
  const { run, detail, agent, files, stopping } = launch;
  const place = await placeOf(workspaces, { run, detail, agent: agent ?? {}, files, stopping });
  const last = await lastGoOfAgent(store.read, run);
  const own = last && runFiles(runsDirectory, last.id).work;
  const cwd = place?.cwd ?? detail.cwd ?? agent?.cwd ?? own;
  if (cwd === undefined || !isDirectory(cwd)) {
    const reason = `the directory ${cwd} of its gate is not there`;
    throw new Unlaunchable({ outcome: "failed", reason, needsPerson: true });
  }
  return { place, cwd };
}

function integrationOf(
  { files, task }: GateLaunch,
  proofs: IntegrationOrder["proofs"],
  integration: Integration,
  place: Place | undefined,
) {
  if (!place) throw new Unlaunchable({ outcome: "completed", reason: "it has no branch of its own to integrate" });
  const order: IntegrationOrder = {
    worktree: place.env.STEWARD_WORKSPACE ?? place.cwd,
    branch: place.branch,
    target: integration.into,
    message: `Merge ${place.branch}: ${task.title.replaceAll(/\s+/g, " ")}\n\n${publicId("task", task.id)}`,
    mayMoveCheckout: integration.checkout === "forward",
    proofs: integration.policy === "queue" ? proofs : [],
    cwd: place.cwd,
    result: files.result,
  };
  const path = join(files.directory, "integration.json");
  writeOrder(path, order);
  return [...ownProgram(INTEGRATOR), path];
}

function proofsOf({ gates = [] }: Role, defaultSeconds: number): IntegrationOrder["proofs"] {
  return gates.map((gate) => ({
    name: gate.name,
    argv: gateCommand(gate),
    timeoutSeconds: gate.timeoutSeconds ?? defaultSeconds,
  }));
}
