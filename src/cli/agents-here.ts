/** The known agents on this machine, as whoever types sees it: their PATH, their home, their variables. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { discoverAgents, type FoundAgent } from "../agent/discover.ts";
import { askProgram } from "../run/process/ask-program.ts";
import { SYSTEM_PATH } from "../run/process/custody.ts";
import { resolveProgram } from "../run/process/program.ts";
import type { Invocation } from "./invocation.ts";

export async function agentsHere(env: Invocation["env"]): Promise<FoundAgent[]> {
  const PATH = env.PATH ?? SYSTEM_PATH;
  const emptyHome = mkdtempSync(join(tmpdir(), "steward-agents-"));
  try {
    return await discoverAgents({
      env: { ...env, PATH },
      findProgram: (name) => resolveProgram(name, { PATH, cwd: "/" }),
      ask: (argv, { env: given, limitMs, emptyHome: isEmpty }) =>
        askProgram(argv, { env: isEmpty ? { ...given, HOME: emptyHome } : given, cwd: "/", limitMs }),
    });
  } finally {
    rmSync(emptyHome, { recursive: true, force: true });
  }
}
