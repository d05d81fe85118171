/** Asks the person at this terminal about one approval: shown whole, then answered by a key, bound to what was shown. */
import { asFailure } from "./failure.ts";
import type { Invocation } from "./invocation.ts";
import type { Keys } from "./keys.ts";
import { pageThrough, type Screen } from "./page-through.ts";
import { type ApprovalSeen, approvalLines, moment, renderDecided, renderElsewhere } from "./render/approval.ts";
import { visibleLine } from "./visible.ts";
import { watchDecision } from "./watch-decision.ts";

export type Asked = "approved" | "denied" | "skipped" | "quit" | "gone";

export interface AskApproval {
  readonly call: Invocation["call"];
  readonly write: (text: string) => Promise<void>;
  readonly keys: Keys;
  readonly screen: () => Screen;
  /** Whoever quits stops watching a task, else going through what is open. */
  readonly isWatching: boolean;
}

/** ECMA-48: to the beginning of the line, and erase it. */
const LINE_ANEW = "\r\u001b[K";

/** `gone`: somebody else answered it, or nobody asks any more; then that was said. */
export async function askApproval(ask: AskApproval, approvalId: string): Promise<Asked> {
  const { call, write, keys, screen } = ask;
  const seen = (await call("approval.get", { approvalId })) as ApprovalSeen;
  const lines = approvalLines(seen);
  if (seen.state !== "pending") return (await pageThrough({ lines, screen, write, keys })) ? "gone" : "quit";
  for (let isShown = false; ; isShown = true) {
    const watch = watchDecision(call, approvalId);
    try {
      const unwanted = watch.signal;
      const isRead = isShown || (await pageThrough({ lines, screen, write, keys, unwanted }));
      const answer = isRead ? await answerTo(ask, seen, unwanted) : "quit";
      const decided = watch.decided();
      if (decided !== undefined) {
        await write(
          `${LINE_ANEW}${decided === "gone" ? `${approvalId} is no longer known.\n` : renderElsewhere(decided)}`,
        );
        return "gone";
      }
      if (typeof answer === "string") return answer;
      watch.stop();
      const answered = await give(ask, seen, answer.choice, answer.note);
      if (answered !== "again") return answered;
    } finally {
      watch.stop();
    }
  }
}

const CHOICES = { a: "approve", d: "deny", s: "skip", q: "quit", "?": "explain" } as const;
type Choice = (typeof CHOICES)[keyof typeof CHOICES];

interface Answer {
  readonly choice: "approve" | "deny";
  readonly note: string;
}

/** What the person says; "quit" also when nobody wants to know any more. */
async function answerTo(
  ask: AskApproval,
  seen: ApprovalSeen,
  unwanted: AbortSignal,
): Promise<Answer | "skipped" | "quit"> {
  const { write, keys } = ask;
  for (;;) {
    await keys.drop();
    await write("[a]pprove once  [d]eny  [s]kip for now  [q]uit  [?] explain: ");
    const choice = await chosen(keys, unwanted);
    if (unwanted.aborted) return "quit";
    await write(`${choice}\n`);
    if (choice === "quit") return "quit";
    if (choice === "skip") return "skipped";
    if (choice === "approve") return { choice, note: "" };
    if (choice === "explain") {
      await write(explanation(seen, ask.isWatching));
      continue;
    }
    const note = await reason(ask, unwanted);
    return note === undefined ? "quit" : { choice, note };
  }
}

/** Any other key is no answer. */
async function chosen(keys: Keys, unwanted: AbortSignal): Promise<Choice> {
  for (;;) {
    const key = await keys.key(unwanted);
    if (key === undefined) return "quit";
    if (Object.hasOwn(CHOICES, key)) return CHOICES[key as keyof typeof CHOICES];
  }
}

function explanation({ approvalId, taskId, expiresAt }: ApprovalSeen, isWatching: boolean): string {
  const later = `\`steward approve ${approvalId}\` answers it later; unanswered it is a no at ${moment(expiresAt)}`;
  const quit = isWatching
    ? `stop watching: ${taskId} goes on, the question stays open; \`steward attach ${taskId}\` shows both again`
    : "stop here: what was not answered stays open";
  return [
    "  a  approve: the agent may do exactly this, this one time",
    "  d  deny: it may not; you are asked why, the agent is told and goes on without",
    `  s  skip: the question stays open and ${isWatching ? "the agent waits" : "the next one is shown"}; ${later}`,
    `  q  quit: ${quit}`,
    "",
  ].join("\n");
}

async function reason({ write, keys }: AskApproval, unwanted: AbortSignal): Promise<string | undefined> {
  await keys.drop();
  await write("Why (the agent is told; Enter: no reason)? ");
  const line = await keys.line(unwanted);
  return line?.trim();
}

async function give(
  { call, write }: AskApproval,
  { approvalId, digest }: ApprovalSeen,
  choice: "approve" | "deny",
  note: string,
): Promise<Asked | "again"> {
  const input = { approvalId, ...(digest !== null && { digest }), ...(note !== "" && { note }) };
  try {
    await write(renderDecided(await call(`approval.${choice}`, input)));
    return choice === "approve" ? "approved" : "denied";
  } catch (error) {
    const { error: said } = asFailure(error);
    const code = said.data?.code;
    if (code !== "conflict" && code !== "not_found" && code !== "invalid_input") throw error;
    await write(`${visibleLine(said.message)}\n`);
    return code === "invalid_input" ? "again" : "gone";
  }
}
