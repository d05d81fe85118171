/** A workspace goes when somebody says so, or when it holds nothing of its own; what nobody else has goes only by force. */
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, test } from "vitest";
import { Refused } from "../lifecycle/client.ts";
import { steward } from "../lifecycle/command-line.ts";
import { aHome, type DaemonProcess, type Home, shellAgent } from "../lifecycle/daemon.ts";
import { eventually } from "../lifecycle/eventually.ts";
import { done, inState, look, printed, settled, submit } from "../lifecycle/tasks.ts";
import { aRepository, COMMITTER, repositoryAt, type TestRepository } from "./repository.ts";

let home: Home;
let daemon: DaemonProcess;
let repository: TestRepository;

const settings = (limits: object = {}) => shellAgent({ agent: { env: COMMITTER }, limits });
const COMMIT = "echo mine >mine && git add mine && git commit -qm mine";

beforeEach(async () => {
  home = aHome(settings());
  repository = aRepository();
  daemon = await home.start();
});

const worked = (prompt: string) => done(daemon, prompt, { cwd: repository.path });
const path = (task = "task-1") => join(home.paths.workspaces, task);
const remove = (more: object = {}) => daemon.call<Removed>("workspace.remove", { taskId: "task-1", ...more });
const refusal = async (more: object = {}) =>
  await remove(more).then(
    () => "removed",
    (error: unknown) => (error instanceof Refused ? error.message : Promise.reject(error)),
  );

interface Removed {
  readonly branchKept: boolean;
  readonly head: string;
  readonly lost: string[];
}

describe("removed by hand", () => {
  test("one that holds nothing of its own goes with its branch, and git's word of it", async () => {
    await worked("touch ignored.log; echo '*.log' >$(git rev-parse --git-common-dir)/info/exclude");
    expect(await remove()).toMatchObject({ branchKept: false, lost: [] });
    expect(existsSync(path())).toBe(false);
    expect(repository.branches()).toEqual(["main"]);
    expect(repository.git("worktree", "list").split("\n")).toHaveLength(1);
    await expect(daemon.call("workspace.get", { taskId: "task-1" })).rejects.toThrow(
      "task-1 has no workspace any more",
    );
    expect((await look(daemon, "task-1")).workspace).toMatchObject({ state: "removed" });
    const { events } = await daemon.call<{ events: { topic: string }[] }>("event.list", { topic: "workspace.*" });
    expect(events.map(({ topic }) => topic)).toEqual(["workspace.created", "workspace.removed"]);
  });

  test.each([
    ["a changed file", "echo more >>readme", "holds 1 file with changes that were not committed (readme)."],
    ["a new file", "echo x >new", "holds 1 file with changes that were not committed (new)."],
    ["a staged file", "echo x >new; git add new", "holds 1 file with changes that were not committed (new)."],
    ["a commit", COMMIT, "holds 1 commit that nothing else has."],
    ["a commit of another branch", `git switch -qc own; ${COMMIT}; git switch -q -`, "removed"],
    ["a commit of no branch", `git switch -q --detach; ${COMMIT}`, "holds 1 commit that nothing else has."],
    ["both", `${COMMIT}; echo x >>mine`, "holds 1 file with changes that were not committed (mine), and 1 commit"],
    [
      "a file in a repository of its own",
      "git init -q sub; touch sub/file",
      "holds 1 file with changes that were not committed (sub/).",
    ],
  ])("with %s: %s", async (_, prompt, says) => {
    await worked(prompt);
    expect(await refusal()).toContain(says);
    expect(existsSync(path())).toBe(says !== "removed");
  });

  test("by force all of it goes, and what was lost is said", async () => {
    await worked(`${COMMIT}; echo x >>mine`);
    const head = repository.git("rev-parse", "steward/task-1");
    const removed = await remove({ force: true });
    expect(removed).toMatchObject({ branchKept: false, head });
    expect(removed.lost).toHaveLength(2);
    expect(repository.branches()).toEqual(["main"]);
    // The way back, for as long as git keeps it.
    expect(repository.git("show", `${head}:mine`)).toBe("mine");
  });

  test("commits that stay on their branch are not lost, but those of no branch would be", async () => {
    await worked(COMMIT);
    expect(await remove({ keepBranch: true })).toMatchObject({ branchKept: true, lost: [] });
    expect(repository.branches()).toEqual(["main", "steward/task-1"]);
    // In other words: the same commit in the same second would be the same.
    await worked("git switch -q --detach; git commit -q --allow-empty -m other");
    await expect(daemon.call("workspace.remove", { taskId: "task-2", keepBranch: true })).rejects.toThrow("1 commit");
  });

  test.each([
    ["merged", (at: TestRepository) => at.git("merge", "--quiet", "steward/task-1")],
    ["pushed", (at: TestRepository) => at.git("update-ref", "refs/remotes/origin/x", "steward/task-1")],
    ["taken up by another task", (at: TestRepository) => at.git("branch", "steward/task-99", "steward/task-1")],
  ])("work that was %s is lost to nobody", async (_, take) => {
    await worked(COMMIT);
    take(repository);
    expect(await remove()).toMatchObject({ branchKept: false, lost: [] });
  });

  test("never while an agent is at work in it, not even by force", async () => {
    const taskId = await submit(daemon, "exec sleep 60", { cwd: repository.path });
    await inState(daemon, taskId, "running");
    await eventually("it is there", () => existsSync(path()));
    expect(await refusal({ force: true })).toBe("task-1 is at work in it.");
  });

  test("one whose repository is gone goes only by force", async () => {
    await worked(COMMIT);
    rmSync(repository.path, { recursive: true });
    expect(await refusal()).toContain("whose repository is gone");
    await remove({ force: true });
    expect(existsSync(path())).toBe(false);
  });

  test("the user's own worktrees that are away for a while stay known to git", async () => {
    repository.git("worktree", "add", "-q", "-b", "users", `${repository.path}-users`);
    rmSync(`${repository.path}-users`, { recursive: true });
    await worked("true");
    await remove();
    expect(repository.git("worktree", "list")).toContain("users");
  });
});

