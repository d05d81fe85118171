/** Approvals for people: a list to choose from, and one of them whole, as it has to be read before it is answered. */
import { visibleLine, visibleWhole } from "../visible.ts";
import { inputLines, textLines } from "./asked-input.ts";
import { ageOf, cut, more, type Row, table } from "./lists.ts";

export interface ApprovalSeen {
  readonly approvalId: string;
  readonly state: "pending" | "approved" | "denied" | "expired";
  readonly taskId: string;
  readonly runId: string;
  readonly agent: string;
  readonly tool: string;
  readonly title: string | null;
  readonly why: string | null;
  readonly input: unknown;
  readonly unseen: boolean;
  readonly digest: string | null;
  readonly askedAt: string;
  readonly expiresAt: string;
  readonly decidedAt: string | null;
  readonly decidedBy: string | null;
  readonly note: string | null;
  readonly expiredBecause: string | null;
  readonly usedAt: string | null;
}

export function renderApprovals(result: unknown): string {
  const { approvals, next } = result as { approvals: Row[]; next: string | null };
  if (approvals.length === 0) return "There are no such approvals.\n";
  const rows = approvals.map((approval) => ({
    approval: approval.approvalId,
    state: approval.state,
    task: approval.taskId,
    run: approval.runId,
    agent: approval.agent,
    tool: cut(approval.tool),
    age: ageOf(approval.askedAt),
    by: approval.decidedBy,
    title: cut(approval.title),
  }));
  return table(rows) + more(next, "approval list");
}

export function renderApproval(result: unknown): string {
  return `${approvalLines(result as ApprovalSeen).join("\n")}\n`;
}

/** Whole. What the agent says stands behind labels that are ours. */
export function approvalLines(seen: ApprovalSeen): string[] {
  const input = seen.unseen ? ["(not kept: it could not be shown whole, so it was denied)"] : inputLines(seen.input);
  return [
    ...labelled("approval", [`${seen.approvalId}, ${seen.state}${decision(seen)}`]),
    ...labelled("agent", [`${visibleLine(seen.agent)}, in ${seen.runId} of ${seen.taskId}`]),
    ...labelled("asked", [`${moment(seen.askedAt)}; unanswered it is a no at ${moment(seen.expiresAt)}`]),
    ...(seen.title === null ? [] : labelled("title", textLines(seen.title))),
    ...(seen.why === null ? [] : labelled("why", textLines(seen.why))),
    ...labelled("tool", [visibleWhole(seen.tool)]),
    ...labelled("input", input),
    ...(seen.digest === null ? [] : labelled("digest", [seen.digest])),
  ];
}

export function renderDecided(result: unknown): string {
  const seen = result as ApprovalSeen;
  return `${seen.approvalId} ${seen.state}: ${visibleLine(seen.agent)} ${
    seen.state === "approved" ? "may use" : "may not use"
  } ${visibleWhole(seen.tool)}, ${seen.state === "approved" ? "once" : "this time"}.\n`;
}

/** To whoever was being asked, when they no longer have to answer: who decided, what, and why. */
export function renderElsewhere({
  approvalId,
  state,
  decidedBy,
  decidedAt,
  expiredBecause,
  note,
}: ApprovalSeen): string {
  const when = decidedAt === null ? "" : ` at ${moment(decidedAt)}`;
  if (state === "expired") {
    const why = expiredBecause === null ? "" : `: ${EXPIRED[expiredBecause] ?? visibleLine(expiredBecause)}`;
    return `${approvalId} expired${when}${why}.\n`;
  }
  const said = note === null ? "." : `: ${visibleLine(note)}`;
  return `${approvalId} was ${state} by ${visibleLine(decidedBy ?? "somebody")}${when}${said}\n`;
}

const EXPIRED: Readonly<Record<string, string>> = {
  time: "nobody answered in time",
  run_ended: "its run has ended",
  withdrawn: "its agent no longer asks",
  task_went_on: "its task went on without an answer",
};

const LABEL_WIDTH = 10;

function labelled(label: string, [first = "", ...rest]: readonly string[]): string[] {
  return [label.padEnd(LABEL_WIDTH) + first, ...rest.map((line) => " ".repeat(LABEL_WIDTH) + line)];
}

function decision({ decidedBy, decidedAt, expiredBecause, note, usedAt }: ApprovalSeen): string {
  if (decidedAt === null) return "";
  const because = expiredBecause === null ? "" : ` (${expiredBecause})`;
  const said = note === null ? "" : `: ${visibleLine(note)}`;
  const used = usedAt === null ? "" : `; the agent was told at ${moment(usedAt)}`;
  return `${because} by ${visibleLine(decidedBy ?? "")} at ${moment(decidedAt)}${said}${used}`;
}

export function moment(at: string): string {
  return `${at.slice(0, 19).replace("T", " ")}Z`;
}
