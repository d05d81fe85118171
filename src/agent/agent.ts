/** An agent: a configured doer. What the settings may say of one, by the runtime that drives it. */
import * as z from "zod";
import { fragment } from "../config/fragment.ts";
import { Value } from "../config/secret.ts";
import { WORKSPACE_MODES } from "../project/workspace.ts";
import { Name, PlainText } from "../task/task.ts";

const seconds = z.int().min(1).max(2_073_600);

/** What drives an agent. */
export const RUNTIMES = ["command", "claude", "codex", "acp"] as const;
export type RuntimeName = (typeof RUNTIMES)[number];

/** The program that a runtime starts when the settings name none. */
export const USUAL_PROGRAM: Readonly<Partial<Record<RuntimeName, string>>> = { claude: "claude", codex: "codex" };

/** What an agent may do without a person being asked. */
export const PERMISSIONS = ["ask", "deny", "workspace-edits", "yolo"] as const;
export type Permissions = (typeof PERMISSIONS)[number];

const described = z.strictObject({
  runtime: z
    .enum(RUNTIMES)
    .describe(
      "What drives it: `command` runs a program of yours; `claude` and `codex` are driven by their own protocols; `acp` is any agent that speaks the Agent Client Protocol.",
    ),
  command: z
    .array(PlainText)
    .min(1)
    .max(1000)
    .optional()
    .describe(
      'The program and its arguments; no shell reads them. With `command`: {prompt}, {promptFile}, {taskId}, {runId} and {workspace} are filled in, and the prompt is also on its standard input. With `acp`: as ["gemini", "--acp"]. With `claude` and `codex`: where the program is, and arguments of yours; by default it is looked for on PATH.',
    ),
  permissions: z
    .enum(PERMISSIONS)
    .optional()
    .describe(
      "What it may do unasked. Default: ask. With `ask` it reads, and a person is asked for the rest; with `deny` it reads, and is denied the rest; with `workspace-edits` it also changes files of its workspace; with `yolo` it does anything. Not for `command`, which asks nobody.",
    ),
  repositorySettings: z
    .enum(["ignore", "use"])
    .optional()
    .describe(
      "What a repository brings along for the agent's program: with `claude` its .claude/settings.json with hooks and variables, with Qwen Code its .qwen and .env, which run unasked. Default: ignore. `use` is for repositories that you trust.",
    ),
  model: PlainText.min(1)
    .max(200)
    .optional()
    .describe("Which model, in the agent's own words. Default: the agent's own."),
  configDirectory: z
    .union([z.literal("own"), z.literal("scratch"), PlainText.regex(/^\//, "must be an absolute path")])
    .optional()
    .describe(
      "Where its program keeps its configuration and logins: `own` is the user's; `scratch` a fresh one for each task. Default: scratch when `env` holds its key, else own.",
    ),
  cwd: PlainText.regex(/^\//, "must be an absolute path")
    .optional()
    .describe("Where it runs when the task names no directory. Default: the run's own directory."),
  workspace: z
    .enum(WORKSPACE_MODES)
    .optional()
    .describe(
      "Where it works when its directory lies in a git repository: in a worktree and branch of the task's own (`worktree`, the default), or in the directory itself.",
    ),
  env: z
    .record(z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, "must be a variable's name"), Value)
    .optional()
    .describe('Variables it is given. A secret is written as a reference: { "env": "NAME" } or { "file": "PATH" }.'),
  passEnv: z
    .array(z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, "must be a variable's name"))
    .optional()
    .describe("Names of the daemon's own variables that it may see, beside PATH, HOME and the like."),
  timeoutSeconds: seconds.optional().describe("How long one run may take. Default: limits.runWallSeconds."),
  idleTimeoutSeconds: seconds.optional().describe("How long it may be silent. Default: limits.runIdleSeconds."),
  startTimeoutSeconds: seconds
    .optional()
    .describe("How long until its process must exist. Default: limits.runStartSeconds."),
});

export const Agent = described.superRefine(({ runtime, command }, context) => {
  if (command !== undefined || USUAL_PROGRAM[runtime] !== undefined) return;
  context.addIssue({ code: "custom", path: ["command"], message: `is required by the runtime ${runtime}` });
});

export type Agent = z.output<typeof Agent>;

/** The program and the arguments of yours. */
export function commandOf({ runtime, command }: Pick<Agent, "runtime" | "command">): readonly [string, ...string[]] {
  const [program = USUAL_PROGRAM[runtime] ?? "", ...rest] = command ?? [];
  return [program, ...rest];
}

/** From the least to the most that is done unasked. */
const FREEDOM: readonly Permissions[] = ["deny", "ask", "workspace-edits", "yolo"];

/** May it do more unasked than the other one? A program of yours asks nobody. */
export function mayMore(one: Agent, other: Agent): boolean {
  const freedom = ({ runtime, permissions = "ask" }: Agent) =>
    FREEDOM.indexOf(runtime === "command" ? "yolo" : permissions);
  if (freedom(one) > freedom(other) || freedom(other) === FREEDOM.indexOf("yolo")) return freedom(one) > freedom(other);
  // Hooks of a repository run unasked, and an agent that may write there could write some.
  if (one.repositorySettings === "use" && other.repositorySettings !== "use") return true;
  if (freedom(one) !== freedom(other)) return false;
  // What both change unasked is not the same where one of them works in another place.
  const isInDirectory = ({ workspace }: Agent) => workspace === "directory";
  const isElsewhere = one.cwd !== other.cwd || (isInDirectory(one) && !isInDirectory(other));
  return one.permissions === "workspace-edits" && isElsewhere;
}

export const agentSettings = fragment("agents", z.record(Name, Agent).prefault({}).describe("Agents by name."));
