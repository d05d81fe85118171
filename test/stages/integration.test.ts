/** Branches of real agents become part of a branch of the project: merged, proven, landed; the user's own checkout stays as it is. */
import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { aHome, type Home, shellAgent } from "../lifecycle/daemon.ts";
import { eventually } from "../lifecycle/eventually.ts";
import { agentsOf } from "../lifecycle/processes.ts";
import { done, settled, submit } from "../lifecycle/tasks.ts";
import { aRepository, COMMITTER, type TestRepository } from "../workspaces/repository.ts";

interface House {
  readonly agents: Readonly<Record<string, string>>;
  readonly roles: object;
}

function settle(home: Home, { agents, roles }: House): void {
  const command = (script: string) => ({ runtime: "command", command: ["sh", "-c", script], env: COMMITTER });
  const named = Object.entries(agents).map(([name, script]) => [name, command(script)]);
  home.settings({ ...shellAgent(), agents: Object.fromEntries(named), roles });
}

/** What an agent does that writes one file with its task's name in it, and commits it. */
const WRITES =
  'echo "$STEWARD_TASK_ID" > "$STEWARD_TASK_ID.txt"; git add -A; git commit -qm "Work of $STEWARD_TASK_ID"';

/** Files of a branch, by git. */
const filesOf = (repository: TestRepository, branch: string) =>
  repository.git("ls-tree", "-r", "--name-only", branch).split("\n");

function intoNext(repository: TestRepository): void {
  repository.git("branch", "next");
}

test("two tasks that are done at once both land in the branch, and the checkout knows nothing of it", async () => {
  await using home = aHome();
  const repository = aRepository();
  intoNext(repository);
  settle(home, {
    agents: { bob: WRITES },
    roles: { default: { agent: "bob", wipLimit: 2, gates: ["test -e readme"], integration: { into: "next" } } },
  });
  const daemon = await home.start();
  const before = [repository.git("rev-parse", "HEAD"), repository.git("status", "--porcelain")];
  const ids = await Promise.all([1, 2].map((n) => submit(daemon, `Part ${n}`, { cwd: repository.path })));
  for (const id of ids) {
    expect(await settled(daemon, id)).toMatchObject({
      state: "completed",
      stages: [
        {
          gates: [
            { gate: "test-e-readme" },
            { gate: "integrate", outcome: "completed", left: { summary: expect.stringMatching(/^next is at /) } },
          ],
        },
      ],
    });
  }
  expect(filesOf(repository, "next")).toEqual(expect.arrayContaining(["task-1.txt", "task-2.txt"]));
  expect(filesOf(repository, "main")).not.toContain("task-1.txt");
  expect([repository.git("rev-parse", "HEAD"), repository.git("status", "--porcelain")]).toEqual(before);
});

test("a conflict goes to who sees to failures, with what conflicts; what that one settles lands", async () => {
  await using home = aHome();
  const repository = aRepository();
  intoNext(repository);
  const at = home.ledger;
  settle(home, {
    agents: {
      bob: `echo mine > readme; git commit -qam "Mine"; git -C ${repository.path} branch -f next other`,
      mend: `cat > ${at}/told; git merge -q -X ours next -m "Settled"`,
    },
    roles: {
      default: { agent: "bob", integration: { into: "next" }, next: { failed: "refiner" } },
      refiner: { agent: "mend", integration: { into: "next" } },
    },
  });
  repository.git("switch", "--quiet", "--create", "other");
  repository.write("readme", "theirs\n");
  repository.write("other", "other\n");
  repository.commit("Theirs");
  repository.git("switch", "--quiet", "main");
  const daemon = await home.start();
  const task = await done(daemon, "Write the readme", { cwd: repository.path });
  expect(task).toMatchObject({ state: "completed", loops: 1 });
  expect(readFileSync(join(at, "told"), "utf8")).toMatch(/does not merge with next: readme/);
  expect(repository.git("show", "next:readme")).toBe("mine");
  expect(filesOf(repository, "next")).toContain("other");
});

test("a branch that the user has checked out is left alone: a person is asked, and it lands when they have gone", async () => {
  await using home = aHome();
  const repository = aRepository();
  settle(home, { agents: { bob: WRITES }, roles: { default: { agent: "bob", integration: { into: "main" } } } });
  const daemon = await home.start();
  const head = repository.git("rev-parse", "main");
  const task = await done(daemon, "Write", { cwd: repository.path });
  expect(task).toMatchObject({
    state: "parked",
    parked: {
      reason: "person",
      note: expect.stringMatching(/^main is checked out in .*"checkout": "forward" in the "integration" of the role/),
    },
  });
  expect([repository.git("rev-parse", "main"), repository.git("status", "--porcelain")]).toEqual([head, ""]);
  repository.git("switch", "--quiet", "--create", "elsewhere");
  await daemon.call("task.resume", { taskId: task.taskId });
  expect((await settled(daemon, task.taskId)).state).toBe("completed");
  expect(filesOf(repository, "main")).toContain("task-1.txt");
});

