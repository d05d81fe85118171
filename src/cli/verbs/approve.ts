/** `steward approve [ID]`: goes through what agents ask, one after the other, with the person at this terminal. */
import { isatty } from "node:tty";
import { EXIT } from "../../core/refusal.ts";
import { type Asked, askApproval } from "../ask-approval.ts";
import { usageFailure } from "../failure.ts";
import type { Invocation } from "../invocation.ts";
import { openKeys } from "../keys.ts";
import { USUAL_SCREEN } from "../page-through.ts";

export async function approve({ call, input, json, out }: Invocation): Promise<number> {
  if (json || !out.isTerminal || !isatty(0)) throw noTerminal();
  const only = typeof input.approvalId === "string" ? input.approvalId : undefined;
  const first = only ?? (await nextOpen(call, new Set()));
  if (first === undefined) {
    await out.write("No agent waits for an answer.\n");
    return EXIT.ok;
  }
  const keys = openKeys(process.stdin);
  const screen = () => ({
    columns: process.stdout.columns || USUAL_SCREEN.columns,
    rows: process.stdout.rows || USUAL_SCREEN.rows,
  });
  const write = (text: string) => out.write(text);
  const asked = new Map<string, Asked>();
  try {
    for (let next: string | undefined = first; next !== undefined; ) {
      if (asked.size > 0) await write("\n");
      const how = await askApproval({ call, write, keys, screen, isWatching: false }, next);
      asked.set(next, how);
      if (how === "quit" || only !== undefined) break;
      next = await nextOpen(call, new Set(asked.keys()));
    }
  } finally {
    keys.close();
  }
  await write(summary([...asked.values()]));
  return only !== undefined && asked.get(only) === "gone" ? EXIT.conflict : EXIT.ok;
}

interface Page {
  readonly approvals: readonly { readonly approvalId: string }[];
  readonly next: string | null;
}

/** The one that waits longest of those that were not asked about. */
async function nextOpen(call: Invocation["call"], asked: ReadonlySet<string>): Promise<string | undefined> {
  let oldest: string | undefined;
  let before: string | null = null;
  do {
    const page = (await call("approval.list", { state: "pending", ...(before !== null && { before }) })) as Page;
    oldest = page.approvals.findLast(({ approvalId }) => !asked.has(approvalId))?.approvalId ?? oldest;
    before = page.next;
  } while (before !== null);
  return oldest;
}

function summary(all: readonly Asked[]): string {
  const counted = (["approved", "denied", "skipped"] as const).flatMap((how) => {
    const n = all.filter((one) => one === how).length;
    return n === 0 ? [] : [`${n} ${how}`];
  });
  return counted.length === 0 ? "Nothing was answered.\n" : `${counted.join(", ")}.\n`;
}

function noTerminal() {
  return usageFailure(
    "`steward approve` asks a person at a terminal.",
    "A program asks `steward approval list --state pending --json`, then `steward approval approve ID` or `steward approval deny ID` with `--digest` of what it saw.",
  );
}
