/** A task: what somebody wants done. Its states, what each may become, and what a new one may say. */
import * as z from "zod";
import { parseId } from "../core/ids.ts";
import { Json } from "../core/json.ts";
import { WORKSPACE_MODES } from "../project/workspace.ts";

export const TASK_STATES = [
  "blocked",
  "scheduled",
  "queued",
  "running",
  "parked",
  "completed",
  "failed",
  "cancelled",
] as const;
export type TaskState = (typeof TASK_STATES)[number];

export const PARKED_REASONS = ["limit", "budget", "approval", "question", "subtasks", "workspace", "person"] as const;
export type ParkedReason = (typeof PARKED_REASONS)[number];

/** What each state may become. A roll-up is the one way in which a task completes without having run at the end. */
const MAY_BECOME: Readonly<Record<TaskState, readonly TaskState[]>> = {
  blocked: ["queued", "scheduled", "parked", "failed", "cancelled", "completed"],
  scheduled: ["queued", "blocked", "cancelled"],
  queued: ["running", "blocked", "scheduled", "parked", "cancelled"],
  running: ["queued", "scheduled", "parked", "completed", "failed", "cancelled"],
  parked: ["queued", "blocked", "scheduled", "failed", "cancelled", "completed"],
  completed: [],
  failed: [],
  cancelled: [],
};

export function mayBecome(from: TaskState, to: TaskState): boolean {
  return MAY_BECOME[from].includes(to);
}

export function isFinal(state: TaskState): boolean {
  return MAY_BECOME[state].length === 0;
}

/** Where a task that may run belongs: behind its needs, behind its time, or in the queue. */
export function waitingState(task: { blockedBy: number; notBefore: number | null }, now: number): TaskState {
  if (task.blockedBy > 0) return "blocked";
  return task.notBefore !== null && task.notBefore > now ? "scheduled" : "queued";
}

/** How a parent ends when the last of its children has: undefined while it has none. */
export function rollUp(children: readonly TaskState[]): "completed" | "failed" | "cancelled" | undefined {
  if (children.length === 0) return undefined;
  if (children.includes("failed")) return "failed";
  return children.includes("completed") ? "completed" : "cancelled";
}

export const NEED_POLICIES = ["block", "fail", "continue"] as const;
export type NeedPolicy = (typeof NEED_POLICIES)[number];

const KEY = /^[A-Za-z0-9][A-Za-z0-9._/-]{0,127}$/;

/** What a caller may call a task: never what could be mistaken for an id. */
export const TaskKey = z
  .string()
  .regex(KEY, "1 to 128 letters, digits, . _ / - and begins with a letter or digit")
  .refine((text) => !/^(task|run)-\d+$/.test(text), "a key must not look like an id such as task-17");

export const TaskRef = z
  .string()
  .min(1)
  .max(200)
  .describe("A task: its id (task-17), its key, or the key of one project (web#KEY).");

/** Text that a program can be given: whole Unicode characters and no NUL byte. */
export const PlainText = z
  .string()
  .refine((text) => text.isWellFormed(), "has half a character (a lone surrogate)")
  .refine((text) => !text.includes("\0"), "has a NUL byte, which no program can be given");

export const Name = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/, "1 to 64 letters, digits, . _ -");

const NeedInput = z.union([
  z.string().min(1).max(200),
  z.strictObject({ taskId: TaskRef, policy: z.enum(NEED_POLICIES).default("block") }),
]);

/** `task-1`, `build-ui`, or with a policy `task-1:continue`. */
export const Needs = z.array(NeedInput).transform((needs, context) =>
  needs.map((need) => {
    if (typeof need !== "string") return need;
    const [taskId = "", policy = "block", ...rest] = need.split(":");
    const known = NEED_POLICIES.find((name) => name === policy);
    if (!known || rest.length > 0 || taskId === "") {
      context.addIssue(`"${need}" is not TASK or TASK:POLICY with a policy of ${NEED_POLICIES.join(", ")}`);
      return z.NEVER;
    }
    return { taskId, policy: known };
  }),
);

export type Need = z.output<typeof Needs>[number];

const priority = z.int().min(-1_000_000).max(1_000_000);

export const NewTask = z.strictObject({
  prompt: PlainText.min(1).describe("What is to be done, as the agent is told."),
  title: PlainText.min(1).optional().describe("A line for lists. Default: the prompt's first line."),
  project: Name.optional().describe(
    "The project that it belongs to. Default: the innermost one of the settings in which `cwd` lies, else `default`.",
  ),
  role: Name.default("default").describe("The role that is asked for."),
  agent: Name.optional().describe("Only this agent may do it. Default: the role's agent."),
  priority: priority.default(0).describe("A higher number goes first; equals go by age."),
  key: TaskKey.optional().describe(
    "Your own name for it in its project: submitting the same key again returns the same task.",
  ),
  needs: Needs.default([]).describe(
    "Tasks that must complete first, by id or key; TASK:fail or TASK:continue says what to do when one does not.",
  ),
  cwd: PlainText.regex(/^\//, "must be an absolute path")
    .max(4096)
    .optional()
    .describe(
      "The directory in which it runs; where that lies in a git repository, in a worktree of it. Default: its project's.",
    ),
  workspace: z
    .enum(WORKSPACE_MODES)
    .optional()
    .describe(
      "In a git repository: a worktree and branch of its own, or the directory itself. Default: the agent's, else worktree.",
    ),
  timeoutSeconds: z.int().min(1).max(2_073_600).optional().describe("How long one run may take."),
  attempts: z.int().min(1).max(100).optional().describe("How many runs may fail before the task does."),
  notBefore: z.iso.datetime({ offset: true }).optional().describe("It does not start before this moment."),
  data: Json.optional().describe("Anything of yours that is kept with it."),
});

export type NewTask = z.output<typeof NewTask>;

/** Of what somebody does to a task or a run by hand. */
export const Why = PlainText.max(1_000).optional().describe("Why; kept with its history.");

/** A line for lists, from the prompt's first line with something on it. */
export function titleFrom(prompt: string, maxCharacters: number): string {
  const line =
    prompt
      .split("\n")
      .find((text) => text.trim() !== "")
      ?.trim() ?? "(no text)";
  const characters = [...line];
  return characters.length <= maxCharacters ? line : `${characters.slice(0, maxCharacters - 1).join("")}…`;
}

export function parseTaskId(reference: string): number | undefined {
  return parseId("task", reference);
}

/** `web#KEY`: a key in one project. No key and no project's name has a `#`. */
export function parseTaskRef(reference: string): { readonly project: string | undefined; readonly key: string } {
  const at = reference.indexOf("#");
  return at === -1
    ? { project: undefined, key: reference }
    : { project: reference.slice(0, at), key: reference.slice(at + 1) };
}