test("where it may, it brings the checkout forward; never over what is not committed there", async () => {
  await using home = aHome();
  const repository = aRepository();
  const integration = { into: "main", checkout: "forward" };
  settle(home, { agents: { bob: WRITES }, roles: { default: { agent: "bob", integration } } });
  const daemon = await home.start();
  expect((await done(daemon, "Write", { cwd: repository.path })).state).toBe("completed");
  expect(readFileSync(join(repository.path, "task-1.txt"), "utf8")).toBe("task-1\n");
  expect(repository.git("status", "--porcelain")).toBe("");

  writeFileSync(join(repository.path, "task-2.txt"), "the user's own");
  const task = await done(daemon, "Write", { cwd: repository.path });
  expect(task.parked).toMatchObject({ reason: "person", note: expect.stringContaining("in the way of main") });
  expect(readFileSync(join(repository.path, "task-2.txt"), "utf8")).toBe("the user's own");
});

test("what was good alone and is not when merged does not land", async () => {
  await using home = aHome();
  const repository = aRepository();
  intoNext(repository);
  settle(home, {
    agents: { bob: `${WRITES}; git -C ${repository.path} branch -f next other` },
    roles: {
      default: {
        agent: "bob",
        attempts: 1,
        gates: ["test ! -e other"],
        integration: { into: "next", policy: "queue" },
      },
    },
  });
  repository.git("switch", "--quiet", "--create", "other");
  repository.write("other", "other\n");
  repository.commit("Something else");
  repository.git("switch", "--quiet", "main");
  const daemon = await home.start();
  const task = await done(daemon, "Write", { cwd: repository.path });
  expect(task).toMatchObject({
    state: "failed",
    endReason: expect.stringMatching(/merged with next it is not good any more: gate test-e-other is red/),
  });
  expect(filesOf(repository, "next")).not.toContain("task-1.txt");
});

test("a gate that proves a merge has its own time, and what it began ends with it", async () => {
  await using home = aHome();
  const repository = aRepository();
  intoNext(repository);
  const at = home.ledger;
  // Alone it is quick; merged it never ends, and neither does what it left in the background.
  const endless = `test ! -e ${at}/alone && touch ${at}/alone || { sleep 1000 & sleep 1000; }`;
  settle(home, {
    agents: { bob: WRITES },
    roles: {
      default: {
        agent: "bob",
        attempts: 1,
        gates: [{ name: "endless", command: endless, timeoutSeconds: 1 }],
        integration: { into: "next" },
      },
    },
  });
  const daemon = await home.start();
  const task = await done(daemon, "Write", { cwd: repository.path });
  expect(task).toMatchObject({
    state: "failed",
    endReason: expect.stringMatching(/gate endless is red \(it took longer than 1 s\)/),
  });
  expect(agentsOf(home.path)).toEqual([]);
  expect(filesOf(repository, "next")).not.toContain("task-1.txt");
});

test("a gate in a workspace that was taken away meanwhile finds it set up again", async () => {
  await using home = aHome();
  const repository = aRepository();
  repository.write(".gitignore", "prepared\n");
  repository.commit("What setting up leaves is ignored");
  const at = home.ledger;
  home.settings({
    ...shellAgent(),
    agents: { bob: { runtime: "command", command: ["sh", "-c", WRITES], env: COMMITTER } },
    roles: {
      default: {
        agent: "bob",
        attempts: 1,
        gates: [
          { name: "asks", command: `test -e ${at}/asked && exit 0; touch ${at}/asked; exit 78` },
          { name: "prepared", command: "test -e prepared" },
        ],
      },
    },
    projects: { shop: { directory: repository.path, setup: "touch prepared" } },
  });
  const daemon = await home.start();
  const taskId = await submit(daemon, "Write", { cwd: repository.path });
  await eventually("it is parked", async () => (await settled(daemon, taskId)).state === "parked");
  await daemon.call("workspace.remove", { taskId, force: true });
  await daemon.call("task.resume", { taskId });
  expect((await settled(daemon, taskId)).state).toBe("completed");
});

