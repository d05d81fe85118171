/** `steward restart`: a new daemon takes over; agents run on meanwhile. */
import { obstacles } from "../../compose/obstacles.ts";
import { formatProblem } from "../../config/problem.ts";
import { EXIT, REFUSALS } from "../../core/refusal.ts";
import { Failure } from "../failure.ts";
import type { Invocation } from "../invocation.ts";
import { startInBackground } from "./start.ts";
import { stopDaemon } from "./stop.ts";

export async function restart(invocation: Invocation): Promise<number> {
  assertSettings(invocation);
  const { pid, runs } = await stopDaemon(invocation);
  if (!invocation.json) {
    const agents = runs === 0 ? "" : `; ${runs} run${runs === 1 ? " goes" : "s go"} on`;
    await invocation.out.write(pid === undefined ? "No daemon was running.\n" : `Stopped pid ${pid}${agents}.\n`);
  }
  return await startInBackground(invocation);
}

/** A file that keeps the new daemon from starting must not end the old one. */
function assertSettings({ paths }: Invocation): void {
  const problems = obstacles(paths);
  if (problems.length === 0) return;
  throw new Failure(EXIT.configuration, {
    code: REFUSALS.unavailable.rpc,
    message: problems.map(formatProblem).join("\n"),
    data: { code: "configuration", hint: "Mend the file first; the daemon runs on with the last good settings." },
  });
}
