/** Runs a small program to see what it says: nothing of our environment, an end that is certain, a bounded answer. */

import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { type Identity, identify } from "./identity.ts";
import { scanKeeper } from "./keep-scan.ts";
import { systemProc } from "./proc.ts";

export interface Asked {
  /** 0 when it ended well; null when it could not be started or was ended. */
  readonly code: number | null;
  /** The beginning of both outputs. */
  readonly said: string;
}

export interface AskProgram {
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  readonly limitMs: number;
  readonly signal?: AbortSignal | undefined;
}

/** More of what it says is not kept, in characters. */
const SAID = 4096;
/** How often what it left behind is looked for at most, and how long between, in ms. */
const LOOKS = 20;
const BETWEEN_MS = 10;

/** One that ended before it could be looked at: what it left is known by its mark alone. */
const GONE: Identity = { pid: 0, startTicks: -1, bootId: "", namespace: null };

/** Everything it started is ended with it, also in sessions of their own: some tools leave an updater behind. */
export async function askProgram(argv: readonly [string, ...string[]], options: AskProgram): Promise<Asked> {
  const { env, cwd, limitMs, signal } = options;
  const mark = ["STEWARD_PROBE", randomBytes(16).toString("hex")] as const;
  const child = spawn(argv[0], argv.slice(1), {
    env: { ...env, [mark[0]]: mark[1] },
    cwd,
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
  });
  const identity = (child.pid !== undefined && identify(child.pid)) || GONE;
  let said = "";
  const hear = (chunk: Buffer) => {
    said = (said + chunk.toString("utf8")).slice(0, SAID);
  };
  child.stdout.on("data", hear);
  child.stderr.on("data", hear);
  const end = () => void child.kill("SIGKILL");
  const timer = setTimeout(end, limitMs);
  signal?.addEventListener("abort", end, { once: true });
  if (signal?.aborted) end();
  const code = await new Promise<number | null>((resolve) => {
    child.once("error", (error) => {
      said = error.message;
      resolve(null);
    });
    child.once("exit", (status) => setImmediate(() => resolve(status)));
  });
  clearTimeout(timer);
  signal?.removeEventListener("abort", end);
  await endTree(identity, mark.join("="));
  // What got away may hold its outputs open for ever.
  child.stdout.destroy();
  child.stderr.destroy();
  return { code, said: said.trim() };
}

async function endTree(identity: Identity, marker: string): Promise<void> {
  const keeper = scanKeeper(systemProc);
  for (let look = 0; look < LOOKS; look += 1) {
    if (keeper.members({ identity, marker }).length === 0) return;
    keeper.kill({ identity, marker });
    await sleep(BETWEEN_MS);
  }
}
