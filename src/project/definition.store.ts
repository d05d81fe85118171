/** All SQL of definitions: apply what a source says, read what holds now. */

import { appendEvent } from "../event/event.store.ts";
import type { Reader, Tx } from "../store/store.ts";
import {
  type Definition,
  type DefinitionKind,
  type DefinitionRow,
  type DefinitionSource,
  merge,
} from "./definition.ts";

export interface Declared {
  readonly kind: DefinitionKind;
  readonly name: string;
  readonly body: Readonly<Record<string, unknown>>;
}

export interface Apply {
  readonly projectId: number;
  readonly source: DefinitionSource;
  readonly declared: readonly Declared[];
  readonly actor: string;
  /** Take back what this source said before and says no more. */
  readonly complete: boolean;
  /** But not of these names: what they said last stays. */
  readonly keep?: ReadonlySet<string>;
}

/** Writes a new version of each definition that changed; what is the same stays. Returns the names that changed. */
export async function applyDefinitions(
  tx: Tx,
  { projectId, source, declared, actor, complete, keep }: Apply,
): Promise<string[]> {
  const all = await newest(tx, projectId);
  const before = new Map(all.filter((row) => row.source === source).map((row) => [keyOf(row), row]));
  // One number means one body, whichever source changed it.
  const versions = new Map<string, number>();
  for (const row of all) versions.set(keyOf(row), Math.max(row.version, versions.get(keyOf(row)) ?? 0));
  const changed: string[] = [];
  const write = async (kind: DefinitionKind, name: string, body: string | null) => {
    const version = (versions.get(keyOf({ kind, name })) ?? 0) + 1;
    await tx.run(
      "INSERT INTO definition(project_id, kind, name, source, version, body, created_at) VALUES (?, ?, ?, ?, ?, ?, ?)",
      projectId,
      kind,
      name,
      source,
      version,
      body,
      tx.now(),
    );
    await appendEvent(tx, { topic: "definition.changed", actor, projectId, data: { kind, name, source, version } });
    changed.push(`${kind} ${name}`);
  };
  for (const { kind, name, body } of declared) {
    const text = JSON.stringify(body);
    const old = before.get(keyOf({ kind, name }));
    before.delete(keyOf({ kind, name }));
    if (old?.body !== text) await write(kind, name, text);
  }
  if (complete) {
    for (const { kind, name, body } of before.values()) {
      if (body !== null && !keep?.has(name)) await write(kind, name, null);
    }
  }
  return changed;
}

export async function currentDefinitions(read: Reader, projectId: number): Promise<Definition[]> {
  return merge(await newest(read, projectId));
}

/** Of all projects that define anything, by the project's number. */
export async function allDefinitions(read: Reader): Promise<ReadonlyMap<number, readonly Definition[]>> {
  const rows = await read.all<DefinitionRow & { project_id: number }>(`${NEWEST} ORDER BY project_id, kind, name`);
  const byProject = Map.groupBy(rows, ({ project_id }) => project_id);
  return new Map([...byProject].map(([projectId, own]) => [projectId, merge(own)]));
}

function keyOf({ kind, name }: { kind: string; name: string }): string {
  return `${kind} ${name}`;
}

const NEWEST = `SELECT project_id, kind, name, source, version, body FROM definition d WHERE version = (
     SELECT max(version) FROM definition e
     WHERE e.project_id = d.project_id AND e.kind = d.kind AND e.name = d.name AND e.source = d.source)`;

/** What each source says now of each thing of one project. */
export function newest(read: Reader, projectId: number): Promise<DefinitionRow[]> {
  return read.all<DefinitionRow>(`${NEWEST} AND project_id = ? ORDER BY kind, name`, projectId);
}
