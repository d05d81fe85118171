/** Sprints: those that a queue file brought, and those that were begun here. Which tasks are in one is on the tasks. */
import type { Migration } from "../../store/store.ts";

export const sprintTables: Migration = {
  name: "sprint/1",
  up: (d) => [
    `CREATE TABLE sprint (
      id ${d.identity},
      project_id ${d.integer} NOT NULL REFERENCES project(id),
      label ${d.text} NOT NULL,
      head ${d.text} NOT NULL,
      made_by ${d.text} NOT NULL,
      made_at ${d.integer} NOT NULL,
      completed_by ${d.text},
      completed_at ${d.integer},
      completed_reason ${d.text},
      UNIQUE (project_id, label),
      CHECK ((completed_at IS NULL) = (completed_by IS NULL))
    )${d.tableEnd}`,
    `ALTER TABLE task_detail ADD COLUMN sprint_id ${d.integer}`,
    "CREATE INDEX task_detail_sprint ON task_detail(sprint_id) WHERE sprint_id IS NOT NULL",
    // Of several imports of one sprint the newest says how its head is.
    `INSERT INTO sprint(project_id, label, head, made_by, made_at)
     SELECT project_id, coalesce(sprint_id, ''), header, imported_by, imported_at FROM imported_queue i
     WHERE NOT EXISTS (SELECT 1 FROM imported_queue j WHERE j.project_id = i.project_id AND j.id > i.id
       AND coalesce(j.sprint_id, '') = coalesce(i.sprint_id, '')) ORDER BY id`,
    `UPDATE task_detail SET sprint_id = (
       SELECT s.id FROM imported_queue i JOIN sprint s ON s.project_id = i.project_id AND s.label = coalesce(i.sprint_id, '')
       WHERE i.id = task_detail.import_id) WHERE import_id IS NOT NULL`,
  ],
};