describe("at the command line", () => {
  test("a workspace is listed, opened, compared and removed", async () => {
    await worked(`${COMMIT}; echo x >untracked`);
    const list = await steward(home, "workspace", "list");
    expect(list.out).toMatch(/^TASK\s+BRANCH\s+COMMITS\s+CHANGED\s+UNCOMMITTED/);
    expect(list.out).toMatch(/task-1\s+steward\/task-1\s+1\s+2 files \+2 -0\s+1\s/);
    expect(await steward(home, "workspace", "open", "task-1")).toMatchObject({ code: 0, out: `${path()}\n` });
    const diff = await steward(home, "workspace", "diff", "task-1");
    expect(diff.out).toContain("+++ b/mine\n");
    expect(diff.out).toContain("+++ b/untracked\n");
    expect(await steward(home, "workspace", "remove", "task-1")).toMatchObject({ code: 5 });
    const removed = await steward(home, "workspace", "remove", "task-1", "--force");
    expect(removed.out).toContain("The workspace of task-1 is removed");
    expect((await steward(home, "workspace", "list")).out).toBe("There are no workspaces.\n");
  });
});

describe("what is in a workspace", () => {
  interface Listed {
    readonly changes: { commits: number; files: number; uncommitted: number } | null;
    readonly lookedAt: string | null;
  }
  const listed = async () => (await daemon.call<{ workspaces: Listed[] }>("workspace.list")).workspaces[0];

  test("is told as it is now, also after a commit made by hand", async () => {
    await worked("echo x >new");
    const before = await listed();
    expect(before?.changes).toMatchObject({ commits: 0, files: 1, uncommitted: 1 });
    expect((await steward(home, "workspace", "list")).out).toMatch(/ 1 file \+1 -0 /);
    writeFileSync(join(path(), "another"), "y\n");
    const git = repositoryAt(path()).git;
    git("add", "-A");
    git("commit", "-qm", "By hand");
    const after = await listed();
    expect(after?.changes).toMatchObject({ commits: 1, files: 2, uncommitted: 0 });
    expect(Date.parse(after?.lookedAt ?? "")).toBeGreaterThan(Date.parse(before?.lookedAt ?? ""));
  });

  test("is told as it was last seen, with when, where nobody can look", async () => {
    await worked("echo x >new");
    const { lookedAt } = (await look(daemon, "task-1")).workspace as unknown as Listed;
    rmSync(join(path(), ".git"));
    expect(await listed()).toMatchObject({ changes: { files: 1 }, lookedAt });
  });
});

