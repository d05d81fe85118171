import { describe, expect, test } from "vitest";
import {
  changesOf,
  listRemovable,
  listRemoving,
  listWorkspaces,
  type NewWorkspace,
  recordBytes,
  recordChanges,
  recordMaking,
  recordReady,
  recordRemoved,
  recordRemoving,
  tasksWithWorkspace,
  workspaceBytes,
  workspaceOf,
} from "../../src/project/workspace.store.ts";
import { forgetTasks } from "../../src/run/retention/task-retention.store.ts";
import type { TaskRow } from "../../src/task/task.store.ts";
import { type Desk, openDesk } from "./desk.ts";
import { eventsOf } from "./history.ts";
import { onEveryStore } from "./on-every-store.ts";

const DAY_MS = 24 * 3600_000;
const ABOUT = { actor: "agent:worker", projectId: 1 };
const CHANGES = { head: "c0ffee", onBranch: null, commits: 2, files: 3, insertions: 4, deletions: 5, uncommitted: 6 };

onEveryStore((openStore) => {
  function newOne(desk: Desk, { id }: TaskRow): NewWorkspace {
    return {
      ...{ task_id: id, host_id: desk.hostId, repository: "/srv/it/.git", checkout: "/srv/it", subdirectory: "src" },
      ...{ path: `/home/workspaces/task-${id}`, branch: `steward/task-${id}`, base: "ba5e" },
    };
  }

  async function made(desk: Desk, task: TaskRow): Promise<NewWorkspace> {
    const workspace = newOne(desk, task);
    await desk.store.write((tx) => recordMaking(tx, workspace));
    await desk.store.write((tx) => recordReady(tx, workspace, ABOUT));
    return workspace;
  }

  async function remove(desk: Desk, workspace: NewWorkspace): Promise<void> {
    const row = await workspaceOf(desk.store.read, workspace.task_id, workspace.host_id);
    if (!row) throw new Error("there is none");
    await desk.store.write((tx) => recordRemoving(tx, row));
    await desk.store.write((tx) =>
      recordRemoved(tx, row, { branchKept: true, head: null, lost: [] }, { ...ABOUT, actor: "person:ada" }),
    );
  }

  describe("a workspace", () => {
    test("is being made, ready, being removed, removed; and each is known", async () => {
      const desk = await openDesk(openStore);
      const task = await desk.submit();
      const workspace = newOne(desk, task);
      const row = () => workspaceOf(desk.store.read, task.id, desk.hostId);
      expect(await row()).toBeUndefined();
      await desk.store.write((tx) => recordMaking(tx, workspace));
      expect(await row()).toMatchObject({ ...workspace, state: "making", changes: null, removed_at: null });
      await desk.store.write((tx) => recordReady(tx, workspace, ABOUT));
      await desk.store.write((tx) => recordChanges(tx, workspace, CHANGES));
      await desk.store.write((tx) => recordBytes(tx, workspace, 4096));
      const ready = await row();
      expect(ready).toMatchObject({ state: "ready", bytes: 4096 });
      expect(ready && changesOf(ready)).toEqual(CHANGES);
      await desk.store.write((tx) => recordRemoving(tx, workspace));
      expect((await listRemoving(desk.store.read, desk.hostId)).map(({ task_id }) => task_id)).toEqual([task.id]);
      await remove(desk, workspace);
      expect(await row()).toMatchObject({ state: "removed", bytes: null });
      const topics = await eventsOf(desk.store, task);
      expect(topics.filter((topic) => topic.startsWith("workspace."))).toEqual([
        "workspace.created",
        "workspace.removed",
      ]);
    });

    test("that was removed may be made again, as if there had been none", async () => {
      const desk = await openDesk(openStore);
      const task = await desk.submit();
      const first = await made(desk, task);
      await desk.store.write((tx) => recordChanges(tx, first, CHANGES));
      await remove(desk, first);
      const again = { ...first, path: `${first.path}-2`, base: "f00" };
      await desk.store.write((tx) => recordMaking(tx, again));
      expect(await workspaceOf(desk.store.read, task.id, desk.hostId)).toMatchObject({
        ...again,
        ...{ state: "making", changes: null, looked_at: null, bytes: null, removed_at: null },
      });
    });

    test("is ready only when it was being made, and removed only once", async () => {
      const desk = await openDesk(openStore);
      const task = await desk.submit();
      const workspace = await made(desk, task);
      await expect(desk.store.write((tx) => recordReady(tx, workspace, ABOUT))).rejects.toThrow("was not being made");
      await remove(desk, workspace);
      const row = await workspaceOf(desk.store.read, task.id, desk.hostId);
      const removal = { branchKept: false, head: null, lost: [] };
      if (row) await desk.store.write((tx) => recordRemoved(tx, row, removal, ABOUT));
      const topics = await eventsOf(desk.store, task);
      expect(topics.filter((topic) => topic === "workspace.removed")).toHaveLength(1);
    });

    test("is listed page by page, the newest task's first, and counted with what it takes until it is removed", async () => {
      const desk = await openDesk(openStore);
      const tasks = [await desk.submit(), await desk.submit(), await desk.submit()];
      const workspaces = [];
      for (const task of tasks) workspaces.push(await made(desk, task));
      for (const workspace of workspaces) await desk.store.write((tx) => recordBytes(tx, workspace, 1_000));
      const list = async (before?: number) =>
        (await listWorkspaces(desk.store.read, { hostId: desk.hostId, before, limit: 2 })).map(
          ({ task_id }) => task_id,
        );
      const ids = tasks.map(({ id }) => id);
      expect(await list()).toEqual([ids[2], ids[1]]);
      expect(await list(ids[1])).toEqual([ids[0]]);
      expect(await workspaceBytes(desk.store.read, desk.hostId)).toBe(3_000);
      if (workspaces[1]) await remove(desk, workspaces[1]);
      expect(await list()).toEqual([ids[2], ids[0]]);
      expect(await workspaceBytes(desk.store.read, desk.hostId)).toBe(2_000);
      expect((await tasksWithWorkspace(desk.store.read, desk.hostId)).sort()).toEqual([ids[0], ids[2]]);
      // Those of another host are its own business.
      expect(await workspaceBytes(desk.store.read, desk.hostId + 1)).toBe(0);
    });

    test("may go when its task has finished, the one that finished first first", async () => {
      const desk = await openDesk(openStore);
      const [early, late, open] = [await desk.submit(), await desk.submit(), await desk.submit()];
      for (const task of [early, late, open]) await made(desk, task);
      await desk.cancel(late);
      desk.clock.advance(DAY_MS);
      await desk.cancel(early);
      const removable = async (before: number) =>
        (await listRemovable(desk.store.read, { hostId: desk.hostId, before, limit: 10 })).map(
          ({ task_id }) => task_id,
        );
      expect(await removable(desk.clock.now() + 1)).toEqual([late.id, early.id]);
      expect(await removable(desk.clock.now())).toEqual([late.id]);
    });
  });

  test("a task is not forgotten before its workspace is removed, and then goes with the word of it", async () => {
    const desk = await openDesk(openStore);
    const task = await desk.submit();
    const workspace = await made(desk, task);
    await desk.cancel(task);
    desk.clock.advance(100 * DAY_MS);
    const forget = () =>
      forgetTasks(desk.store, { before: desk.clock.now() - DAY_MS, dryRun: false, isStopping: () => false });
    expect(await forget()).toMatchObject({ tasks: 0 });
    await remove(desk, workspace);
    expect(await forget()).toMatchObject({ tasks: 1 });
    expect(await workspaceOf(desk.store.read, task.id, desk.hostId)).toBeUndefined();
  });
});
