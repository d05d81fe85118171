/** Notices that the program on disk is no longer the one that runs: parts that it loads only when needed may be gone with it. */
import { statSync } from "node:fs";

export interface ProgramWatch {
  /** As a sentence; undefined while the file is the one that was started. */
  problem(): string | undefined;
}

export function watchProgram(file: string): ProgramWatch {
  const begun = identityOf(file);
  return {
    problem() {
      const now = identityOf(file);
      if (now === begun) return undefined;
      return now === undefined
        ? `The program ${file} is gone, and parts of it that were not needed yet with it: install it again, then run \`steward restart\`.`
        : `The program ${file} was replaced since this daemon began: run \`steward restart\`; agents run on.`;
    },
  };
}

function identityOf(file: string): string | undefined {
  const stat = statSync(file, { throwIfNoEntry: false });
  return stat && `${stat.dev}:${stat.ino}:${stat.size}:${stat.mtimeMs}`;
}
