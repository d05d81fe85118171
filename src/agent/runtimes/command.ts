/** The command runtime: any program is an agent; its arguments are a template, its exit status is its word. */
import type { RunInput } from "./run-input.ts";
import type { LaunchPlan, Runtime } from "./runtime.ts";

/** What is filled into a command. */
export const PLACEHOLDERS = [
  "prompt",
  "promptFile",
  "taskId",
  "runId",
  "workspace",
] as const satisfies (keyof RunInput)[];

type Placeholder = (typeof PLACEHOLDERS)[number];

const PLACEHOLDER = new RegExp(`\\{(${PLACEHOLDERS.join("|")})\\}`, "g");

export const commandRuntime: Runtime = {
  plan: (agent, input): LaunchPlan => ({
    argv: (agent.command ?? []).map((part) => fillIn(part, input)),
    stdin: input.promptFile,
  }),
};

/** Each placeholder once, in one pass: what a prompt says is never read as a template. Other braces stay as they are. */
export function fillIn(template: string, input: Pick<RunInput, Placeholder>): string {
  return template.replace(PLACEHOLDER, (_, name: Placeholder) => input[name]);
}
