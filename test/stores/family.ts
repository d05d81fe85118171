/** Parents and their sub-tasks, for suites about them: until an operation makes sub-tasks, only an import does. */
import type { Tx } from "../../src/store/store.ts";
import { insertTask, type TaskInsert, type TaskRow } from "../../src/task/task.store.ts";
import type { Desk } from "./desk.ts";

/** A queued sub-task of one that is not finished. */
export async function aChildOf(desk: Desk, parent: TaskRow, title: string): Promise<TaskRow> {
  return await desk.task(await desk.store.write((tx) => insertChild(tx, parent.id, { title })));
}

/** A parent that has nothing of its own to do and ends as its children do: what an import makes of a finished plan. */
export async function aRollUp(desk: Desk, title: string, children: readonly string[], under?: TaskRow) {
  const made = await desk.store.write(async (tx) => {
    const waits = { title, state: "blocked", rollsUp: true, openChildren: children.length } as const;
    const parent = under ? await insertChild(tx, under.id, waits) : await insertTask(tx, { ...PLAIN, ...waits });
    const ids: number[] = [];
    for (const name of children) ids.push(await insertTask(tx, { ...PLAIN, title: name, parentId: parent }));
    return { parent, ids };
  });
  return {
    parent: await desk.task(made.parent),
    children: await Promise.all(made.ids.map((id) => desk.task(id))),
  };
}

async function insertChild(tx: Tx, parentId: number, rest: Partial<TaskInsert>): Promise<number> {
  await tx.run("UPDATE task SET open_children = open_children + 1 WHERE id = ?", parentId);
  return await insertTask(tx, { ...PLAIN, ...rest, parentId });
}

const PLAIN: TaskInsert = {
  projectId: 1,
  key: null,
  title: "Do it",
  role: "default",
  agent: null,
  state: "queued",
  priority: 0,
  blockedBy: 0,
  notBefore: null,
  maxAttempts: null,
  submittedBy: "person:ada",
  prompt: "Do it",
  cwd: null,
  timeoutSeconds: null,
  data: null,
};
