/** Projects, and the definitions (agents, roles …) that belong to one: every version is kept. */
import type { Migration } from "../store/store.ts";

/** Every task belongs to a project; until there are more, to this one. */
export const DEFAULT_PROJECT = { id: 1, key: "default" } as const;

export const projectTables: Migration = {
  name: "project/1",
  up: (d) => [
    `CREATE TABLE project (
      id ${d.identity},
      key ${d.text} NOT NULL UNIQUE,
      created_at ${d.integer} NOT NULL
    )${d.tableEnd}`,
    // The first number that is given: DEFAULT_PROJECT.id.
    `INSERT INTO project(key, created_at) VALUES ('${DEFAULT_PROJECT.key}', 0)`,
    `CREATE TABLE definition (
      id ${d.identity},
      project_id ${d.integer} NOT NULL REFERENCES project(id),
      kind ${d.text} NOT NULL,
      name ${d.text} NOT NULL,
      source ${d.text} NOT NULL,
      version ${d.integer} NOT NULL CHECK (version > 0),
      body ${d.text},
      created_at ${d.integer} NOT NULL,
      UNIQUE (project_id, kind, name, source, version)
    )${d.tableEnd}`,
  ],
};

/** Where each lies, as the settings said last, and what a person trusted of its own file: a digest, and the setup that came with it. */
export const projectPlaces: Migration = {
  name: "project/places",
  up: (d) => [
    `ALTER TABLE project ADD COLUMN directory ${d.text}`,
    `ALTER TABLE project ADD COLUMN trusted_digest ${d.text}`,
    `ALTER TABLE project ADD COLUMN trusted_at ${d.integer}`,
    `ALTER TABLE project ADD COLUMN trusted_by ${d.text}`,
    `ALTER TABLE project ADD COLUMN trusted_setup ${d.text}`,
  ],
};
