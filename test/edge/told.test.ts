/** What the command line says where it once hung, kept silent or said the wrong thing. */
import { execFileSync, spawn } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { aHome as aBareHome, aDaemon, startSteward, steward } from "../../src/cli/command-line.testing.ts";
import { homePaths } from "../../src/core/home.ts";
import { aHome, shellAgent } from "../lifecycle/daemon.ts";
import { eventually } from "../lifecycle/eventually.ts";
import { inState, settled } from "../lifecycle/tasks.ts";

describe("a queue file that is no file", () => {
  test.each([
    ["a pipe that nobody writes to", (path: string) => void execFileSync("mkfifo", [path]), "is not a regular file"],
    ["a directory", (path: string) => void mkdirSync(path), "is a directory"],
    ["nothing", () => {}, "cannot be read (ENOENT)"],
  ])("%s is refused at once", async (_, make, sentence) => {
    const home = aBareHome();
    const path = join(home, "queue.json");
    make(path);
    const { code, err } = await steward(home, ["queue", "import", path, "--dry-run"]);
    expect({ code, err }).toEqual({ code: 2, err: expect.stringContaining(`${path} ${sentence}`) });
    expect(err).toContain("- for stdin");
  });

  test("a large one is refused at once, with its size and what it may have", async () => {
    const path = join(aBareHome(), "queue.json");
    writeFileSync(path, Buffer.alloc(8 * 1024 * 1024 + 1, 32));
    expect(await steward(aBareHome(), ["queue", "import", path, "--dry-run"])).toMatchObject({
      code: 2,
      err: expect.stringContaining(`${path} has 8388609 bytes; a queue file may have up to 8388608.`),
    });
  });

  test("a device without an end is refused at once, also on stdin", async () => {
    const home = aBareHome();
    expect(await steward(home, ["queue", "import", "/dev/zero"])).toMatchObject({ code: 2 });
    const endless = { stdin: "x".repeat(9 * 1024 * 1024) };
    expect(await steward(home, ["queue", "import", "-"], endless)).toMatchObject({
      code: 2,
      err: expect.stringContaining("stdin may have up to"),
    });
  });
});

describe("a host in trouble", () => {
  const NO_ROOM = { freeDiskBytes: 2 ** 52 };

  test("`run start` and `work --once` say why nothing is started, exit 8, and `work` waits until it is over", async () => {
    await using home = aHome(shellAgent({ limits: NO_ROOM }));
    const daemon = await home.start();
    await daemon.call("task.submit", { prompt: "true" });
    for (const verb of [
      ["run", "start", "default"],
      ["work", "--role", "default", "--once"],
    ]) {
      const { code, err } = await steward(home.path, verb);
      expect({ verb, code, err }).toEqual({
        verb,
        code: 8,
        err: expect.stringMatching(/error: Only \d+ MiB of disk are free/),
      });
    }
    const worker = startSteward(home.path, ["work", "--role", "default", "--interval", "0.05"]);
    await eventually("it says why it waits", () => worker.said().err.includes("MiB; waiting."));
    home.settings(shellAgent());
    expect(await daemon.call("daemon.reload")).toMatchObject({ changed: true });
    await settled(daemon, "task-1");
    worker.child.kill("SIGINT");
    expect(await worker.ended).toMatchObject({ code: 0 });
  });

  test("a directory that no host can have parks its task and disturbs nothing else", async () => {
    await using home = aHome(shellAgent());
    const daemon = await home.start();
    const { taskId } = await daemon.call<{ taskId: string }>("task.submit", {
      prompt: "true",
      cwd: `/${"x".repeat(300)}`,
    });
    expect(await settled(daemon, taskId)).toMatchObject({ state: "parked" });
    const other = await daemon.call<{ taskId: string }>("task.submit", { prompt: "true" });
    expect(await settled(daemon, other.taskId)).toMatchObject({ state: "completed" });
  });
});

test("submitting for a directory that is not there says so, and the task runs when it came to be", async () => {
  await using home = aHome(shellAgent());
  const daemon = await home.start();
  const cwd = join(home.path, "later");
  const submit = ["task", "submit", "pwd", "--cwd", cwd, "--key", "later", "--not-before", "2099-01-01"];
  const said = await steward(home.path, submit);
  expect(said).toMatchObject({ code: 0, out: expect.stringContaining(`notice: There is no directory ${cwd}`) });
  const again = await steward(home.path, submit);
  expect(again.out).not.toContain("notice");
  mkdirSync(cwd);
  const there = await steward(home.path, ["task", "submit", "pwd", "--cwd", cwd, "--json"]);
  expect(JSON.parse(there.out)).not.toHaveProperty("notice");
  await daemon.call("task.update", { taskId: "later", notBefore: "2020-01-01T00:00:00Z" });
  await inState(daemon, "later", "completed");
});

