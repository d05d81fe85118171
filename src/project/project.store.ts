/** All SQL of projects: find one by name or number, keep a row for each that the settings name, and what a person trusted. A row is never removed: its name stays its own. */

import { refuse } from "../core/refusal.ts";
import { appendEvent } from "../event/event.store.ts";
import type { Reader, Tx } from "../store/store.ts";
import { DEFAULT_PROJECT } from "./project.tables.ts";
import type { Project, Projects } from "./project.ts";

export interface ProjectRow {
  readonly id: number;
  readonly key: string;
  /** As the settings said last; null for the default project. */
  readonly directory: string | null;
  /** Of its own file and roles, as a person trusted them; null while nobody did. */
  readonly trusted_digest: string | null;
  readonly trusted_at: number | null;
  readonly trusted_by: string | null;
  /** JSON. */
  readonly trusted_setup: string | null;
  readonly created_at: number;
}

export function projectNamed(read: Pick<Reader, "get">, name: string): Promise<ProjectRow | undefined> {
  return read.get<ProjectRow>("SELECT * FROM project WHERE key = ?", name);
}

export function allProjects(read: Reader): Promise<ProjectRow[]> {
  return read.all<ProjectRow>("SELECT * FROM project ORDER BY id");
}

/** Also one that the settings no longer name: its tasks are still there. */
export async function projectIdNamed(read: Reader, name: string | undefined): Promise<number | undefined> {
  if (name === undefined) return undefined;
  const row = await projectNamed(read, name);
  if (row) return row.id;
  return refuse("not_found", `There is no project "${name}".`, {
    hint: "`steward project list` shows what there is.",
    data: { project: name },
  });
}

/** By number: few, whatever the number of tasks. */
export async function projectNames(read: Reader): Promise<(projectId: number) => string> {
  const rows = await read.all<Pick<ProjectRow, "id" | "key">>("SELECT id, key FROM project");
  const names = new Map(rows.map(({ id, key }) => [id, key]));
  return (projectId) => names.get(projectId) ?? mustHaveName(projectId);
}

function mustHaveName(projectId: number): never {
  throw new Error(`project ${projectId} is missing`);
}

/** The number of a project of the settings, which is made where it is new; the directory is kept as it is said now. */
export async function keepProject(tx: Tx, name: string, directory: string, actor: string): Promise<number> {
  const known = await projectNamed(tx, name);
  if (!known) {
    const row = await tx.get<{ id: number }>(
      "INSERT INTO project(key, directory, created_at) VALUES (?, ?, ?) RETURNING id",
      name,
      directory,
      tx.now(),
    );
    if (!row) throw new Error("an inserted project gave no id");
    await appendEvent(tx, { topic: "project.added", actor, projectId: row.id, data: { project: name, directory } });
    return row.id;
  }
  if (known.directory !== directory) {
    await tx.run("UPDATE project SET directory = ? WHERE id = ?", directory, known.id);
    const data = { project: name, from: known.directory, directory };
    await appendEvent(tx, { topic: "project.moved", actor, projectId: known.id, data });
  }
  return known.id;
}

/** Where a new task goes. */
export async function projectIdOf(tx: Tx, name: string, projects: Projects): Promise<number> {
  if (name === DEFAULT_PROJECT.key) return DEFAULT_PROJECT.id;
  const known = await projectNamed(tx, name);
  const directory = projects[name]?.directory;
  if (known) return known.id;
  if (directory === undefined) throw new Error(`project ${name} is in no settings`);
  return await keepProject(tx, name, directory, "host:settings");
}

/** What came with the trusted file of a project. */
export interface Trusted {
  readonly digest: string;
  readonly setup: Project["setup"];
}

export async function recordTrust(tx: Tx, { id, key }: ProjectRow, trusted: Trusted, by: string, roles: string[]) {
  await tx.run(
    "UPDATE project SET trusted_digest = ?, trusted_at = ?, trusted_by = ?, trusted_setup = ? WHERE id = ?",
    trusted.digest,
    tx.now(),
    by,
    trusted.setup === undefined ? null : JSON.stringify(trusted.setup),
    id,
  );
  const data = { project: key, digest: trusted.digest, roles, setup: trusted.setup !== undefined };
  await appendEvent(tx, { topic: "project.trusted", actor: by, projectId: id, data });
}

export async function recordDistrust(tx: Tx, { id, key, trusted_digest }: ProjectRow, by: string): Promise<void> {
  await tx.run(
    "UPDATE project SET trusted_digest = NULL, trusted_at = NULL, trusted_by = NULL, trusted_setup = NULL WHERE id = ?",
    id,
  );
  const data = { project: key, digest: trusted_digest ?? "" };
  await appendEvent(tx, { topic: "project.untrusted", actor: by, projectId: id, data });
}

/** Where the settings name none. */
export async function trustedSetup(read: Pick<Reader, "get">, name: string): Promise<Project["setup"]> {
  const row = await projectNamed(read, name);
  return row && setupOf(row);
}

export function setupOf({ trusted_setup }: Pick<ProjectRow, "trusted_setup">): Project["setup"] {
  return trusted_setup === null ? undefined : (JSON.parse(trusted_setup) as Project["setup"]);
}