test("what is in no commit is not what was proven: nothing lands", async () => {
  await using home = aHome();
  const repository = aRepository();
  intoNext(repository);
  settle(home, {
    agents: { bob: `${WRITES}; echo more >> readme` },
    roles: { default: { agent: "bob", attempts: 1, integration: { into: "next" } } },
  });
  const daemon = await home.start();
  const task = await done(daemon, "Write", { cwd: repository.path });
  expect(task).toMatchObject({ state: "failed", endReason: expect.stringMatching(/in no commit: readme/) });
});

test("a daemon that is killed while it integrates: it lands once", async () => {
  await using home = aHome();
  const repository = aRepository();
  intoNext(repository);
  const at = home.ledger;
  const slow = `[ ! -e ${at}/armed ] || { echo proves >> ${at}/proves; until [ -e ${at}/go ]; do sleep 0.02; done; }`;
  settle(home, {
    agents: { bob: `${WRITES}` },
    roles: {
      default: {
        agent: "bob",
        gates: [
          { name: "slow", command: slow },
          { name: "arm", command: `touch ${at}/armed` },
        ],
        integration: { into: "next" },
      },
    },
  });
  const first = await home.start();
  const taskId = await submit(first, "Write", { cwd: repository.path });
  await eventually("it proves the merge", () => existsSync(join(at, "proves")));
  first.kill("SIGKILL");
  await first.ended;
  writeFileSync(join(at, "go"), "");
  const second = await home.start();
  expect((await settled(second, taskId)).state).toBe("completed");
  expect(repository.git("rev-list", "--count", "next")).toBe("2");
  expect(readFileSync(join(at, "proves"), "utf8")).toBe("proves\n");
});

test("what a gate makes of the place of the result undoes no landing, and is written through nowhere", async () => {
  await using home = aHome();
  const repository = aRepository();
  intoNext(repository);
  settle(home, { agents: {}, roles: {} });
  const daemon = await home.start();
  const theirs = join(home.ledger, "theirs");
  writeFileSync(theirs, "theirs\n");
  for (const [which, made] of [
    ["a link", `ln -sf ${theirs} $f`],
    ["a pipe", "rm -f $f; mkfifo $f"],
    ["a directory", "rm -f $f; mkdir $f"],
  ] as const) {
    // Wherever they lie, those of other runs too.
    const places = `for d in ${home.paths.runs}/*/; do f="$d"result.json`;
    settle(home, {
      agents: { bob: WRITES },
      roles: {
        default: {
          agent: "bob",
          attempts: 1,
          gates: [`${places}; ${made}; done; true`],
          integration: { into: "next" },
        },
      },
    });
    await daemon.call("daemon.reload");
    const task = await done(daemon, `With ${which}`, { cwd: repository.path });
    expect(task, which).toMatchObject({ state: "completed" });
    expect(filesOf(repository, "next")).toContain(`${task.taskId}.txt`);
  }
  expect(readFileSync(theirs, "utf8")).toBe("theirs\n");
});

test("where the repository of its work is gone, nobody works on or lands anything: it waits until that is back", async () => {
  await using home = aHome();
  const repository = aRepository();
  intoNext(repository);
  const away = join(repository.path, "git-away");
  settle(home, {
    agents: { bob: `${WRITES}; mv ${repository.path}/.git ${away}`, tess: "touch touched" },
    roles: {
      default: { agent: "bob", next: { completed: "tester" } },
      tester: { agent: "tess", attempts: 1, integration: { into: "next" } },
    },
  });
  const daemon = await home.start();
  const task = await done(daemon, "Write", { cwd: repository.path });
  expect(task).toMatchObject({ state: "parked", parked: { reason: "person" } });
  expect(task.parked).toMatchObject({ note: expect.stringContaining("is in no git repository any more") });
  expect(existsSync(join(repository.path, "touched"))).toBe(false);
  renameSync(away, join(repository.path, ".git"));
  settle(home, {
    agents: { bob: WRITES, tess: "true" },
    roles: {
      default: { agent: "bob", next: { completed: "tester" } },
      tester: { agent: "tess", attempts: 1, integration: { into: "next" } },
    },
  });
  await daemon.call("daemon.reload");
  await daemon.call("task.resume", { taskId: task.taskId });
  expect(await settled(daemon, task.taskId)).toMatchObject({ state: "completed" });
  expect(filesOf(repository, "next")).toContain("task-1.txt");
});

test("work without a branch of its own has nothing to integrate", async () => {
  await using home = aHome();
  settle(home, { agents: { bob: "true" }, roles: { default: { agent: "bob", integration: { into: "next" } } } });
  const daemon = await home.start();
  const task = await done(daemon, "Write", { cwd: home.ledger });
  expect(task).toMatchObject({
    state: "completed",
    stages: [{ gates: [{ gate: "integrate", reason: expect.stringContaining("no branch of its own") }] }],
  });
});
