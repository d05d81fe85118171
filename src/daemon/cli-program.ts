/** The command line's own program, for whoever starts it from the daemon: beside the bundle that runs, or in the sources. */
import { dirname, join } from "node:path";

/** Node, and the file that it runs. */
export function cliProgram(daemonProgram: string = process.argv[1] ?? ""): readonly [string, string] {
  const directory = dirname(daemonProgram);
  const program = daemonProgram.endsWith(".ts") ? join(directory, "cli", "main.ts") : join(directory, "cli.cjs");
  return [process.execPath, program];
}
