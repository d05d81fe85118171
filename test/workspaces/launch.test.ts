/** Each task works in a worktree and on a branch of its own, and the user's checkout is never touched. */
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { steward } from "../lifecycle/command-line.ts";
import { aHome, shellAgent } from "../lifecycle/daemon.ts";
import { eventually } from "../lifecycle/eventually.ts";
import { done, look, printed, settled, submit, type TaskSeen } from "../lifecycle/tasks.ts";
import {
  aRepository,
  COMMITTER,
  emptyRepository,
  repositoryAt,
  slowRepository,
  type TestRepository,
} from "./repository.ts";

const settings = (more: object = {}) => shellAgent({ agent: { env: COMMITTER }, ...more });

const commits = (file: string, text: string) => `echo ${text} >${file} && git add ${file} && git commit -qm "${text}"`;

/** All that a user could notice in the checkout. */
function seenBy({ git, path }: TestRepository) {
  return {
    head: git("rev-parse", "HEAD"),
    on: git("symbolic-ref", "HEAD"),
    status: git("status", "--porcelain", "--ignored"),
    index: readFileSync(join(path, ".git/index")).toString("base64"),
    main: git("rev-parse", "main"),
  };
}

function workspace({ workspace: seen }: TaskSeen) {
  if (!seen) throw new Error("this task has no workspace");
  return seen;
}

