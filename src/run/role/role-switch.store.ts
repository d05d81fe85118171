/** All SQL of the switches of roles. */
import { appendEvent } from "../../event/event.store.ts";
import { DEFAULT_PROJECT } from "../../project/project.tables.ts";
import type { Reader, Tx } from "../../store/store.ts";
import type { RoleSwitch, RoleSwitches } from "./role-switch.ts";

/** The newest first. As many as roles and projects that somebody switched, whatever the number of tasks. */
export function roleSwitches(read: Reader): Promise<RoleSwitches> {
  return read.all<RoleSwitch>("SELECT project_id, role, state, actor, reason, since FROM role_switch ORDER BY id DESC");
}

/** Is any role claimed in standby, too? */
export async function isAnyOn(read: Reader): Promise<boolean> {
  return (await read.get("SELECT 1 AS it FROM role_switch WHERE state = 'on' LIMIT 1")) !== undefined;
}

export interface Switching extends Omit<RoleSwitch, "since"> {
  /** The name of the project. */
  readonly project: string | null;
}

/** From here on this holds for all that it is about: what was said of any part of that is forgotten. */
export async function switchRole(
  tx: Tx,
  { project_id, project, role, state, actor, reason }: Switching,
): Promise<void> {
  const about = [project_id === null ? "" : "project_id = ?", role === null ? "" : "role = ?"].filter(Boolean);
  const params = [project_id, role].filter((param) => param !== null);
  await tx.run(`DELETE FROM role_switch WHERE ${["1 = 1", ...about].join(" AND ")}`, ...params);
  await tx.run(
    "INSERT INTO role_switch(project_id, role, state, actor, reason, since) VALUES (?, ?, ?, ?, ?, ?)",
    project_id,
    role,
    state,
    actor,
    reason,
    tx.now(),
  );
  const what = { actor, projectId: project_id ?? DEFAULT_PROJECT.id, data: { role, project, reason } };
  if (state === "off") await appendEvent(tx, { topic: "role.paused", ...what });
  else await appendEvent(tx, { topic: "role.resumed", ...what });
}

/** Queued tasks of one scheduling class that are counted at most: more says nothing more. */
export const COUNTED_TASKS = 1_000;

export interface RoleCount {
  readonly project_id: number;
  readonly role: string;
  readonly running: number;
  readonly queued: number;
  /** Queued ones whose stage only has to be ended by its gates. */
  readonly ending: number;
}

export async function countByRole(read: Reader): Promise<RoleCount[]> {
  const counted = (alias: string, where: string) =>
    `sum((SELECT count(*) FROM (SELECT 1 FROM task t WHERE t.class_id = c.id AND ${where} LIMIT ${COUNTED_TASKS}) counted)) AS ${alias}`;
  const rows = await read.all<RoleCount>(
    `SELECT c.project_id, c.role, ${counted("running", "t.state = 'running'")}, ${counted("queued", "t.state = 'queued'")},
       ${counted("ending", "t.state = 'queued' AND t.gate > 0")}
     FROM scheduling_class c GROUP BY c.project_id, c.role`,
  );
  // PostgreSQL gives a sum as text.
  return rows.map((row) => ({
    ...row,
    running: Number(row.running),
    queued: Number(row.queued),
    ending: Number(row.ending),
  }));
}