describe("--json", () => {
  test("help says what one verb, one noun, or everything takes", async () => {
    const verbs = async (...args: string[]) => {
      const { code, out } = await steward("/nowhere", [...args, "--json"]);
      expect(code).toBe(0);
      return JSON.parse(out).verbs as { verb: string; args: string[]; flags: { flag: string }[] }[];
    };
    const [submit] = await verbs("help", "task", "submit");
    expect(submit).toMatchObject({ verb: "task submit", effect: "write", args: ["prompt"] });
    expect(submit?.flags.map(({ flag }) => flag)).toContain("priority");
    expect(await verbs("task", "submit", "--help")).toEqual([submit]);
    expect((await verbs("help", "task")).map(({ verb }) => verb)).toContain("task cancel");
    expect(await verbs("task", "--help")).toEqual(await verbs("help", "task"));
    expect((await verbs("help")).map(({ verb }) => verb)).toEqual(
      expect.arrayContaining(["logs", "start", "token create"]),
    );
    expect(await steward("/nowhere", ["help", "nonsense", "--json"])).toMatchObject({ code: 2, out: "" });
  });

  test("there is none of a completion script", async () => {
    expect(await steward("/nowhere", ["completion", "bash", "--json"])).toMatchObject({ code: 2, out: "" });
  });

  test("the log of a run is its parts, one a line", async () => {
    const home = aBareHome();
    const parts = [
      { text: "one\n", next: 4, ended: false },
      { text: "", next: 4, ended: true },
    ];
    await aDaemon(home, { "run.output": ({ from }) => (from === 4 ? parts[1] : parts[0]) });
    const { out } = await steward(home, ["logs", "--run", "run-1", "--json"]);
    expect(
      out
        .split("\n")
        .slice(0, -1)
        .map((line) => JSON.parse(line)),
    ).toEqual([parts[0]]);
  });
});

test("who answers a watcher in a language of its own is no daemon", async () => {
  const home = aBareHome();
  const server = createServer((socket) => socket.once("data", () => socket.end("HTTP/1.1 400 Bad Request\n\n")));
  server.listen(homePaths(home).socket);
  onTestFinished(() => void server.close());
  expect(await steward(home, ["event", "watch"])).toMatchObject({
    code: 8,
    err: expect.stringContaining("is no daemon of Steward"),
  });
});

test("a wait of years is long, not over at once", async () => {
  const home = aBareHome();
  await aDaemon(home, { ping: () => new Promise((resolve) => setTimeout(() => resolve({ pong: true }), 300)) });
  expect(await steward(home, ["ping", "--wait-limit", "9999d"])).toMatchObject({ code: 0, err: "" });
});

describe("what ends something is asked about at a terminal", () => {
  const PTY = `
import os, pty, sys
sys.exit(os.waitstatus_to_exitcode(pty.spawn(sys.argv[1:])))`;
  const MAIN = join(import.meta.dirname, "../../src/cli/main.ts");
  const hasPty = (() => {
    try {
      execFileSync("python3", ["-c", "import os, pty; os.waitstatus_to_exitcode"], { stdio: "ignore" });
      return true;
    } catch {
      return false;
    }
  })();

  /** As somebody at a terminal who types this. */
  async function atTerminal(home: string, args: readonly string[], typed: string) {
    const child = spawn("python3", ["-c", PTY, process.execPath, MAIN, ...args], {
      env: { ...process.env, STEWARD_HOME: home },
    });
    onTestFinished(() => void child.kill("SIGKILL"));
    let shown = "";
    child.stdout.on("data", (chunk) => {
      shown += chunk;
      if (shown.includes("[y/N]")) child.stdin.end(typed);
    });
    const code = await new Promise<number | null>((resolve) => child.once("close", resolve));
    return { code, shown };
  }

  test.for([
    ["y\n", 0, 1],
    ["Yes\n", 0, 1],
    ["n\n", 1, 0],
    ["\n", 1, 0],
    ["\u0004", 1, 0],
    ["yellow\n", 1, 0],
  ] as const)("answered %j: exit %i", async ([typed, exit, calls], { skip }) => {
    skip(!hasPty, "python3 with its pty module is not there");
    const home = aBareHome();
    const daemon = await aDaemon(home, { "task.cancel": () => ({ taskId: "task-17", state: "cancelled" }) });
    const { code, shown } = await atTerminal(home, ["task", "cancel", "task-17"], typed);
    expect(shown).toMatch(/Cancel task-17\? If it runs, its agent is ended.* \[y\/N\] /);
    expect({ code, calls: daemon.calls.length }).toEqual({ code: exit, calls });
    expect(shown.includes("Nothing was done.")).toBe(calls === 0);
  });

  test("--yes, a pipe and what ends nothing are not asked", async ({ skip }) => {
    skip(!hasPty, "python3 with its pty module is not there");
    const home = aBareHome();
    const daemon = await aDaemon(home, {
      "task.cancel": () => ({ taskId: "task-17", state: "cancelled" }),
      "task.stats": () => ({ total: 0 }),
      "store.prune": () => ({ dryRun: true, failed: [] }),
    });
    for (const args of [
      ["task", "cancel", "task-17", "--yes"],
      ["-y", "task", "cancel", "task-17"],
      ["task", "stats"],
      ["store", "prune", "--dry-run"],
    ]) {
      const { code, shown } = await atTerminal(home, args, "");
      expect({ code, asked: shown.includes("[y/N]") }).toEqual({ code: 0, asked: false });
    }
    expect(await steward(home, ["task", "cancel", "task-17"])).toMatchObject({ code: 0, err: "" });
    expect(daemon.calls).toHaveLength(5);
  });
});