describe("a task whose directory lies in a repository", () => {
  test("works in a worktree on a branch of its own, and what it left is told with it", async () => {
    await using home = aHome(settings());
    const repository = aRepository();
    const before = seenBy(repository);
    const daemon = await home.start();
    const task = await done(daemon, `pwd; ${commits("new", "one")}; echo more >>readme; echo x >untracked`, {
      cwd: repository.path,
    });
    expect(task.state).toBe("completed");
    const path = join(home.paths.workspaces, "task-1");
    expect((await printed(daemon, "task-1")).trim()).toBe(path);
    expect(workspace(task)).toMatchObject({
      taskId: "task-1",
      state: "ready",
      branch: "steward/task-1",
      directory: path,
      workingDirectory: path,
      repository: repository.path,
      base: before.head,
      changes: { commits: 1, files: 3, insertions: 3, deletions: 0, uncommitted: 2, onBranch: "steward/task-1" },
    });
    expect(workspace(task).changes?.head).toBe(repository.git("rev-parse", "steward/task-1"));
    expect(seenBy(repository)).toEqual(before);
    expect(repository.branches()).toEqual(["main", "steward/task-1"]);
  });

  test("starts in the same subdirectory, and knows where its workspace and the checkout are", async () => {
    await using home = aHome(settings());
    const repository = aRepository();
    const daemon = await home.start();
    const prompt = 'echo "$PWD|$STEWARD_WORKSPACE|$STEWARD_REPOSITORY|$(cat code)"';
    const task = await done(daemon, prompt, { cwd: join(repository.path, "src") });
    const path = join(home.paths.workspaces, "task-1");
    expect(await printed(daemon, "task-1")).toBe(`${path}/src|${path}|${repository.path}|1\n2\n3\n`);
    expect(workspace(task).workingDirectory).toBe(`${path}/src`);
  });

  test("two agents at the same moment never see each other's files, and both branches are there afterwards", async () => {
    await using home = aHome(settings());
    const repository = aRepository();
    const daemon = await home.start();
    // Each waits until the other has written, and only then looks around.
    const meet = (mine: string, other: string) =>
      `${commits(`from-${mine}`, mine)}; touch ${home.ledger}/${mine}; until [ -e ${home.ledger}/${other} ]; do sleep 0.02; done; ls`;
    const cwd = repository.path;
    const [a, b] = await Promise.all([
      submit(daemon, meet("a", "b"), { cwd }),
      submit(daemon, meet("b", "a"), { cwd }),
    ]);
    for (const id of [a, b]) expect((await settled(daemon, id)).state).toBe("completed");
    expect(await printed(daemon, a)).toBe("from-a\nreadme\nsrc\n");
    expect(await printed(daemon, b)).toBe("from-b\nreadme\nsrc\n");
    expect(repository.branches()).toEqual(["main", "steward/task-1", "steward/task-2"]);
    expect(repository.git("show", `steward/${a}:from-a`)).toBe("a");
    expect(repository.git("show", `steward/${b}:from-b`)).toBe("b");
  });

  test("many of one repository at once all get theirs", async () => {
    await using home = aHome(settings());
    const repository = aRepository();
    const daemon = await home.start();
    const ids = await Promise.all(
      Array.from({ length: 8 }, (_, at) => submit(daemon, commits("mine", `${at}`), { cwd: repository.path })),
    );
    for (const id of ids) expect((await settled(daemon, id)).state).toBe("completed");
    const said = ids.map((id) => repository.git("show", `steward/${id}:mine`));
    expect(said.sort()).toEqual(ids.map((_, at) => `${at}`));
  });

  test("worktrees of one repository are made one after the other, and nobody else waits for them", async () => {
    await using home = aHome(settings());
    const { repository, busy, go, env } = slowRepository(home);
    const daemon = await home.start({ env });
    const ids = [await submit(daemon, "true", { cwd: repository.path })];
    await busy();
    ids.push(await submit(daemon, "true", { cwd: join(repository.path, "src") }));
    expect(await done(daemon, "true", { cwd: aRepository().path })).toMatchObject({ state: "completed" });
    expect(await done(daemon, "true")).toMatchObject({ state: "completed" });
    expect(existsSync(join(home.paths.workspaces, "task-2"))).toBe(false);
    go();
    for (const id of ids) expect((await settled(daemon, id)).state).toBe("completed");
  });

  test("a later run of the same task finds what the one before left", async () => {
    await using home = aHome(settings({ role: { attempts: 2 } }));
    const repository = aRepository();
    const daemon = await home.start();
    const task = await done(daemon, `[ -e half ] && exit 0; ${commits("done", "one")}; touch half; exit 1`, {
      cwd: repository.path,
    });
    expect(task).toMatchObject({ state: "completed", workspace: { changes: { commits: 1, uncommitted: 1 } } });
    expect(task.runs).toHaveLength(2);
    expect(repository.branches()).toEqual(["main", "steward/task-1"]);
  });

  test("works in the directory itself where the task or the agent says so", async () => {
    await using home = aHome(
      settings({
        agents: { here: { runtime: "command", command: ["sh", "-c", "{prompt}"], workspace: "directory" } },
        roles: { here: { agent: "here" } },
      }),
    );
    const repository = aRepository();
    const daemon = await home.start();
    const cwd = repository.path;
    for (const more of [{ workspace: "directory" }, { role: "here" }] as const) {
      const task = await done(daemon, "pwd", { cwd, ...more });
      expect(await printed(daemon, task.taskId)).toBe(`${cwd}\n`);
      expect(task.workspace).toBeNull();
    }
    const task = await done(daemon, "pwd", { cwd, role: "here", workspace: "worktree" });
    expect(await printed(daemon, task.taskId)).toBe(`${join(home.paths.workspaces, "task-3")}\n`);
    expect(repository.branches()).toEqual(["main", "steward/task-3"]);
  });

  test("a directory in no repository, and one that git ignores, is worked in as it is; a task without one has its run's own", async () => {
    await using home = aHome(settings());
    const repository = aRepository();
    repository.write(".gitignore", "scratch/\n");
    repository.commit("Ignore");
    mkdirSync(join(repository.path, "scratch"));
    const daemon = await home.start();
    for (const cwd of [home.ledger, join(repository.path, "scratch")]) {
      const task = await done(daemon, "pwd", { cwd });
      expect(await printed(daemon, task.taskId)).toBe(`${cwd}\n`);
      expect(task.workspace).toBeNull();
    }
    await done(daemon, "pwd");
    expect(await printed(daemon, "task-3")).toBe(`${join(home.paths.runs, "run-3", "work")}\n`);
    expect(repository.branches()).toEqual(["main"]);
  });

  test("a worktree that is asked for by name is never the directory itself: refused before it is queued where that is known", async () => {
    await using home = aHome(settings());
    const repository = aRepository();
    repository.write(".gitignore", "scratch/\n");
    repository.commit("Ignore");
    mkdirSync(join(repository.path, "scratch"));
    const daemon = await home.start();
    const refused = await steward(home, "run", "touch ran", "--workspace", "worktree", "--cwd", home.ledger);
    expect(refused).toMatchObject({ code: 2, out: "", err: expect.stringContaining("lies in no git repository") });
    expect(refused.err).toContain("git init");
    expect(await daemon.call("task.stats")).toMatchObject({ total: 0 });
    for (const [more, why] of [
      [{ cwd: join(repository.path, "scratch") }, "scratch: git ignores it"],
      [{}, "neither the task nor its agent names a directory"],
    ] as const) {
      const task = await done(daemon, `touch ${home.ledger}/ran`, { ...more, workspace: "worktree" });
      expect(task).toMatchObject({ state: "failed", endReason: expect.stringContaining(why) });
    }
    expect(existsSync(join(home.ledger, "ran"))).toBe(false);
  });

  test.each([
    ["a repository without a commit", () => emptyRepository().path, /has no commit yet: commit something first/],
    [
      "a directory that is in no commit",
      () => {
        const repository = aRepository();
        repository.write("fresh/file", "");
        return join(repository.path, "fresh");
      },
      /fresh is not in commit [0-9a-f]{12} of .*: commit it first/,
    ],
  ])("%s parks its task at once, with what to do", async (_, prepare, reason) => {
    await using home = aHome(settings({ role: { attempts: 3 } }));
    const daemon = await home.start();
    const task = await done(daemon, "touch ran", { cwd: prepare() });
    expect(task).toMatchObject({ state: "parked", workspace: null });
    expect(task.runs).toHaveLength(1);
    expect(task.parked?.note).toMatch(reason);
    expect(task.parked?.note).toContain('workspace: "directory"');
  });
});

