/** Codex, driven as its own editors drive it: `codex app-server` over its standard streams. */
import { join } from "node:path";
import { dialogueOf } from "../dialogue.ts";
import type { LaunchPlan, Runtime } from "../runtime.ts";
import { codexArgv, keepsOwnHome } from "./command-line.ts";
import { codexDialogue } from "./dialogue.ts";

export const codexRuntime: Runtime = {
  plan(agent, { configDirectory, promptFile }): LaunchPlan {
    // Codex refuses a home below a directory for temporary files; its sandbox lets it write to TMPDIR, which is to be the task's own.
    const temporary = join(configDirectory, "temporary");
    const home = keepsOwnHome(agent) ? {} : { CODEX_HOME: configDirectory };
    return {
      argv: codexArgv(agent),
      stdin: promptFile,
      env: { TMPDIR: temporary, ...home },
      files: { [join(temporary, ".keep")]: "" },
    };
  },
  dialogue: dialogueOf(codexDialogue),
};
