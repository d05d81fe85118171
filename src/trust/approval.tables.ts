/** Approvals: what was asked, by which run, and who decided. The database itself refuses to approve what nobody could see. */
import type { Migration } from "../store/store.ts";
import { APPROVAL_STATES, EXPIRED_BECAUSE } from "./approval.ts";

const oneOf = (values: readonly string[]) => values.map((value) => `'${value}'`).join(", ");

export const approvalTables: Migration = {
  name: "trust/approval",
  up: (d) => [
    `CREATE TABLE approval (
      id ${d.identity},
      project_id ${d.integer} NOT NULL REFERENCES project(id),
      task_id ${d.integer} NOT NULL REFERENCES task(id),
      run_id ${d.integer} NOT NULL REFERENCES run(id),
      agent ${d.text} NOT NULL,
      key ${d.text} NOT NULL,
      tool ${d.text} NOT NULL,
      input ${d.text},
      digest ${d.text},
      title ${d.text},
      why ${d.text},
      state ${d.text} NOT NULL CHECK (state IN (${oneOf(APPROVAL_STATES)})),
      asked_at ${d.integer} NOT NULL,
      expires_at ${d.integer} NOT NULL,
      decided_at ${d.integer},
      decided_by ${d.text},
      note ${d.text},
      expired_because ${d.text} CHECK (expired_because IN (${oneOf(EXPIRED_BECAUSE)})),
      used_at ${d.integer},
      taken_run_id ${d.integer} REFERENCES run(id),
      taken_key ${d.text},
      CHECK ((state = 'pending') = (decided_at IS NULL)),
      CHECK ((decided_at IS NULL) = (decided_by IS NULL)),
      CHECK ((state = 'expired') = (expired_because IS NOT NULL)),
      CHECK (used_at IS NULL OR state <> 'pending'),
      CHECK ((input IS NULL) = (digest IS NULL)),
      CHECK (input IS NOT NULL OR state = 'denied'),
      CHECK ((taken_run_id IS NULL) = (taken_key IS NULL)),
      UNIQUE (run_id, key)
    )${d.tableEnd}`,
    "CREATE UNIQUE INDEX approval_taken ON approval(taken_run_id, taken_key) WHERE taken_run_id IS NOT NULL",
    "CREATE INDEX approval_task ON approval(task_id, id)",
    "CREATE INDEX approval_pending ON approval(id) WHERE state = 'pending'",
    "CREATE INDEX approval_due ON approval(expires_at) WHERE state = 'pending'",
  ],
};