describe("a task that needs others", () => {
  test("begins with the work of the one that it needs", async () => {
    await using home = aHome(settings());
    const repository = aRepository();
    const daemon = await home.start();
    const cwd = repository.path;
    const first = await submit(daemon, commits("a", "one"), { cwd });
    const then = await submit(daemon, `cat a; ${commits("b", "two")}`, { cwd, needs: [first] });
    expect((await settled(daemon, then)).state).toBe("completed");
    expect(await printed(daemon, then)).toBe("one\n");
    expect(workspace(await look(daemon, then))).toMatchObject({
      base: repository.git("rev-parse", `steward/${first}`),
      changes: { commits: 1, files: 1 },
    });
  });

  test("begins with the work of all that it needs, merged, whatever moved on in the checkout", async () => {
    await using home = aHome(settings());
    const repository = aRepository();
    const daemon = await home.start();
    const cwd = repository.path;
    const needs = await Promise.all(["a", "b", "c"].map((name) => submit(daemon, commits(name, name), { cwd })));
    const idle = await submit(daemon, "true", { cwd });
    for (const id of needs) await settled(daemon, id);
    repository.write("d", "");
    repository.commit("Meanwhile");
    const last = await submit(daemon, "ls; git log --format=%an -1", { cwd, needs: [...needs, idle] });
    expect((await settled(daemon, last)).state).toBe("completed");
    expect(await printed(daemon, last)).toBe("a\nb\nc\nreadme\nsrc\nSteward\n");
  });

  test("is parked before it is launched when their work does not go together, and says whose; merged by hand it goes on", async () => {
    await using home = aHome(settings());
    const repository = aRepository();
    const daemon = await home.start();
    const cwd = repository.path;
    const needs = await Promise.all(["ours", "theirs"].map((text) => submit(daemon, commits("readme", text), { cwd })));
    const last = await submit(daemon, "cat readme", { cwd, needs });
    const task = await settled(daemon, last);
    expect(task).toMatchObject({ state: "parked", workspace: null });
    expect(task.parked?.note).toContain(
      "steward/task-2 does not merge with steward/task-1, which it needs as well: readme.",
    );
    expect(await printed(daemon, last)).toBe("");

    const first = repositoryAt(join(home.paths.workspaces, "task-1"));
    expect(() => first.git("merge", "steward/task-2")).toThrow();
    first.write("readme", "both\n");
    first.commit("Together");
    await daemon.call("task.resume", { taskId: last });
    expect((await settled(daemon, last)).state).toBe("completed");
    expect(await printed(daemon, last)).toBe("both\n");
  });
});

