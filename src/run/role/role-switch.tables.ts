/** Roles that somebody switched on or off. */
import type { Migration } from "../../store/store.ts";

/** What is said of a project and a role stands in one row; without the one or the other it is about all of them. */
export const roleSwitchTables: Migration = {
  name: "role-switch/1",
  up: (d) => [
    `CREATE TABLE role_switch (
      id ${d.identity},
      project_id ${d.integer} REFERENCES project(id),
      role ${d.text},
      state ${d.text} NOT NULL CHECK (state IN ('on', 'off')),
      actor ${d.text} NOT NULL,
      reason ${d.text},
      since ${d.integer} NOT NULL
    )${d.tableEnd}`,
    "CREATE UNIQUE INDEX role_switch_one ON role_switch(coalesce(project_id, 0), coalesce(role, ''))",
  ],
};
