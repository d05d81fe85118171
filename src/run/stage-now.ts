/** How far a stage is by the role as it is now: roles change while their gates run, and no gate is passed over for that. */
import { fields } from "../agent/runtimes/json-line.ts";
import { DEFAULT_PROJECT } from "../project/project.tables.ts";
import type { Reader } from "../store/store.ts";
import { INTEGRATE, stepsOf } from "../task/gate.ts";
import type { Role } from "../task/role.ts";
import type { Stage } from "./after.ts";
import type { RunRow } from "./run.store.ts";
import { stageOf } from "./stage.ts";

/** `run` has its outcome already. */
export async function stageNow(
  read: Reader,
  run: RunRow,
  role: Role | undefined,
  limits: { readonly taskLoops: number },
): Promise<Stage> {
  const green = run.gate === null ? new Set() : await greenGates(read, run);
  // Not found is -1, which makes none of it.
  const nextGate = 1 + stepsOf(role).findIndex(({ name }) => !green.has(name));
  const isGone = role === undefined && (await saidMore(read, run));
  return { ...stageOf(role, limits), nextGate, isGone };
}

/** Since its agent's last go. One that was taken away before it ran has no exit status; integration may have nothing to do. */
async function greenGates(read: Reader, { task_id }: RunRow): Promise<ReadonlySet<string>> {
  const rows = await read.all<{ gate: string }>(
    `SELECT gate FROM run WHERE task_id = ? AND outcome = 'completed' AND (exit_code = 0 OR gate = ?)
       AND id > (SELECT max(id) FROM run WHERE task_id = ? AND gate IS NULL)`,
    task_id,
    INTEGRATE,
    task_id,
  );
  return new Set(rows.map(({ gate }) => gate));
}

/** Did this role ever have gates, or somebody next? */
async function saidMore(read: Reader, { project_id, role }: RunRow): Promise<boolean> {
  const rows = await read.all<{ body: string }>(
    "SELECT body FROM definition WHERE project_id IN (?, ?) AND kind = 'role' AND name = ? AND body IS NOT NULL",
    project_id,
    DEFAULT_PROJECT.id,
    role,
  );
  return rows.some(({ body }) => {
    const { gates, next, integration } = fields(JSON.parse(body));
    return [gates, next, integration].some((said) => said !== undefined);
  });
}

/** Without it, whoever says that it waits for them could do so for ever. */
export async function hadChildren(read: Reader, { task_id, created_at }: RunRow): Promise<boolean> {
  const row = await read.get(
    "SELECT 1 AS it FROM task WHERE parent_id = ? AND finished_at >= ? LIMIT 1",
    task_id,
    created_at,
  );
  return row !== undefined;
}
