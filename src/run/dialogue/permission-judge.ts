/** Decides what the agent of one run may do: by its settings at once, or by a person, whose answer is durable before it is told. */
import type { Permissions } from "../../agent/agent.ts";
import type { Answer } from "../../agent/runtimes/dialogue.ts";
import type { Limits } from "../../config/limits.ts";
import { publicId } from "../../core/ids.ts";
import { Refusal } from "../../core/refusal.ts";
import type { Store } from "../../store/store.ts";
import { type ApprovalRow, approvalsOfRun, askApproval, useApproval } from "../../trust/approval.store.ts";
import { withdrawApproval } from "../../trust/approval-end.store.ts";
import { decide } from "../../trust/permission.ts";
import type { Answered, Judge } from "./judge.ts";

export interface PermissionJudgeOptions {
  readonly store: Store;
  readonly runId: number;
  readonly workspace: string;
  /** Of Steward: nothing that an agent may change unasked. */
  readonly home?: string;
  readonly limits: () => Limits;
  /** Takes known secrets out of the tool's name, which events tell to everybody, and out of the agent's words before they are cut. */
  readonly mask: (text: string) => string;
  /** As they hold now: an agent that was taken away is asked about everything. */
  readonly permissions: () => Permissions;
}

export function permissionJudge({
  store,
  runId,
  workspace,
  home,
  limits,
  mask,
  permissions,
}: PermissionJudgeOptions): Judge {
  return {
    async ask(question) {
      const mode = permissions();
      const decision = decide(mode, question, workspace, home);
      if (decision !== "ask") return { answer: atOnce(decision, mode), approvalId: null };
      try {
        const { tool, title, why } = question;
        const words = { tool: mask(tool), title: title && mask(title), why: why && mask(why) };
        const row = await store.write((tx) => askApproval(tx, { ...question, ...words, runId }, limits()));
        const approvalId = publicId("approval", row.id);
        if (row.used_at !== null) return { answer: no("That was answered, and the answer used."), approvalId };
        // What is decided already is handed out when the question is open: used up here, a crash would leave it unheard.
        return { answer: undefined, approvalId };
      } catch (error) {
        // It asks too much, or for something else under the same name.
        if (error instanceof Refusal && error.code !== "unavailable")
          return { answer: no(error.message), approvalId: null };
        throw error;
      }
    },
    async answers(keys) {
      const found = new Map<string, Answered>();
      for (const row of await approvalsOfRun(store.read, runId)) {
        const key = row.taken_run_id === runId ? row.taken_key : row.key;
        const answered = key !== null && keys.includes(key) ? await handOut(row) : undefined;
        if (answered && key !== null) found.set(key, answered);
      }
      return found;
    },
    async withdraw(keys) {
      const rows = await approvalsOfRun(store.read, runId);
      const ids = rows.flatMap((row) => (keys.includes(row.key) && row.state === "pending" ? [row.id] : []));
      for (const id of ids) await store.write((tx) => withdrawApproval(tx, id));
    },
  };

  /**
   * Marked as used first, so that a yes is good for one call. Where a crash came between, the question is still open where
   * they stood: it is told again, and heard once. Whoever asks anew under the same key is not given the old yes.
   */
  async function handOut(row: ApprovalRow): Promise<Answered | undefined> {
    if (row.state === "pending") return undefined;
    await store.write((tx) => useApproval(tx, row.id));
    const approvalId = publicId("approval", row.id);
    const { note } = row;
    if (row.state === "approved") return { answer: { verdict: "allow", note }, approvalId, state: "approved", note };
    const why = note ?? (row.state === "expired" ? "Nobody answered in time." : "A person said no.");
    return { answer: no(why), approvalId, state: row.state, note };
  }
}

function atOnce(decision: "allow" | "deny" | "pass", mode: Permissions): Answer {
  return decision === "deny"
    ? no(`Its permissions are "${mode}": it may only read.`)
    : { verdict: decision, note: null };
}

function no(note: string): Answer {
  return { verdict: "deny", note };
}
