/** The daemon is killed while it makes or removes a workspace; the next one makes it right. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { WORKSPACE_STEPS } from "../../src/project/workspace.ts";
import { Unanswered } from "../lifecycle/client.ts";
import { aHome, type Home, shellAgent } from "../lifecycle/daemon.ts";
import { eventually } from "../lifecycle/eventually.ts";
import { settled, submit } from "../lifecycle/tasks.ts";
import { aRepository, COMMITTER, slowRepository, type TestRepository } from "./repository.ts";

const KILLABLE = join(import.meta.dirname, "../fixtures/programs/killable-daemon.ts");

const homeOfOne = () => aHome(shellAgent({ agent: { env: COMMITTER }, role: { attempts: 1 } }));

const work = "echo mine >mine && git add mine && git commit -qm mine; git status --porcelain";

async function submitTo(home: Home, repository: TestRepository, args: readonly string[]) {
  const daemon = await home.start({ program: KILLABLE, args });
  await submit(daemon, work, { key: "the-one", cwd: repository.path }).catch((error: unknown) => {
    if (!(error instanceof Unanswered)) throw error;
  });
  return daemon;
}

/** The task runs once, in one worktree, and nothing is left of what was begun before. */
async function expectWhole(home: Home, repository: TestRepository, env: Readonly<Record<string, string>> = {}) {
  const next = await home.start({ env });
  const task = await settled(next, "the-one");
  expect(task).toMatchObject({
    state: "completed",
    attempts: { spent: 0 },
    result: { value: "" },
    workspace: { state: "ready", branch: "steward/task-1", changes: { commits: 1, files: 1, uncommitted: 0 } },
  });
  expect(repository.branches()).toEqual(["main", "steward/task-1"]);
  const listed = repository.git("worktree", "list", "--porcelain").split("\n");
  expect(listed.filter((line) => line.startsWith("worktree "))).toHaveLength(2);
  expect(listed.filter((line) => /^(locked|prunable)/.test(line))).toEqual([]);
  repository.git("fsck", "--strict");
  return next;
}

describe.each(WORKSPACE_STEPS)("killed right after %s", (step) => {
  test("the next daemon goes on, and the task has its worktree once", async () => {
    await using home = homeOfOne();
    const repository = aRepository();
    const daemon = await submitTo(home, repository, ["--dies-at", step]);
    expect(await daemon.ended).toEqual({ code: null, signal: "SIGKILL" });
    await expectWhole(home, repository);
  });
});

test("killed while git writes the checkout, git goes with it and with what it started, and the next daemon begins anew", async () => {
  await using home = homeOfOne();
  const { repository, busy, go, env } = slowRepository(home);
  const daemon = await home.start({ program: KILLABLE, env });
  await submit(daemon, work, { key: "the-one", cwd: repository.path });
  const pid = await busy();
  expect(existsSync(`/proc/${pid}`)).toBe(true);
  await daemon.kill("SIGKILL");
  await eventually("it is gone", () => !existsSync(`/proc/${pid}`));
  go();
  await expectWhole(home, repository, env);
});

test("a daemon that is stopped meanwhile does not wait for git, and the next one begins anew", async () => {
  await using home = homeOfOne();
  const { repository, busy, go, env } = slowRepository(home);
  const daemon = await home.start({ env });
  await submit(daemon, work, { key: "the-one", cwd: repository.path });
  const pid = await busy();
  await daemon.kill("SIGTERM");
  expect(await daemon.ended).toEqual({ code: 0, signal: null });
  await eventually("it is gone", () => !existsSync(`/proc/${pid}`));
  go();
  await expectWhole(home, repository, env);
});

test("a task that is cancelled meanwhile ends at once, and its agent never starts", async () => {
  await using home = homeOfOne();
  const { repository, busy, env } = slowRepository(home);
  const daemon = await home.start({ env });
  const taskId = await submit(daemon, work, { cwd: repository.path });
  const pid = await busy();
  await daemon.call("task.cancel", { taskId });
  const task = await settled(daemon, taskId);
  expect(task.state).toBe("cancelled");
  expect(task.runs.map(({ outcome }) => outcome)).toEqual(["never_started"]);
  await eventually("it is gone", () => !existsSync(`/proc/${pid}`));
  await daemon.call("workspace.remove", { taskId });
  expect(existsSync(join(home.paths.workspaces, "task-1"))).toBe(false);
});

test("killed in the middle of a removal, the rest goes and the branch stays", async () => {
  await using home = homeOfOne();
  const repository = aRepository();
  const daemon = await home.start({ program: KILLABLE, args: ["--dies-at", "workspace-removing"] });
  await settled(daemon, await submit(daemon, work, { cwd: repository.path }));
  const removing = daemon.call("workspace.remove", { taskId: "task-1", force: true });
  await expect(removing).rejects.toBeInstanceOf(Unanswered);
  const next = await home.start();
  const path = join(home.paths.workspaces, "task-1");
  await eventually("it is gone", () => !existsSync(path));
  await eventually("git knows", () => !repository.git("worktree", "list").includes("task-1"));
  expect(repository.branches()).toEqual(["main", "steward/task-1"]);
  await eventually("so it says", async () => {
    const { workspaces } = await next.call<{ workspaces: unknown[] }>("workspace.list");
    return workspaces.length === 0;
  });
});
