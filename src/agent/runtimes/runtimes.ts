/** The list of runtimes: a new one is a file beside this one and a word here. */
import type { Agent } from "../agent.ts";
import { commandRuntime } from "./command.ts";
import type { Runtime } from "./runtime.ts";

const RUNTIMES: Readonly<Record<Agent["runtime"], Runtime>> = { command: commandRuntime };

/** An agent that was taken out of the settings while it ran is judged by its exit status. */
export function runtimeOf(agent: Agent | undefined): Runtime {
  return RUNTIMES[agent?.runtime ?? "command"];
}
