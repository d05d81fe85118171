/** A role: what a task asks for and an agent can fill, and who gets the task next. */
import * as z from "zod";
import { fragment } from "../config/fragment.ts";
import { Gates, Integration } from "./gate.ts";
import { Name, PlainText } from "./task.ts";

const next = z.strictObject({
  completed: Name.optional().describe(
    "Who gets a task of which this role's stage went well. Default: it is completed.",
  ),
  failed: Name.optional().describe(
    "Who gets a task of which this role's stage did not: a gate is red, or its agent says so. Default: the same role tries again.",
  ),
  subtasks: Name.nullable()
    .optional()
    .describe(
      "Who gets a task of which this role handed out sub-tasks, when all of them are completed; null: it ends with them. Default: as `completed`.",
    ),
});

export const Role = z.strictObject({
  agent: Name.optional().describe("The agent that fills this role."),
  instructions: PlainText.min(1)
    .max(65_536)
    .optional()
    .describe("What its agent is told beside the task's prompt, as Markdown."),
  gates: Gates.optional().describe(
    "Commands that Steward itself runs in the workspace when the agent says that it is done; the stage is over when each exits 0.",
  ),
  integration: Integration.optional().describe(
    "What becomes of the task's branch when its gates are green. Default: it is left to you.",
  ),
  next: next.optional().describe("Who gets the task next. Without it the task ends with this role's stage."),
  maxLoops: z
    .int()
    .min(0)
    .max(1000)
    .optional()
    .describe("How often a task may go to `next.failed` before a person is asked. Default: limits.taskLoops."),
  wipLimit: z
    .int()
    .min(0)
    .max(1000)
    .optional()
    .describe("How many tasks of this role may run at once; 0 pauses it. Default: limits.wipRuns."),
  onLost: z
    .enum(["retry", "park"])
    .optional()
    .describe(
      "What becomes of a task whose run vanished without a trace: try again (the default), or park it for a person.",
    ),
  attempts: z
    .int()
    .min(1)
    .max(100)
    .optional()
    .describe("How many runs may fail before the task does. Default: limits.taskAttempts."),
  timeoutSeconds: z
    .int()
    .min(1)
    .max(2_073_600)
    .optional()
    .describe("How long one run may take. Default: limits.runWallSeconds."),
});

export type Role = z.output<typeof Role>;

export const roleSettings = fragment(
  "roles",
  z
    .record(Name, Role)
    .prefault({})
    .superRefine((roles, context) => {
      const circle = endlessStages(roles);
      if (!circle) return;
      const path = [circle[0] ?? "", "next", "completed"];
      const message = `a task that always goes well would never end: ${circle.join(" → ")}`;
      context.addIssue({ code: "custom", path, message });
    })
    .describe('Roles by name. A task that names none asks for the role "default".'),
);

/** A circle of stages that go well, with its first role again at its end; undefined when there is none. */
export function endlessStages(roles: Readonly<Record<string, Role>>): readonly string[] | undefined {
  const clear = new Set<string>();
  for (const start of Object.keys(roles)) {
    const path: string[] = [];
    for (let at: string | undefined = start; at !== undefined && !clear.has(at); at = nextOf(roles, at)) {
      const since = path.indexOf(at);
      if (since !== -1) return [...path.slice(since), at];
      path.push(at);
    }
    for (const role of path) clear.add(role);
  }
  return undefined;
}

function nextOf(roles: Readonly<Record<string, Role>>, name: string): string | undefined {
  return Object.hasOwn(roles, name) ? roles[name]?.next?.completed : undefined;
}
