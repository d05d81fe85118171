/** `steward restart`: a new daemon takes over; agents run on meanwhile. */
import type { Invocation } from "../invocation.ts";
import { startInBackground } from "./start.ts";
import { stopDaemon } from "./stop.ts";

export async function restart(invocation: Invocation): Promise<number> {
  const { pid, runs } = await stopDaemon(invocation);
  if (!invocation.json) {
    const agents = runs === 0 ? "" : `; ${runs} run${runs === 1 ? " goes" : "s go"} on`;
    await invocation.out.write(pid === undefined ? "No daemon was running.\n" : `Stopped pid ${pid}${agents}.\n`);
  }
  return await startInBackground(invocation);
}
