/** Claims whose answer was lost on the way from the store: they may have been committed, and nobody launches what nobody heard of. */
import type { Launching } from "./launch-run.ts";
import { liveRunsOfHost } from "./run.store.ts";
import { runFiles } from "./run-files.ts";
import { settleRun } from "./settle.ts";

const UNHEARD = { outcome: "never_started", reason: "the store went away while it was claimed" } as const;

export interface Unconfirmed {
  /** A claim under this token failed. */
  add(token: string): void;
  /** Resolves when none of them is live. */
  putBack(): Promise<void>;
}

export function unconfirmedClaims(all: Launching, hostId: number): Unconfirmed {
  const tokens = new Set<string>();
  return {
    add: (token) => void tokens.add(token),
    async putBack() {
      if (tokens.size === 0) return;
      const looked = new Set(tokens);
      const runs = await liveRunsOfHost(all.store.read, hostId);
      for (const run of runs.filter(({ token }) => looked.has(token))) {
        const files = runFiles(all.runsDirectory, run.id);
        await settleRun(all, run, { exit: undefined, files, printed: () => "", known: UNHEARD });
      }
      for (const token of looked) tokens.delete(token);
    },
  };
}
