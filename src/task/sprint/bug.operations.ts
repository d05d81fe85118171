/** The public door for bugs: what is broken becomes a task that mends it and one that tests that. */
import { createHash } from "node:crypto";
import * as z from "zod";
import { actorLabel } from "../../core/actor.ts";
import { publicId } from "../../core/ids.ts";
import { type Call, operation } from "../../core/operation.ts";
import { appendEvent } from "../../event/event.store.ts";
import { projectIdOf } from "../../project/project.store.ts";
import type { Tx } from "../../store/store.ts";
import { belongingOf } from "../belonging.ts";
import { gatesNotice } from "../directory.ts";
import type { TaskRoom } from "../task.operations.ts";
import { type Submitted, submitTask } from "../task.service.ts";
import { isFinal, NewTask, PlainText, TaskKey, titleFrom } from "../task.ts";
import { ShownState } from "../task.view.ts";
import { currentSprint, isCompleted, joinSprint } from "./sprint.store.ts";

/** Characters of what is broken in the titles. */
const MAX_TITLE = 70;
/** Hexadecimal digits of a bug's own name. */
const DIGITS = 10;
/** Room for what is added to the key. */
const MAX_KEY = 120;

const Made = z.object({ taskId: z.string(), key: z.string(), state: ShownState });

export const triage = operation({
  name: "bug.triage",
  summary: "Have a bug mended: a task for the builder, and one for the tester that needs it.",
  effect: "write",
  scope: "operate",
  rest: "POST /bugs",
  args: ["what"],
  input: z.strictObject({
    what: PlainText.min(1).max(100_000).describe("What is broken, and how one sees it."),
    key: TaskKey.max(MAX_KEY)
      .optional()
      .describe("Your own name for it: the same key gives the same tasks. Default: made from the words."),
    priority: NewTask.shape.priority
      .default(99)
      .describe("A higher number goes first; 99 is the top priority of a sprint."),
    cwd: NewTask.shape.cwd,
    project: NewTask.shape.project,
  }),
  output: z.object({
    key: z.string(),
    created: z.boolean().describe("False when this bug was known already."),
    sprintId: z.string().nullable().describe("The sprint that it came into."),
    fix: Made,
    test: Made,
    notice: z.string().optional().describe("Why they will wait for more than their turn, and what to do."),
  }),
  refuses: ["conflict", "queue_full", "not_found"],
  example: { what: "The importer drops the last line of a file without a newline" },
  tool: true,
  handle: async (room: TaskRoom & Call, { what, key, priority, ...place }) => {
    const { store, limits, advise, gatesInNoDirectory, projects, actor } = room;
    const { project, cwd } = belongingOf(place, projects());
    const bug = { key: key ?? keyFrom(what), what, priority, cwd, actor: actorLabel(actor) };
    const { fix, test, sprintId } = await store.write(async (tx) =>
      report(tx, { ...bug, projectId: await projectIdOf(tx, project, projects()) }, limits()),
    );
    const open = [fix, test].filter(({ task }) => !isFinal(task.state));
    const created = cwd === undefined ? open.filter((one) => one.created) : [];
    const unproven = new Set(created.flatMap(({ task }) => gatesInNoDirectory(task)));
    const notices = [open.flatMap(({ task }) => advise(task) ?? []), gatesNotice([...unproven], "tasks") ?? []].flat();
    return {
      key: bug.key,
      created: fix.created,
      sprintId,
      fix: made(fix, fixKey(bug.key)),
      test: made(test, testKey(bug.key)),
      ...(notices.length > 0 && { notice: [...new Set(notices)].join(" ") }),
    };
  },
});

/** The same words are the same bug. */
function keyFrom(what: string): string {
  return `bug-${createHash("sha256").update(what.trim()).digest("hex").slice(0, DIGITS)}`;
}

const fixKey = (key: string) => `${key}-B01`;
const testKey = (key: string) => `${key}-T01`;

interface Bug {
  readonly projectId: number;
  readonly key: string;
  readonly what: string;
  readonly priority: number;
  readonly cwd: string | undefined;
  readonly actor: string;
}

async function report(
  tx: Tx,
  { projectId, key, what, priority, cwd, actor }: Bug,
  limits: ReturnType<TaskRoom["limits"]>,
) {
  const title = titleFrom(what, MAX_TITLE);
  const submit = (role: string, prompt: string, more: object) =>
    submitTask(tx, NewTask.parse({ role, prompt, priority, cwd, ...more }), actor, limits, { projectId });
  const fix = await submit("builder", `${FIX}\n\n${what}`, { key: fixKey(key), title: `Fix: ${title}` });
  const test = await submit("tester", `${TEST}\n\n${what}`, {
    key: testKey(key),
    title: `Test: ${title}`,
    needs: [fixKey(key)],
  });
  const current = await currentSprint(tx, projectId);
  const sprint = current && !isCompleted(current) ? current : undefined;
  const created = [fix, test].filter((one) => one.created).map(({ task }) => task.id);
  if (sprint) await joinSprint(tx, sprint.id, created);
  const sprintId = sprint?.label || null;
  if (created.length > 0) {
    const data = { key, sprintId };
    await appendEvent(tx, { topic: "bug.reported", actor, projectId, taskId: fix.task.id, data });
  }
  return { fix, test, sprintId };
}

const FIX =
  "Fix this bug. First write a test that fails because of it; you are done when that test passes and no other fails.";
const TEST =
  "This bug is said to be fixed. See for yourself that it is gone, that a test holds it there, and that nothing else broke.";

function made({ task }: Submitted, key: string) {
  return { taskId: publicId("task", task.id), key, state: task.state };
}

export const bugOperations = [triage] as const;
