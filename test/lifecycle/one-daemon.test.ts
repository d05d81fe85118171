/** One daemon per home, whatever is left of earlier ones; and why one does not start. */
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { homePaths } from "../../src/core/home.ts";
import { prepareHome } from "../../src/daemon/home.ts";
import { stewardAt } from "./command-line.ts";
import { aHome, type DaemonProcess, shellAgent } from "./daemon.ts";
import { done } from "./tasks.ts";

const STARTS = 20;
const isRoot = process.geteuid?.() === 0;

async function outcomesOf(daemons: readonly DaemonProcess[]) {
  const winners = daemons.filter(({ report }) => report?.ready === true);
  const losers = daemons.filter(({ report }) => report?.ready !== true);
  const codes = await Promise.all(losers.map(async ({ ended }) => (await ended).code));
  return { winners, losers, codes };
}

test("twenty parallel starts in a new home give one daemon; the others say who it is, and exit 5", async () => {
  await using home = aHome(shellAgent());
  const daemons = await Promise.all(Array.from({ length: STARTS }, () => home.launch()));
  const { winners, losers, codes } = await outcomesOf(daemons);
  expect(winners).toHaveLength(1);
  expect(new Set(codes)).toEqual(new Set([5]));
  for (const loser of losers) expect(loser.complaints()).toContain(`pid ${winners[0]?.pid}`);
  expect(await done(winners[0] as DaemonProcess, "echo alive")).toMatchObject({ state: "completed" });
});

test("twenty parallel starts over what a killed daemon left give one daemon, and nobody names the dead one", async () => {
  await using home = aHome(shellAgent());
  const dead = await home.start();
  await dead.kill("SIGKILL");
  const daemons = await Promise.all(Array.from({ length: STARTS }, () => home.launch()));
  const { winners, losers, codes } = await outcomesOf(daemons);
  expect(winners).toHaveLength(1);
  expect(new Set(codes)).toEqual(new Set([5]));
  for (const loser of losers) expect(loser.complaints()).toContain(`pid ${winners[0]?.pid}`);
});

test("kill -9 frees the home at once, with a stale socket, a stale pid and a stale daemon.json lying about", async () => {
  await using home = aHome(shellAgent());
  const first = await home.start();
  await first.kill("SIGKILL");
  for (const stale of [home.paths.socket, home.paths.pid, home.paths.daemon]) expect(existsSync(stale)).toBe(true);
  const second = await home.start();
  expect(await second.call("ping")).toMatchObject({ pong: true });
  expect(readFileSync(home.paths.pid, "utf8")).toBe(`${second.pid}\n`);
  expect(JSON.parse(readFileSync(home.paths.daemon, "utf8"))).toMatchObject({ pid: second.pid });
});

test("a daemon that is frozen still holds its home", async () => {
  await using home = aHome(shellAgent());
  const first = await home.start();
  await first.kill("SIGSTOP");
  const second = await home.launch();
  expect(await second.ended).toMatchObject({ code: 5 });
  expect(second.complaints()).toContain(`pid ${first.pid}`);
  await first.kill("SIGCONT");
  expect(await first.call("ping")).toMatchObject({ pong: true });
});

test("the home and all in it are the owner's alone", async () => {
  await using home = aHome(shellAgent());
  chmodSync(home.path, 0o755);
  const daemon = await home.start();
  await done(daemon, "echo hello");
  expect(statSync(home.path).mode & 0o777).toBe(0o700);
  const open = readdirSync(home.path, { recursive: true, withFileTypes: true }).filter((entry) => {
    const path = join(entry.parentPath, entry.name);
    return path !== home.paths.settings && path !== home.ledger && (statSync(path).mode & 0o077) !== 0;
  });
  expect(open.map(({ name }) => name)).toEqual([]);
});

test("a directory that others may need is neither made private nor filled", async () => {
  await using home = aHome();
  const shared = aDirectory("shared", 0o1777);
  const full = aDirectory("full", 0o755);
  writeFileSync(join(full, "somebody's"), "");
  function aDirectory(name: string, mode: number): string {
    mkdirSync(join(home.path, name));
    chmodSync(join(home.path, name), mode);
    return join(home.path, name);
  }
  for (const path of [shared, full]) {
    const before = [statSync(path).mode, readdirSync(path)];
    for (const verb of [["start"], ["start", "--foreground"], ["store", "restore"]]) {
      expect(await stewardAt(path, ...verb)).toMatchObject({
        code: 6,
        err: expect.stringMatching(/is open to other users.*\nhint: .*steward\n/),
      });
    }
    expect([statSync(path).mode, readdirSync(path)]).toEqual(before);
    expect(await stewardAt(path, "doctor")).toMatchObject({ code: 1, out: expect.not.stringContaining("chmod") });
  }
  const empty = aDirectory("empty", 0o775);
  prepareHome(homePaths(empty));
  expect(statSync(empty).mode & 0o777).toBe(0o700);
});

test.each([
  ["/proc/self/nope", 8],
  ["/proc/self/fd", 8],
  ["/dev/null/home", 8],
])("where no home can be made (%s) that is said at once", async (path, code) => {
  for (const verb of [["start"], ["start", "--foreground"]]) {
    expect(await stewardAt(path, ...verb)).toMatchObject({
      code,
      err: expect.stringMatching(/cannot be used.*\nhint: /),
    });
  }
});

test("through a link its home is the same, though its own path is too long for a socket", async () => {
  await using home = aHome();
  const long = join(home.path, "x".repeat(120));
  const link = join(home.path, "short");
  symlinkSync(long, link);
  mkdirSync(long, { mode: 0o700 });
  expect(await stewardAt(long, "start")).toMatchObject({ code: 0 });
  try {
    expect(await stewardAt(link, "status")).toMatchObject({ code: 0 });
  } finally {
    expect(await stewardAt(long, "stop")).toMatchObject({ code: 0 });
  }
});

test.each([
  ["an unknown key", '{\n  "agents": {},\n  "rols": {}\n}', /steward\.json:3:3.*rols/],
  ["a value that is wrong", '{ "host": { "maxRuns": -1 } }', /steward\.json:1:\d+/],
  ["what is no JSON", '{\n  "host": {', /steward\.json:\d+:\d+/],
])("with %s in its settings it exits 78 and says file, line and column", async (_, text, complaint) => {
  await using home = aHome(text);
  const daemon = await home.launch();
  expect(await daemon.ended).toEqual({ code: 78, signal: null });
  expect(daemon.report).toMatchObject({ ready: false, code: "configuration", exitCode: 78 });
  expect(daemon.complaints()).toMatch(complaint);
  home.settings(shellAgent());
  await home.start();
});

test("a store that is not one is left as it is, and said to be so", async () => {
  await using home = aHome(shellAgent());
  const garbage = "this is somebody's file, and no database at all".repeat(100);
  writeFileSync(home.paths.database, garbage);
  const daemon = await home.launch();
  expect(await daemon.ended).toMatchObject({ code: 8 });
  expect(daemon.complaints()).toContain("steward.db");
  expect(readFileSync(home.paths.database, "utf8")).toBe(garbage);
  truncateSync(home.paths.database);
  expect(await (await home.launch()).ended).toMatchObject({ code: 8 });
  rmSync(home.paths.database);
  await home.start();
});

test.skipIf(!isRoot)("a home that belongs to somebody else is not used (needs root to make one)", async () => {
  await using home = aHome(shellAgent());
  chownSync(home.path, 65_534, 65_534);
  const daemon = await home.launch();
  expect(await daemon.ended).toMatchObject({ code: 6 });
  expect(daemon.complaints()).toContain("65534");
});
