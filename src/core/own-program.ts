/** Programs of Steward's own that the daemon has others start: beside the bundle that runs, or in the sources. */
import { dirname, join } from "node:path";

export interface OwnProgram {
  /** Below `src/`. */
  readonly source: string;
  readonly bundle: string;
}

/** Node, and the file that it runs. */
export function ownProgram({ source, bundle }: OwnProgram, daemon: string = process.argv[1] ?? ""): [string, string] {
  return [process.execPath, join(dirname(daemon), daemon.endsWith(".ts") ? source : bundle)];
}
