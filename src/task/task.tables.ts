/** Tasks, their needs, and the scheduling classes by which the claim finds the next one at once. */
import { DEFAULT_PROJECT } from "../project/project.tables.ts";
import type { Dialect } from "../store/dialect.ts";
import type { Migration } from "../store/store.ts";
import { NEED_POLICIES, PARKED_REASONS, TASK_STATES } from "./task.ts";

const oneOf = (values: readonly string[]) => values.map((value) => `'${value}'`).join(", ");

export const taskTables: Migration = {
  name: "task/1",
  up: (d) => [schedulingClass(d), task(d), ...taskIndexes, detail(d), need(d), needIndex, imported(d), ...counters(d)],
};

/** Which tasks came with an import: asked before any of them is forgotten. Costs a task that was submitted nothing. */
export const importedTaskIndex: Migration = {
  name: "task/2",
  up: () => ["CREATE INDEX task_detail_import ON task_detail(import_id) WHERE import_id IS NOT NULL"],
};

/** The end of one task may move very many others. */
export const movesCountedTogether: Migration = {
  name: "task/3",
  up: (d) => d.countMovesTogether(TASK_COUNT),
};

/** Null: as the agent has it. */
export const taskWorkspace: Migration = {
  name: "task/4",
  up: (d) => [`ALTER TABLE task_detail ADD COLUMN workspace ${d.text}`],
};

/** Where a task stands among the stages of its roles: which gate is next (0: the agent's stage), and where it came in. */
export const taskStages: Migration = {
  name: "task/5",
  up: (d) => [
    `ALTER TABLE task ADD COLUMN gate ${d.integer} NOT NULL DEFAULT 0`,
    `ALTER TABLE task ADD COLUMN awaits_children ${d.integer} NOT NULL DEFAULT 0`,
    `ALTER TABLE task_detail ADD COLUMN entry_role ${d.text}`,
    `ALTER TABLE task_detail ADD COLUMN entry_agent ${d.text}`,
    "CREATE INDEX task_gated ON task(class_id, priority DESC, id) WHERE state = 'queued' AND gate > 0",
  ],
};

/** For lists and counts of one project. Tasks of the default project, of which most homes have no others, pay nothing for it. */
export const tasksOfProject: Migration = {
  name: "task/project",
  up: () => [`CREATE INDEX task_of_project ON task(project_id, id, state) WHERE project_id <> ${DEFAULT_PROJECT.id}`],
};

const TASK_COUNT = { table: "task", column: "state", counts: "task_count" } as const;

/** What the claim chooses among: all tasks of one class are equally claimable, so an unclaimable one hides nothing. */
const schedulingClass = (d: Dialect) => `CREATE TABLE scheduling_class (
  id ${d.identity},
  project_id ${d.integer} NOT NULL REFERENCES project(id),
  role ${d.text} NOT NULL,
  agent ${d.text} NOT NULL DEFAULT '',
  labels ${d.text} NOT NULL DEFAULT '',
  UNIQUE (project_id, role, agent, labels)
)${d.tableEnd}`;

