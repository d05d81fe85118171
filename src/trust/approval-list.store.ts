/** All SQL that looks at many approvals: pages, what is open before what is decided. */
import type { Reader } from "../store/store.ts";
import type { ApprovalRow } from "./approval.store.ts";
import type { ApprovalState } from "./approval.ts";

/** Without the input, which may be long. */
export type ListedApproval = Omit<ApprovalRow, "input" | "why">;

/** Where a page ended: among the open ones or behind them, and at which number. */
export interface ListPlace {
  readonly among: "pending" | "decided";
  readonly id: number;
}

export interface ApprovalFilter {
  readonly state?: ApprovalState | undefined;
  readonly taskId?: number | undefined;
  readonly runId?: number | undefined;
  readonly before?: ListPlace | undefined;
  readonly limit: number;
}

/** The open ones first, each part the newest first. */
export async function listApprovals(read: Reader, filter: ApprovalFilter): Promise<ListedApproval[]> {
  const { state, before, limit } = filter;
  const wantsPending = (state ?? "pending") === "pending" && before?.among !== "decided";
  const pending = wantsPending ? await page(read, filter, "state = 'pending'", before?.id, limit) : [];
  const left = limit - pending.length;
  if (state === "pending" || left === 0) return pending;
  const from = before?.among === "decided" ? before.id : undefined;
  return [...pending, ...(await page(read, filter, "state <> 'pending'", from, left))];
}

/** The oldest that wait for an answer to go on with a task. */
export function pendingOfTask(read: Reader, taskId: number, limit: number): Promise<{ readonly id: number }[]> {
  return read.all("SELECT id FROM approval WHERE task_id = ? AND state = 'pending' ORDER BY id LIMIT ?", taskId, limit);
}

/** All that wait for an answer; few, or many agents are stuck. */
export async function countPending(read: Reader): Promise<number> {
  const row = await read.get<{ n: number }>("SELECT count(*) AS n FROM approval WHERE state = 'pending'");
  return Number(row?.n ?? 0);
}

const LISTED =
  "id, project_id, task_id, run_id, agent, key, tool, digest, title, state, asked_at, expires_at, decided_at, " +
  "decided_by, note, expired_because, used_at, taken_run_id, taken_key";

function page(
  read: Reader,
  { state, taskId, runId }: ApprovalFilter,
  part: string,
  before: number | undefined,
  limit: number,
): Promise<ListedApproval[]> {
  const conditions = [part];
  const params: (string | number)[] = [];
  const only = (condition: string, value: string | number | undefined) => {
    if (value === undefined) return;
    conditions.push(condition);
    params.push(...(condition.match(/\?/g)?.map(() => value) ?? []));
  };
  only("state = ?", state);
  only("task_id = ?", taskId);
  only("(run_id = ? OR taken_run_id = ?)", runId);
  only("id < ?", before);
  return read.all<ListedApproval>(
    `SELECT ${LISTED} FROM approval WHERE ${conditions.join(" AND ")} ORDER BY id DESC LIMIT ?`,
    ...params,
    limit,
  );
}