describe("the cap on disk", () => {
  const tight = { workspacesBytes: 1024 * 1024 };

  async function capped() {
    home.settings(settings(tight));
    await daemon.call("daemon.reload");
    repository.write("big", "x".repeat(2 * 1024 * 1024));
    repository.commit("Big");
  }

  const measured = (taskId: string) =>
    eventually(`${taskId} is measured`, async () => ((await look(daemon, taskId)).workspace?.bytes ?? 0) > 0);

  test("makes room by what holds nothing of its own, and its branch stays", async () => {
    await capped();
    await worked("true");
    await measured("task-1");
    expect(await worked("true")).toMatchObject({ state: "completed" });
    expect(existsSync(path("task-1"))).toBe(false);
    expect(repository.branches()).toContain("steward/task-1");
  });

  test("lets tasks wait where nothing may go, says so in the status, and lets them go on after a removal", async () => {
    await capped();
    await worked(COMMIT);
    await measured("task-1");
    const waiting = await worked("true");
    expect(waiting).toMatchObject({ state: "parked", parked: { reason: "workspace" }, attempts: { spent: 0 } });
    const { problems } = await daemon.call<{ problems: string[] }>("daemon.status");
    expect(problems.join()).toMatch(/Workspaces take 2 MiB, and limits.workspacesBytes is 1 MiB/);
    expect(existsSync(path("task-1"))).toBe(true);
    const { reasons } = await daemon.call<{ reasons: { change: string }[] }>("task.explain", { taskId: "task-2" });
    expect(reasons[0]?.change).toMatch(/goes on where there is room: .*`steward workspace remove TASK` makes some/);
    // Others are not held up.
    expect(await done(daemon, "true")).toMatchObject({ state: "completed" });

    repository.git("merge", "--quiet", "steward/task-1");
    await remove();
    await eventually("it goes on", async () => (await look(daemon, "task-2")).state === "completed");
    const after = await daemon.call<{ problems: string[] }>("daemon.status");
    expect(after.problems.join()).not.toContain("Workspaces take");
  });
});

describe("the differences", () => {
  const diff = (more: object = {}) =>
    daemon.call<{ text: string; next: number | null; cut: boolean }>("workspace.diff", { taskId: "task-1", ...more });

  test("are what was committed, what was not, and what is new; the agent's own index stays as it was", async () => {
    await worked(
      `${COMMIT}; echo staged >>readme; git add readme; echo more >>src/code; printf 'new' >'a b'; git status --porcelain`,
    );
    const worktree = repositoryAt(path());
    const status = (await printed(daemon, "task-1")).trimEnd();
    const { text, next, cut } = await diff();
    for (const file of ["mine", "readme", "src/code", "a b"]) expect(text).toContain(`diff --git a/${file} b/${file}`);
    expect({ next, cut }).toEqual({ next: null, cut: false });
    expect((await diff({ stat: true })).text).toMatch(/4 files changed, 4 insertions\(\+\)\n$/);
    expect(worktree.git("status", "--porcelain")).toBe(status);
  });

  test("come part after part, each ending with a line, and together are all", async () => {
    await worked("seq 1 5000 >numbers; printf 'ü%.0s' $(seq 1 3000) >long");
    const whole = await diff({ limit: 1024 * 1024 });
    let text = "";
    let parts = 0;
    for (let from: number | null = 0; from !== null; parts++) {
      const part: Awaited<ReturnType<typeof diff>> = await diff({ from, limit: 1024 });
      expect(Buffer.byteLength(part.text)).toBeLessThanOrEqual(1024);
      text += part.text;
      from = part.next;
    }
    expect(text).toBe(whole.text);
    expect(parts).toBeGreaterThan(20);
    expect(text).not.toContain("\uFFFD");
  });

  test("show no secret", async () => {
    writeFileSync(join(home.path, "key"), "sk-live-77aa11bb\n");
    home.settings(shellAgent({ agent: { env: { ...COMMITTER, KEY: { file: "key" } } } }));
    await daemon.call("daemon.reload");
    await worked("echo token=$KEY >config");
    expect(readFileSync(join(path(), "config"), "utf8")).toContain("sk-live");
    const { text } = await diff();
    expect(text).toContain("+token=****************");
    expect(text).not.toContain("sk-live");
  });
});

test("a task whose workspace holds work of its own is not forgotten with the old ones", async () => {
  home.settings(settings({ finishedTaskDays: 1 }));
  await daemon.call("daemon.reload");
  await worked(COMMIT);
  await worked("true");
  const { workspaces } = await daemon.call<{ workspaces: number }>("store.prune", { dryRun: true });
  expect(workspaces).toBe(0);
  expect((await settled(daemon, "task-1")).workspace).toMatchObject({ state: "ready" });
});
