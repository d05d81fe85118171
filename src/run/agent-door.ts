/** The way by which an agent asks Steward while it works. Opened by whoever has the transports, which are to the right of here. */
import { publicId } from "../core/ids.ts";
import type { Log } from "../core/log.ts";
import type { RunFiles } from "./run-files.ts";

export interface AgentDoors {
  /** Resolves when the run's socket answers with no more than its run may do. */
  open(runId: number, files: RunFiles): Promise<AgentDoor>;
  /** The command by which an agent's program reaches that socket, as an MCP server on its standard streams. */
  bridge(files: RunFiles): { readonly command: string; readonly args: readonly string[] };
}

export interface AgentDoor {
  close(): Promise<void>;
}

/** An agent that finds no door works on without it. */
export async function openDoor(
  { doors, log }: { readonly doors: AgentDoors; readonly log: Log },
  runId: number,
  files: RunFiles,
): Promise<AgentDoor | undefined> {
  try {
    return await doors.open(runId, files);
  } catch (error) {
    log.warn("an agent has no way to ask", { run: publicId("run", runId), error });
    return undefined;
  }
}
