/** The program by which a branch is integrated, in the custody of a run: told what by a file, it says in another what came of it. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
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
  readonly proofs: readonly Proof[];
  /** Where those are run. */
  readonly cwd: string;
  /** Where the sentence goes that says what became of it. */
  readonly result: string;
}

interface Proof {
  readonly name: string;
  readonly argv: readonly string[];
  readonly timeoutSeconds: number;
}

/** Exit statuses: the work has to be seen to; a person has to (EX_CONFIG of sysexits.h). */
const NOT_INTEGRATED = 1;
const NEEDS_PERSON = 78;

async function main(order: IntegrationOrder): Promise<number> {
  const say = (summary: string) => {
    process.stdout.write(`${summary}\n`);
    leave(order.result, JSON.stringify({ summary }));
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

/** What has landed has landed: that it cannot be told why must not make it red. No link or pipe that somebody put there is written through. */
function leave(path: string, text: string): void {
  try {
    const draft = `${path}.${process.pid}`;
    rmSync(draft, { recursive: true, force: true });
    writeFileSync(draft, text, { mode: 0o600, flag: "wx" });
    renameSync(draft, path);
  } catch (error) {
    process.stdout.write(`its result could not be written: ${error instanceof Error ? error.message : error}\n`);
  }
}

/** Undefined when each exits 0 in its time. What they print stands in the output of this program. */
async function prove({ proofs, cwd }: IntegrationOrder): Promise<string | undefined> {
  for (const proof of proofs) {
    process.stdout.write(`gate ${proof.name}\n`);
    const why = await whyRed(proof, cwd);
    if (why !== undefined) return `gate ${proof.name} is red (${why})`;
  }
  return undefined;
}

/** In a process group of its own, so that what it began ends with it when its time is over. */
async function whyRed({ argv: [program = "", ...args], timeoutSeconds }: Proof, cwd: string) {
  const { STEWARD_RESULT: _ours, ...env } = process.env;
  const child = spawn(program, args, { cwd, env, detached: true, stdio: ["ignore", "inherit", "inherit"] });
  let isLate = false;
  const timer = setTimeout(() => {
    isLate = true;
    if (child.pid !== undefined) process.kill(-child.pid, "SIGKILL");
  }, timeoutSeconds * 1000);
  try {
    const [code, signal] = (await once(child, "exit")) as [number | null, string | null];
    if (isLate) return `it took longer than ${timeoutSeconds} s`;
    return code === 0 ? undefined : (signal ?? `exit ${code}`);
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  } finally {
    clearTimeout(timer);
  }
}

// A disk that is full takes no output either.
process.stdout.on("error", () => {});

const [, , path = ""] = process.argv;
process.exitCode = await main(JSON.parse(readFileSync(path, "utf8")) as IntegrationOrder);
