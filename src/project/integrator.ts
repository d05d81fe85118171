/** The program by which a branch is integrated, in the custody of a run: told what by a file, it says in another what came of it. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { gitIn } from "./git.ts";
import { GitFailure, NeedsPerson } from "./git-process.ts";
import { integrate, NotIntegrated } from "./integration.ts";

export interface IntegrationOrder {
  readonly worktree: string;
  readonly branch: string;
  readonly target: string;
  readonly message: string;
  readonly mayMoveCheckout: boolean;
  /** What proves a merge, by name; none: that it merges is enough. */
  readonly proofs: readonly { readonly name: string; readonly argv: readonly string[] }[];
  /** Where those are run. */
  readonly cwd: string;
  /** Where the sentence goes that says what became of it. */
  readonly result: string;
}

/** Exit statuses: the work has to be seen to; a person has to (EX_CONFIG of sysexits.h). */
const NOT_INTEGRATED = 1;
const NEEDS_PERSON = 78;

async function main(order: IntegrationOrder): Promise<number> {
  const say = (summary: string) => {
    process.stdout.write(`${summary}\n`);
    writeFileSync(order.result, JSON.stringify({ summary }), { mode: 0o600 });
  };
  try {
    const { worktree, branch, target, message, mayMoveCheckout } = order;
    const git = await gitIn(worktree);
    const tell = (line: string) => void process.stdout.write(`${line}\n`);
    say(await integrate({ git, branch, target, message, mayMoveCheckout, tell, prove: () => prove(order) }));
    return 0;
  } catch (error) {
    if (!(error instanceof NotIntegrated || error instanceof GitFailure)) throw error;
    say(error.message);
    return error instanceof NeedsPerson ? NEEDS_PERSON : NOT_INTEGRATED;
  }
}

/** Undefined when each exits 0. What they print stands in the output of this program. */
async function prove({ proofs, cwd }: IntegrationOrder): Promise<string | undefined> {
  for (const { name, argv } of proofs) {
    process.stdout.write(`gate ${name}\n`);
    const [program = "", ...args] = argv;
    const child = spawn(program, args, { cwd, stdio: ["ignore", "inherit", "inherit"] });
    const [code, signal] = (await once(child, "exit").catch((error: Error) => [error.message, null])) as unknown[];
    if (code !== 0) return `gate ${name} is red (${signal ?? `exit ${code}`})`;
  }
  return undefined;
}

const [, , path = ""] = process.argv;
process.exitCode = await main(JSON.parse(readFileSync(path, "utf8")) as IntegrationOrder);
