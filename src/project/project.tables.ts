/** Projects, and the definitions (agents, roles …) that belong to one: every version is kept. */
import type { Migration } from "../store/store.ts";

/** Every task belongs to a project; until there are more, to this one. */
export const DEFAULT_PROJECT = { id: 1, key: "default" } as const;

export const projectTables: Migration = {
  name: "project/1",
  up: (d) => [
    `CREATE TABLE project (
      id ${d.identity},
      key TEXT NOT NULL UNIQUE,
      created_at ${d.integer} NOT NULL
    )${d.tableEnd}`,
    `INSERT INTO project(id, key, created_at) VALUES (${DEFAULT_PROJECT.id}, '${DEFAULT_PROJECT.key}', 0)`,
    `CREATE TABLE definition (
      id ${d.identity},
      project_id ${d.integer} NOT NULL REFERENCES project(id),
      kind TEXT NOT NULL,
      name TEXT NOT NULL,
      source TEXT NOT NULL,
      version ${d.integer} NOT NULL CHECK (version > 0),
      body TEXT,
      created_at ${d.integer} NOT NULL,
      UNIQUE (project_id, kind, name, source, version)
    )${d.tableEnd}`,
  ],
};
