/** What a project has to do in a new workspace is done once, before the agent, as part of its run. */
import { existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { steward } from "../lifecycle/command-line.ts";
import { aHome, type Home, shellAgent } from "../lifecycle/daemon.ts";
import { eventually } from "../lifecycle/eventually.ts";
import { agentsOf } from "../lifecycle/processes.ts";
import { done, inState, lastRun, printed, settled, submit } from "../lifecycle/tasks.ts";
import { aRepository, COMMITTER, type TestRepository } from "./repository.ts";

function withSetup(
  setup: string | string[],
  { path }: TestRepository,
  more: Parameters<typeof shellAgent>[0] = {},
  env: object = {},
): Home {
  const home = aHome();
  const agent = { env: { ...COMMITTER, LEDGER: home.ledger, ...env } };
  home.settings({ ...shellAgent({ agent, ...more }), projects: { it: { directory: path, setup } } });
  return home;
}

const ledger = (home: Home, name: string) => readFileSync(join(home.ledger, name), "utf8").trim().split("\n");

describe("the setup of a project", () => {
  test("runs once in each new workspace, at the project's directory, and its output is kept", async () => {
    const repository = aRepository();
    const setup = 'pwd >>$LEDGER/setups; echo hello; echo oops >&2; cp "$STEWARD_REPOSITORY/readme" ready';
    await using home = withSetup(setup, repository, { role: { attempts: 2 } });
    const daemon = await home.start();
    const prompt = "cat ready; [ -e again ] && exit 0; touch again; exit 1";
    const task = await done(daemon, prompt, { cwd: join(repository.path, "src") });
    expect(task.state).toBe("completed");
    expect(task.runs).toHaveLength(2);
    expect(ledger(home, "setups")).toEqual([join(home.paths.workspaces, "task-1")]);
    expect(readFileSync(join(home.paths.runs, "run-1/setup.log"), "utf8")).toBe("hello\noops\n");
    expect(existsSync(join(home.paths.runs, "run-2/setup.log"))).toBe(false);
    await done(daemon, "true", { cwd: repository.path });
    expect(ledger(home, "setups")).toHaveLength(2);
  });

  test("may be a program with arguments that no shell reads, and is found however the directory is called", async () => {
    const repository = aRepository("a project with blanks");
    await using home = withSetup(["sh", "-c", 'echo "$1" >>$LEDGER/said', "x", "$(not run) 'quoted'"], repository);
    const daemon = await home.start();
    const link = join(home.ledger, "link");
    symlinkSync(repository.path, link);
    expect(await done(daemon, "true", { cwd: link })).toMatchObject({ state: "completed" });
    expect(ledger(home, "said")).toEqual(["$(not run) 'quoted'"]);
  });

  test("that fails fails the run, with how to see its output, without secrets; the agent never starts, and the next run tries again", async () => {
    const repository = aRepository();
    const setup = "[ -e $LEDGER/tried ] && exit 0; touch $LEDGER/tried; echo no network $TOKEN; exit 3";
    const secret = join(mkdtempSync(join(tmpdir(), "steward-setup-")), "token");
    writeFileSync(secret, "a-secret-to-use");
    onTestFinished(() => rmSync(dirname(secret), { recursive: true }));
    await using home = withSetup(setup, repository, { role: { attempts: 2 } }, { TOKEN: { file: secret } });
    const daemon = await home.start();
    const task = await done(daemon, "echo ran >>$LEDGER/ran", { cwd: repository.path });
    expect(task.state).toBe("completed");
    const [second, first] = task.runs;
    expect(first).toMatchObject({
      outcome: "failed",
      reason: "the setup of its workspace failed (exit 3): `steward run output run-1 --stream setup` shows why",
    });
    const shown = await steward(home, "run", "output", "run-1", "--stream", "setup");
    expect(shown).toMatchObject({ code: 0, out: "no network ***************\n" });
    expect((await steward(home, "run", "output", "run-2", "--stream", "setup")).out).toBe("");
    expect(second).toMatchObject({ outcome: "completed" });
    expect(ledger(home, "ran")).toEqual(["ran"]);
  });

  test("that is not there fails the run too", async () => {
    const repository = aRepository();
    await using home = withSetup(["no-such-program"], repository);
    const daemon = await home.start();
    const task = await done(daemon, "true", { cwd: repository.path });
    expect(task).toMatchObject({ state: "failed" });
    expect(task.endReason).toMatch(/^the setup of its workspace failed \(exit 127\)/);
  });

  test("outlives a killed daemon, and the agent starts after it", async () => {
    const repository = aRepository();
    const setup = "touch $LEDGER/begun; until [ -e $LEDGER/go ]; do sleep 0.02; done; echo once >>$LEDGER/setups";
    await using home = withSetup(setup, repository);
    const first = await home.start();
    await submit(first, "touch $LEDGER/agent; echo done", { cwd: repository.path });
    await eventually("the setup runs", () => existsSync(join(home.ledger, "begun")));
    await first.kill("SIGKILL");
    const next = await home.start();
    expect(existsSync(join(home.ledger, "agent"))).toBe(false);
    writeFileSync(join(home.ledger, "go"), "");
    const task = await settled(next, "task-1");
    expect(task).toMatchObject({ state: "completed", attempts: { spent: 0 } });
    expect(task.runs).toHaveLength(1);
    expect(await printed(next, "task-1")).toBe("done\n");
    expect(ledger(home, "setups")).toEqual(["once"]);
  });

  test("is ended with all that it started when its task is cancelled, and when its time is up", async () => {
    const repository = aRepository();
    const setup = "touch $LEDGER/begun-$STEWARD_TASK_ID; setsid sleep 300 & exec sleep 300";
    await using home = withSetup(setup, repository);
    const daemon = await home.start();
    const cancelled = await submit(daemon, "touch $LEDGER/agent", { cwd: repository.path });
    await eventually("the setup runs", () => existsSync(join(home.ledger, `begun-${cancelled}`)));
    await inState(daemon, cancelled, "running");
    await daemon.call("task.cancel", { taskId: cancelled });
    expect(await settled(daemon, cancelled)).toMatchObject({ state: "cancelled" });
    const late = await done(daemon, "touch $LEDGER/agent", { cwd: repository.path, timeoutSeconds: 1 });
    expect(lastRun(late)).toMatchObject({ outcome: "failed", reason: "wall_timeout" });
    expect(agentsOf(home.path)).toEqual([]);
    expect(existsSync(join(home.ledger, "agent"))).toBe(false);
  });
});
