import { execSync, spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { systemClock } from "../../core/clock.ts";
import { silentLog } from "../../core/log.ts";
import { isAlive, signalIf } from "./identity.ts";
import { hasPassedGate, MAX_ARGUMENT_BYTES } from "./launch-file.ts";
import { agent, aRoom, eventually, workingCustodies } from "./launched-run.testing.ts";
import { createWrappers } from "./wrapper.ts";

const isRoot = process.geteuid?.() === 0;

const custodies = await workingCustodies();
const [best] = custodies;
if (!best) throw new Error("custody by looking works everywhere");

describe.each(custodies)("under custody by $level", (custody) => {
  test("the exit status of an agent is written down, and what it said on each stream", async () => {
    await using room = aRoom(custody);
    for (const status of [0, 7]) {
      const run = await room.launch([agent("exits-with"), `${status}`]);
      expect(await run.exit()).toBe(status);
      expect(run.read("stdout.log")).toBe("out\n");
      expect(run.read("stderr.log")).toBe("err\n");
    }
  });

  test.each([
    ["KILL", 137],
    ["TERM", 143],
    ["SEGV", 139],
  ])("an agent that is ended by SIG%s is told as %i, and the shell says nothing about it", async (signal, status) => {
    await using room = aRoom(custody);
    const run = await room.launch([agent("kills-itself"), signal]);
    expect(await run.exit()).toBe(status);
    expect(run.read("stderr.log")).toBe("");
  });

  test("an agent that is talked with reads what comes, as it comes, until an empty line, and nothing lives on", async () => {
    await using room = aRoom(custody);
    const run = await room.launch(["/bin/cat"], {}, { followsStdin: true });
    run.tell(" and more\n");
    await run.says("and more");
    run.tell("last\n\nnever read\n");
    expect(await run.exit()).toBe(0);
    expect(run.read("stdout.log")).toBe("the prompt and more\nlast\n");
    await eventually(() => run.living().length === 0);
  });

  test("what feeds an agent ends with it, though nobody said the last word", async () => {
    await using room = aRoom(custody);
    const run = await room.launch([agent("exits-with"), "3"], {}, { followsStdin: true });
    expect(await run.exit()).toBe(3);
    await eventually(() => run.living().length === 0);
  });

  test("an agent that was never released never starts", async () => {
    await using room = aRoom(custody);
    const wrapper = await room.wrappers.ready();
    expect(isAlive(wrapper.identity)).toBe(true);
    wrapper.abandon();
    await eventually(() => !isAlive(wrapper.identity));
  });
});

test("the agent's environment, arguments, directory and input are exactly what was asked for", async () => {
  await using room = aRoom(best);
  const env = { LANG: "C", odd: "'\"$(date)`\\\n\t=ü\u0101 ", d: "mine", IFS: "0123", PATH: "/nowhere" };
  const run = await room.launch(["/bin/cat", "/proc/self/environ", "/proc/self/cmdline", "-"], env);
  expect(await run.exit()).toBe(0);
  const said = run.read("stdout.log").split("\0");
  const variables = said.filter((text) => text.includes("="));
  expect(variables.sort()).toEqual(
    [...Object.entries(env).map(([name, value]) => `${name}=${value}`), run.marker].sort(),
  );
  expect(said.slice(variables.length)).toEqual([
    "/bin/cat",
    "/proc/self/environ",
    "/proc/self/cmdline",
    "-",
    "the prompt",
  ]);
});

test("an agent has no streams and ignores no signals beyond those of any program that is started here", async () => {
  await using room = aRoom(best);
  const script = "ls /proc/self/fd; exec grep -E 'Sig(Ign|Blk)' /proc/self/status";
  const run = await room.launch(["/bin/sh", "-c", script], { PATH: "/usr/bin:/bin" });
  await run.exit();
  const control = spawnSync("/bin/sh", ["-c", script], { encoding: "utf8" });
  expect(run.read("stdout.log")).toBe(control.stdout);
});

test("files of a run are only its owner's, and agents make files as the daemon would", async () => {
  await using room = aRoom(best);
  const run = await room.launch(["/bin/sh", "-c", "umask"]);
  await run.exit();
  const expected = /^Umask:\s*(\d+)$/m.exec(readFileSync("/proc/self/status", "utf8"))?.[1];
  expect(run.read("stdout.log").trim()).toBe(expected);
  for (const path of [
    join(run.directory, "stdout.log"),
    join(run.directory, "stderr.log"),
    join(room.exitsDirectory, run.name),
  ]) {
    expect(statSync(path).mode & 0o777).toBe(0o600);
  }
});

test("the launch file, which holds secrets, is gone when the gate is passed and when it is not", async () => {
  await using room = aRoom(best);
  const run = await room.launch([agent("stays")]);
  expect(existsSync(join(run.directory, "launch"))).toBe(false);
  const runDirectory = room.directory("refused");
  const refused = (await room.wrappers.ready()).release(aSpec(runDirectory, { stdin: join(runDirectory, "missing") }));
  await expect(refused).rejects.toThrow(/missing/);
  expect(existsSync(join(runDirectory, "launch"))).toBe(false);
});

test("a working directory that is gone is told before the agent starts", async () => {
  await using room = aRoom(best);
  const runDirectory = room.directory("run-1");
  const wrapper = await room.wrappers.ready();
  await expect(wrapper.release(aSpec(runDirectory, { cwd: join(runDirectory, "gone") }))).rejects.toThrow(/gone/);
  expect(hasPassedGate(runDirectory)).toBe(false);
  await eventually(() => !isAlive(wrapper.identity));
});

test("what no kernel would take is refused before anything starts", async () => {
  await using room = aRoom(best);
  const runDirectory = room.directory("run-1");
  const release = async (change: object) => (await room.wrappers.ready()).release(aSpec(runDirectory, change));
  await expect(release({ argv: ["/bin/echo", "x".repeat(MAX_ARGUMENT_BYTES + 1)] })).rejects.toThrow("131072 bytes");
  await expect(release({ argv: Array(40).fill("/bin/echo".padEnd(100_000, "x")) })).rejects.toThrow(/are taken/);
  await expect(release({ argv: ["echo"] })).rejects.toThrow("not an absolute path");
  await expect(release({ env: { "a-b": "1" } })).rejects.toThrow('called "a-b"');
  await expect(release({ argv: ["/bin/echo", "a\0b"] })).rejects.toThrow("NUL");
  expect(hasPassedGate(runDirectory)).toBe(false);
});

test("the longest argument that is taken arrives", async () => {
  await using room = aRoom(best);
  const run = await room.launch(["/usr/bin/printf", "%s", "x".repeat(MAX_ARGUMENT_BYTES)]);
  expect(await run.exit()).toBe(0);
  expect(run.read("stdout.log")).toHaveLength(MAX_ARGUMENT_BYTES);
});

test("a full disk does not lose an exit status: the wrapper tries again until there is room", async () => {
  await using room = aRoom(best);
  // A directory that takes no new file refuses the write as a full disk would; for root that takes more than its mode.
  const [shut, open] = isRoot ? ["chattr +i", "chattr -i"] : ["chmod 500", "chmod 700"];
  execSync(`${shut} ${room.exitsDirectory}`);
  try {
    const run = await room.launch([agent("exits-with"), "7"]);
    await run.says("out");
    execSync(`${open} ${room.exitsDirectory}`);
    expect(await run.exit()).toBe(7);
  } finally {
    execSync(`${open} ${room.exitsDirectory}`);
  }
});

test("one wrapper is kept warm: the next launch takes it, another one takes its place, and stop leaves none", async () => {
  await using room = aRoom(best, { keepWarm: true });
  const first = await room.launch([agent("exits-with"), "0"]);
  const second = await room.launch([agent("exits-with"), "3"]);
  expect([await first.exit(), await second.exit()]).toEqual([0, 3]);
  await room.wrappers.stop();
  await expect(room.wrappers.ready()).rejects.toThrow("stopped");
});

test("a warm wrapper that somebody killed is not handed out", async () => {
  await using room = aRoom(best, { keepWarm: true });
  const taken = await room.wrappers.ready();
  taken.abandon();
  const next = await room.wrappers.ready();
  next.abandon();
  await eventually(() => !isAlive(next.identity));
  const kept = await room.wrappers.ready();
  signalIf(kept.identity, "SIGKILL");
  await eventually(() => !isAlive(kept.identity));
  await expect(kept.release(aSpec(room.directory("dead")))).rejects.toThrow("ended before");
  const run = await room.launch([agent("exits-with"), "0"]);
  expect(await run.exit()).toBe(0);
});

test("a wrapper that cannot be started, or complains and ends, or stays silent, is told as such", async () => {
  const tools = mkdtempSync(join(tmpdir(), "steward-tools-"));
  const open = (prefix: string[]) =>
    createWrappers({
      custody: { ...best, prefix, admit() {} },
      exitsDirectory: tools,
      clock: { ...systemClock, after: (ms, done) => systemClock.after(ms / 50, done) },
      log: silentLog,
      keepWarm: false,
      umask: "022",
    }).ready();
  const program = (name: string, text: string) => {
    writeFileSync(join(tools, name), `#!/bin/sh\n${text}\n`);
    chmodSync(join(tools, name), 0o700);
    return join(tools, name);
  };
  await expect(open(["steward-no-such-program"])).rejects.toThrow("could not be started");
  await expect(open([program("complains", "echo not permitted >&2; exit 1")])).rejects.toThrow("not permitted");
  await expect(open([program("silent", "exec sleep 60")])).rejects.toThrow('did not say "up"');
  rmSync(tools, { recursive: true });
});

function aSpec(runDirectory: string, change: object = {}) {
  return {
    runDirectory,
    name: "run-9",
    argv: [agent("exits-with"), "0"],
    env: {},
    cwd: runDirectory,
    stdin: "/dev/null",
    ...change,
  };
}