describe("what people do by hand", () => {
  /** Fails once, waits until it is told to go on, and then says what it finds. */
  const TWICE = "[ -e $LEDGER/again ] && { ls; git log --format=%s; exit 0; }; touch $LEDGER/again;";

  async function between(change: (repository: TestRepository, worktree: string) => void) {
    const home = aHome();
    home.settings(
      settings({
        agent: { env: { ...COMMITTER, LEDGER: home.ledger } },
        role: { attempts: 2 },
        limits: { backoffFirstSeconds: 1, backoffMaxSeconds: 1 },
      }),
    );
    const repository = aRepository();
    const daemon = await home.start({ args: ["--standby"] });
    await submit(daemon, `${TWICE} ${commits("mine", "mine")}; exit 1`, { cwd: repository.path });
    await daemon.call("run.start", { role: "default" });
    await eventually("it failed once", async () => (await look(daemon, "task-1")).state === "scheduled");
    change(repository, join(home.paths.workspaces, "task-1"));
    await daemon.call("daemon.activate");
    const task = await settled(daemon, "task-1");
    return { task, repository, said: await printed(daemon, "task-1") };
  }

  test("a worktree that was deleted is made anew from its branch", async () => {
    const { task, said } = await between((_, worktree) => rmSync(worktree, { recursive: true }));
    expect(task.state).toBe("completed");
    expect(said).toBe("mine\nreadme\nsrc\nmine\nThe beginning\n");
  });

  test("worktree and branch that were deleted are made anew from the beginning", async () => {
    const { task, said, repository } = await between(({ git }, worktree) => {
      rmSync(worktree, { recursive: true });
      git("worktree", "prune");
      git("branch", "-D", "steward/task-1");
    });
    expect(task.state).toBe("completed");
    expect(said).toBe("readme\nsrc\nThe beginning\n");
    expect(repository.branches()).toEqual(["main", "steward/task-1"]);
  });

  test("a branch that was taken from under its worktree is put back, and no file is lost", async () => {
    const { task, said } = await between(({ git }) => git("update-ref", "-d", "refs/heads/steward/task-1"));
    expect(task.state).toBe("completed");
    expect(said).toBe("mine\nreadme\nsrc\nmine\nThe beginning\n");
  });

  test("a directory that is no worktree any more is left as it is, and the task says so", async () => {
    const { task } = await between(({ git }, worktree) => {
      git("worktree", "remove", "--force", worktree);
      mkdirSync(worktree);
      writeFileSync(join(worktree, "precious"), "");
    });
    expect(task.state).toBe("parked");
    expect(task.parked?.note).toContain("is there, but is no worktree of");
    expect(existsSync(join(workspace(task).directory, "precious"))).toBe(true);
  });

  test.each([
    ["is a link to the user's checkout", ({ path }: TestRepository, worktree: string) => symlinkSync(path, worktree)],
    [
      "says that it is the user's checkout",
      ({ path }: TestRepository, worktree: string) => {
        mkdirSync(worktree);
        writeFileSync(join(worktree, ".git"), `gitdir: ${path}/.git\n`);
      },
    ],
    [
      "says that it is the workspace of another task",
      ({ path, git }: TestRepository, worktree: string) => {
        git("worktree", "add", "--quiet", "-b", "other", `${worktree}-other`);
        mkdirSync(worktree);
        writeFileSync(join(worktree, ".git"), `gitdir: ${path}/.git/worktrees/task-1-other\n`);
      },
    ],
  ])("a directory in its place that %s is worked in by nobody", async (_, take) => {
    const { task } = await between((repository, worktree) => {
      renameSync(worktree, `${worktree}-away`);
      take(repository, worktree);
    });
    expect(task).toMatchObject({ state: "parked", parked: { note: expect.stringContaining("is no worktree of") } });
  });

  test("branches and directories of others that are called the same stay theirs", async () => {
    await using home = aHome(settings());
    const repository = aRepository();
    repository.git("branch", "steward/task-1");
    mkdirSync(join(home.paths.workspaces, "task-1"), { recursive: true });
    const daemon = await home.start();
    const task = await done(daemon, commits("mine", "mine"), { cwd: repository.path });
    expect(workspace(task)).toMatchObject({
      branch: "steward/task-1-2",
      directory: join(home.paths.workspaces, "task-1-2"),
      changes: { commits: 1 },
    });
    expect(repository.git("rev-parse", "steward/task-1")).toBe(repository.git("rev-parse", "main"));
  });

  test("where a branch is called steward, the tasks' are called otherwise", async () => {
    await using home = aHome(settings());
    const repository = aRepository();
    repository.git("branch", "steward");
    const daemon = await home.start();
    const task = await done(daemon, "true", { cwd: repository.path });
    expect(workspace(task).branch).toBe("steward-task-1");
  });
});
