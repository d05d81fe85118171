/** Runs a small program to see what it says: nothing of our environment, an end that is certain, a bounded answer. */
import { spawn } from "node:child_process";

export interface Ran {
  /** 0 when it ended well; null when it could not be started or was ended. */
  readonly code: number | null;
  /** The beginning of both outputs. */
  readonly said: string;
}

export interface RunProgram {
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  readonly limitMs: number;
  readonly signal: AbortSignal;
}

/** More of what it says is not kept, in characters. */
const SAID = 4096;

/** Everything that stays in its session is ended with it: some tools leave an updater behind. */
export function runProgram(argv: readonly [string, ...string[]], options: RunProgram): Promise<Ran> {
  const { env, cwd, limitMs, signal } = options;
  return new Promise((resolve) => {
    const child = spawn(argv[0], argv.slice(1), { env, cwd, detached: true, stdio: ["ignore", "pipe", "pipe"] });
    let said = "";
    const hear = (chunk: Buffer) => {
      said = (said + chunk.toString("utf8")).slice(0, SAID);
    };
    child.stdout.on("data", hear);
    child.stderr.on("data", hear);
    const end = () => {
      try {
        if (child.pid !== undefined) process.kill(-child.pid, "SIGKILL");
      } catch {
        // Nobody is left in its group.
      }
    };
    const timer = setTimeout(end, limitMs);
    signal.addEventListener("abort", end, { once: true });
    const done = (code: number | null) => {
      clearTimeout(timer);
      signal.removeEventListener("abort", end);
      end();
      // What it started may hold its outputs open for ever.
      child.stdout.destroy();
      child.stderr.destroy();
      resolve({ code, said: said.trim() });
    };
    child.once("error", (error) => {
      said = error.message;
      done(null);
    });
    child.once("exit", (code) => setImmediate(() => done(code)));
  });
}
