/** Steward as a person uses it: `bin/steward`, which brings its own Node. */
import { spawn } from "node:child_process";
import { delimiter, dirname, join } from "node:path";
import { text } from "node:stream/consumers";

const PROGRAM = join(import.meta.dirname, "..", "..", "bin", "steward");

/** How long a command may take, in ms. */
const COMMAND_LIMIT_MS = 60_000;

/** What it prints with `--json`. Throws an error with what it complained of. */
export async function steward(home: string, ...args: readonly string[]): Promise<unknown> {
  // In a process group of its own: Ctrl-C is for the demo, which ends what it started in its own order.
  const child = spawn(PROGRAM, [...args, "--home", home, "--json"], {
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, PATH: [dirname(process.execPath), process.env.PATH].filter(Boolean).join(delimiter) },
    timeout: COMMAND_LIMIT_MS,
  });
  const exited = new Promise<number | string>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code, signal) => resolve(code ?? signal ?? "unknown"));
  });
  const [exit, out, complaint] = await Promise.all([exited, text(child.stdout), text(child.stderr)]);
  if (exit === 0) return JSON.parse(out);
  throw new Error(`\`steward ${args.join(" ")}\` says: ${messageIn(complaint) ?? `nothing (${exit})`}`);
}

/** With `--json` an error is one too; what Node itself complains of is not. */
function messageIn(complaint: string): string | undefined {
  try {
    return (JSON.parse(complaint) as { message: string }).message;
  } catch {
    return complaint.trim() || undefined;
  }
}
