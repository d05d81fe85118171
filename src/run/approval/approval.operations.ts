/** The public door of approvals: see what agents ask, and answer. Here and not in trust/, because an answer moves a task. */
import * as z from "zod";
import { parseId } from "../../core/ids.ts";
import { type Call, operation } from "../../core/operation.ts";
import { PageLimit, pageSize } from "../../core/page.ts";
import { mustBeTask } from "../../task/task.operations.ts";
import { PlainText, TaskRef } from "../../task/task.ts";
import { approvalById } from "../../trust/approval.store.ts";
import { APPROVAL_STATES, MAX_NOTE } from "../../trust/approval.ts";
import { ApprovalSummary, ApprovalView, approvalSummary, approvalView } from "../../trust/approval.view.ts";
import { noSuchApproval } from "../../trust/approval-end.store.ts";
import { countPending, type ListedApproval, type ListPlace, listApprovals } from "../../trust/approval-list.store.ts";
import { asInJson } from "../process/mask.ts";
import { RunRef, type RunRoom, runNumber } from "../run-room.ts";
import { answer } from "./approval.service.ts";

const ApprovalRef = z.string().min(1).max(40).describe("An approval's id, as approval-7.");

/** `pending-7`: behind the open one of that number. */
const Place = z.string().regex(/^(pending|decided)-[1-9]\d{0,14}$/, "is `next` of the page before");

export const list = operation({
  name: "approval.list",
  summary: "List what agents asked: what is still open first, then the newest.",
  effect: "read",
  scope: "read",
  rest: "GET /approvals",
  input: z.strictObject({
    state: z.enum(APPROVAL_STATES).optional().describe("Only those in this state."),
    taskId: TaskRef.optional().describe("Only those of this task: its id or its key."),
    runId: RunRef.optional().describe("Only those that this run asked, or whose answer it was given."),
    limit: PageLimit,
    before: Place.optional().describe("`next` of the page before."),
  }),
  output: z.object({
    approvals: z.array(ApprovalSummary),
    next: z.string().nullable().describe("Give it as `before` for the next page."),
    pending: z.int().describe("How many wait for an answer, on this page or not."),
  }),
  refuses: ["not_found"],
  example: { state: "pending" },
  handle: async ({ store, limits, secrets }: RunRoom, { state, taskId, runId, limit, before }) => {
    const size = pageSize(limit, limits());
    const pending = await countPending(store.read);
    const rows = await listApprovals(store.read, {
      state,
      taskId: taskId === undefined ? undefined : (await mustBeTask(store.read, taskId)).id,
      runId: runId === undefined ? undefined : runNumber(runId),
      before: before === undefined ? undefined : placeIn(before),
      limit: size + 1,
    });
    const page = rows.slice(0, size);
    const last = page.at(-1);
    return {
      approvals: page.map((row) => approvalSummary(row, asInJson(secrets()))),
      next: rows.length > size && last ? placeOf(last) : null,
      pending,
    };
  },
});

export const get = operation({
  name: "approval.get",
  summary: "Show what an agent asks, whole.",
  effect: "read",
  scope: "read",
  rest: "GET /approvals/{approvalId}",
  args: ["approvalId"],
  input: z.strictObject({ approvalId: ApprovalRef }),
  output: ApprovalView,
  refuses: ["not_found"],
  example: { approvalId: "approval-7" },
  handle: async ({ store, secrets }: RunRoom, { approvalId }) =>
    approvalView(
      (await approvalById(store.read, numberOf(approvalId))) ?? noSuchApproval(approvalId),
      asInJson(secrets()),
    ),
});

const Answered = z.strictObject({
  approvalId: ApprovalRef,
  note: PlainText.max(MAX_NOTE).optional().describe("Why; the agent is told."),
  digest: z.string().max(64).optional().describe("Of what was shown: another input is refused."),
});

export const approve = operation({
  name: "approval.approve",
  summary: "Let an agent do what it asked for, once. That is final.",
  effect: "write",
  scope: "operate",
  rest: "POST /approvals/{approvalId}/approve",
  args: ["approvalId"],
  input: Answered,
  output: ApprovalSummary,
  refuses: ["not_found", "conflict"],
  example: { approvalId: "approval-7" },
  handle: (room: RunRoom & Call, answered) => answerWith("approved", room, answered),
});

export const deny = operation({
  name: "approval.deny",
  summary: "Tell an agent that it may not do what it asked for. That is final.",
  effect: "write",
  scope: "operate",
  rest: "POST /approvals/{approvalId}/deny",
  args: ["approvalId"],
  input: Answered,
  output: ApprovalSummary,
  refuses: ["not_found", "conflict"],
  example: { approvalId: "approval-7", note: "Run the tests first." },
  handle: (room: RunRoom & Call, answered) => answerWith("denied", room, answered),
});

async function answerWith(
  state: "approved" | "denied",
  { store, actor, secrets }: RunRoom & Call,
  { approvalId, note, digest }: z.output<typeof Answered>,
) {
  const id = numberOf(approvalId);
  const row = await store.write((tx) => answer(tx, { id, state, actor, note: note ?? null, digest }));
  return approvalSummary(row, asInJson(secrets()));
}

function numberOf(reference: string): number {
  return parseId("approval", reference) ?? noSuchApproval(reference);
}

function placeIn(text: string): ListPlace {
  const [among, id] = text.split("-");
  return { among: among === "pending" ? "pending" : "decided", id: Number(id) };
}

function placeOf({ state, id }: ListedApproval): string {
  return `${state === "pending" ? "pending" : "decided"}-${id}`;
}

export const approvalOperations = [list, get, approve, deny] as const;
