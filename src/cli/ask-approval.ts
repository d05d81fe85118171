/** Asks the person at this terminal about one approval: shown whole, then answered by a key, bound to what was shown. */
import { asFailure } from "./failure.ts";
import type { Invocation } from "./invocation.ts";
import type { Keys } from "./keys.ts";
import { pageThrough, type Screen } from "./page-through.ts";
import { type ApprovalSeen, approvalLines, renderDecided } from "./render/approval.ts";
import { visibleLine } from "./visible.ts";

export type Asked = "approved" | "denied" | "skipped" | "quit" | "gone";

export interface AskApproval {
  readonly call: Invocation["call"];
  readonly write: (text: string) => Promise<void>;
  readonly keys: Keys;
  readonly screen: () => Screen;
}

/** `gone`: somebody else answered it, or its time was up. */
export async function askApproval(ask: AskApproval, approvalId: string): Promise<Asked> {
  const { call, write, keys, screen } = ask;
  const seen = (await call("approval.get", { approvalId })) as ApprovalSeen;
  const lines = approvalLines(seen);
  if (!(await pageThrough({ lines, screen, write, keys }))) return "quit";
  if (seen.state !== "pending") return "gone";
  for (;;) {
    await keys.drop();
    await write("[a]pprove  [d]eny  [s]kip  [q]uit  ? ");
    const choice = await chosen(keys);
    await write(`${choice}\n`);
    if (choice === "quit" || choice === "skip") return choice === "quit" ? "quit" : "skipped";
    const note = choice === "deny" ? await reason(ask) : "";
    if (note === undefined) return "quit";
    const answered = await give(ask, seen, choice, note);
    if (answered !== "again") return answered;
  }
}

const CHOICES = { a: "approve", d: "deny", s: "skip", q: "quit" } as const;
type Choice = (typeof CHOICES)[keyof typeof CHOICES];

/** Any other key is no answer. */
async function chosen(keys: Keys): Promise<Choice> {
  for (;;) {
    const key = await keys.key();
    if (key === undefined) return "quit";
    if (Object.hasOwn(CHOICES, key)) return CHOICES[key as keyof typeof CHOICES];
  }
}

async function reason({ write, keys }: AskApproval): Promise<string | undefined> {
  await keys.drop();
  await write("Why (the agent is told; Enter: no reason)? ");
  const line = await keys.line();
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
