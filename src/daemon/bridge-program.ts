/** The program by which agents reach the socket of their run, for whoever names it to them: beside the bundle that runs, or in the sources. */
import { dirname, join } from "node:path";

/** Node, and the file that it runs. */
export function bridgeProgram(daemonProgram: string = process.argv[1] ?? ""): readonly [string, string] {
  const directory = dirname(daemonProgram);
  const program = daemonProgram.endsWith(".ts")
    ? join(directory, "transports", "mcp", "bridge.ts")
    : join(directory, "bridge.cjs");
  return [process.execPath, program];
}
