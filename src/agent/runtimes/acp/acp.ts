/** Any agent that speaks the Agent Client Protocol (v1): started as its settings say, with what is known of its program. */
import { commandOf } from "../../agent.ts";
import { dialogueOf } from "../dialogue.ts";
import { keepsOwnConfiguration } from "../own-configuration.ts";
import type { LaunchPlan, Runtime } from "../runtime.ts";
import { acpDialogue } from "./dialogue.ts";
import { knownAgent, programOf } from "./known-agents.ts";

export const acpRuntime: Runtime = {
  plan(agent, input): LaunchPlan {
    const command = commandOf(agent);
    const known = knownAgent(programOf(command));
    const usesRepository = agent.repositorySettings === "use";
    const place = { directory: input.configDirectory, usesRepository, env: agent.env ?? {} };
    const own = keepsOwnConfiguration(agent, known.keys);
    const surroundings = own ? known.inOwn?.(place) : known.inScratch(place);
    const model = agent.model === undefined ? [] : (known.modelArguments?.(agent.model) ?? []);
    const without = usesRepository ? [] : (known.withoutRepository ?? []);
    const bridge = input.bridge === null ? [] : (known.bridgeArguments?.(input.bridge) ?? []);
    return {
      argv: [...command, ...(known.arguments ?? []), ...without, ...model, ...bridge],
      stdin: input.promptFile,
      env: { ...known.env, ...surroundings?.env },
      files: { ...surroundings?.files },
    };
  },
  dialogue: dialogueOf(acpDialogue),
};