/** Narrow on purpose: what only a reader of one task wants is in task_detail. */
const task = (d: Dialect) => `CREATE TABLE task (
  id ${d.identity},
  project_id ${d.integer} NOT NULL REFERENCES project(id),
  class_id ${d.integer} NOT NULL REFERENCES scheduling_class(id),
  key ${d.text},
  title ${d.text} NOT NULL,
  role ${d.text} NOT NULL,
  agent ${d.text},
  state ${d.text} NOT NULL CHECK (state IN (${oneOf(TASK_STATES)})),
  priority ${d.integer} NOT NULL,
  blocked_by ${d.integer} NOT NULL DEFAULT 0 CHECK (blocked_by >= 0),
  open_children ${d.integer} NOT NULL DEFAULT 0 CHECK (open_children >= 0),
  rolls_up ${d.integer} NOT NULL DEFAULT 0 CHECK (rolls_up IN (0, 1)),
  not_before ${d.integer},
  parked_reason ${d.text} CHECK (parked_reason IN (${oneOf(PARKED_REASONS)})),
  parked_note ${d.text},
  parked_until ${d.integer},
  held_by ${d.text},
  attempts_spent ${d.integer} NOT NULL DEFAULT 0,
  max_attempts ${d.integer},
  stage ${d.integer} NOT NULL DEFAULT 0,
  loops ${d.integer} NOT NULL DEFAULT 0,
  end_reason ${d.text},
  cancel_requested_at ${d.integer},
  parent_id ${d.integer} REFERENCES task(id),
  retry_of ${d.integer} REFERENCES task(id),
  submitted_by ${d.text} NOT NULL,
  created_at ${d.integer} NOT NULL,
  updated_at ${d.integer} NOT NULL,
  finished_at ${d.integer},
  CHECK ((finished_at IS NOT NULL) = (state IN ('completed', 'failed', 'cancelled'))),
  CHECK (held_by IS NULL OR state = 'parked'),
  CHECK ((parked_reason IS NOT NULL) = (state = 'parked')),
  CHECK (state <> 'blocked' OR blocked_by > 0 OR open_children > 0),
  CHECK (state NOT IN ('queued', 'running', 'scheduled') OR blocked_by = 0)
)${d.tableEnd}`;

const taskIndexes = [
  "CREATE UNIQUE INDEX task_key ON task(project_id, key) WHERE key IS NOT NULL",
  "CREATE INDEX task_queued ON task(class_id, priority DESC, id) WHERE state = 'queued'",
  "CREATE INDEX task_running ON task(class_id) WHERE state = 'running'",
  "CREATE INDEX task_due ON task(not_before) WHERE state = 'scheduled'",
  "CREATE INDEX task_resumes ON task(parked_until) WHERE state = 'parked' AND parked_until IS NOT NULL",
  "CREATE INDEX task_held ON task(class_id) WHERE held_by IS NOT NULL",
  "CREATE INDEX task_retry ON task(retry_of) WHERE retry_of IS NOT NULL",
  "CREATE INDEX task_parent ON task(parent_id) WHERE parent_id IS NOT NULL",
  "CREATE INDEX task_state ON task(state, id)",
];

const detail = (d: Dialect) => `CREATE TABLE task_detail (
  task_id ${d.integer} PRIMARY KEY REFERENCES task(id),
  prompt ${d.text} NOT NULL,
  cwd ${d.text},
  timeout_seconds ${d.integer},
  data ${d.text},
  import_id ${d.integer},
  imported ${d.text},
  result ${d.text}
)${d.tableEnd}`;

const need = (d: Dialect) => `CREATE TABLE need (
  on_task_id ${d.integer} NOT NULL REFERENCES task(id),
  task_id ${d.integer} NOT NULL REFERENCES task(id),
  policy ${d.text} NOT NULL CHECK (policy IN (${oneOf(NEED_POLICIES)})),
  met ${d.integer} NOT NULL DEFAULT 0 CHECK (met IN (0, 1)),
  PRIMARY KEY (on_task_id, task_id),
  CHECK (on_task_id <> task_id)
)${d.tableEnd}`;

const needIndex = "CREATE INDEX need_of ON need(task_id)";

/** What was read from a sprint queue and is not a task, kept whole for the export. */
const imported = (d: Dialect) => `CREATE TABLE imported_queue (
  id ${d.identity},
  project_id ${d.integer} NOT NULL REFERENCES project(id),
  sprint_id ${d.text},
  file ${d.text} NOT NULL,
  header ${d.text} NOT NULL,
  imported_by ${d.text} NOT NULL,
  imported_at ${d.integer} NOT NULL
)${d.tableEnd}`;

/** How many tasks are in each state, kept by the database itself so that it can neither drift nor cost a scan. */
const counters = (d: Dialect) => [
  `CREATE TABLE task_count (state ${d.text} PRIMARY KEY, n ${d.integer} NOT NULL CHECK (n >= 0))${d.tableEnd}`,
  `INSERT INTO task_count(state, n) VALUES ${TASK_STATES.map((state) => `('${state}', 0)`).join(", ")}`,
  ...d.keepCounts(TASK_COUNT),
];
