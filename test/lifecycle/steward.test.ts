/** The verbs that make and end daemons, as a person types them. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { connectClient } from "./client.ts";
import { steward } from "./command-line.ts";
import { aHome, type Home, shellAgent } from "./daemon.ts";
import { eventually } from "./eventually.ts";
import { agentsOf, isDead } from "./processes.ts";
import { inState, look, says, settled, submit } from "./tasks.ts";

const pidOf = (home: Home) => Number(readFileSync(home.paths.pid, "utf8"));

/** Asks over a connection of its own, because daemons come and go here. */
const door = (home: Home) => ({
  call: async <T>(method: string, params?: object) => {
    const client = connectClient(home.paths.socket);
    return await client.call<T>(method, params).finally(() => client.close());
  },
});

test("start answers only when the daemon does; status, stop and start again say what is", async () => {
  await using home = aHome(shellAgent());
  expect((await steward(home, "status")).code).toBe(3);
  expect(await steward(home, "stop")).toMatchObject({ code: 0, out: "No daemon was running.\n" });
  expect(await steward(home, "start")).toMatchObject({
    code: 0,
    out: expect.stringMatching(/^Steward is running \(pid \d+\)\.\nIt listens on http:\/\/127\.0\.0\.1:\d+.*\.\n$/),
  });
  expect(await door(home).call("ping")).toMatchObject({ pong: true });
  const pid = pidOf(home);
  const status = await steward(home, "status", "--json");
  expect(status.code).toBe(0);
  expect(JSON.parse(status.out)).toMatchObject({ pid, home: home.path, problems: [] });
  const second = await steward(home, "start");
  expect(second.code).toBe(5);
  expect(second.err).toContain(`Steward is already running (pid ${pid})`);
  expect(await steward(home, "stop")).toMatchObject({ code: 0 });
  expect(isDead(pid)).toBe(true);
  expect((await steward(home, "status")).code).toBe(3);
});

test("parallel starts give one daemon; the others exit 5 and name it", async () => {
  await using home = aHome(shellAgent());
  const said = await Promise.all(Array.from({ length: 6 }, () => steward(home, "start")));
  expect(said.map(({ code }) => code).sort()).toEqual([0, 5, 5, 5, 5, 5]);
  for (const { err } of said.filter(({ code }) => code === 5)) expect(err).toContain(`pid ${pidOf(home)}`);
});

test("a configuration that is wrong is told by start, with its place, as exit 78", async () => {
  await using home = aHome('{\n  "agents": { "a": { "runtime": "command" } },\n  "x": 1\n}');
  const said = await steward(home, "start");
  expect(said.code).toBe(78);
  expect(said.err).toMatch(/steward\.json:2:\d+/);
  expect(said.err).toMatch(/steward\.json:3:\d+/);
});

test("a home that cannot be made is told in one sentence, exit 8", async () => {
  await using home = aHome(shellAgent());
  for (const place of [home.paths.settings, join(home.paths.settings, "below")]) {
    const said = await steward(home, "start", "--home", place);
    expect(said.code).toBe(8);
    const [error, hint, ...more] = said.err.split("\n");
    expect(error).toContain(`error: The home ${place} cannot be used: E`);
    expect(hint).toContain("--home");
    expect(more).toEqual([""]);
  }
});

test("a start that fails shows what it wrote to the log itself, as people read it", async () => {
  await using home = aHome(shellAgent());
  mkdirSync(home.paths.logs, { recursive: true });
  writeFileSync(home.paths.log, '{"time":"2030-01-01T00:00:00Z","level":"info","msg":"of an earlier start"}\n');
  mkdirSync(home.paths.database);
  const said = await steward(home, "start");
  expect(said.code).toBe(8);
  expect(said.err).not.toContain("of an earlier start");
  expect(said.err).not.toMatch(/^ *\{| {4}at |"stack"/m);
});

test("a killed daemon is no daemon: status exits 3, stop has nothing to do, start works", async () => {
  await using home = aHome(shellAgent());
  await steward(home, "start");
  const pid = pidOf(home);
  process.kill(pid, "SIGKILL");
  await eventually("it is dead", () => isDead(pid));
  expect((await steward(home, "status")).code).toBe(3);
  expect(await steward(home, "stop")).toMatchObject({ code: 0, out: "No daemon was running.\n" });
  expect((await steward(home, "start")).code).toBe(0);
});

test("a frozen daemon is ended all the same, within the bound that was given", async () => {
  await using home = aHome(shellAgent());
  await steward(home, "start");
  const pid = pidOf(home);
  process.kill(pid, "SIGSTOP");
  const said = await steward(home, "stop", "--timeout", "2", "--json");
  expect(said.code).toBe(0);
  expect(JSON.parse(said.out)).toMatchObject({ stopped: true, pid, killed: true });
  expect(said.ms).toBeLessThan(5_000);
  expect(isDead(pid)).toBe(true);
  expect((await steward(home, "start")).code).toBe(0);
});

test("restart: another daemon, the same agents, which are taken over", async () => {
  await using home = aHome(shellAgent());
  await steward(home, "start");
  const taskId = await submit(
    door(home),
    `echo ready; until [ -e ${home.ledger}/go ]; do sleep 0.02; done; echo whole`,
  );
  await says(door(home), taskId, "ready");
  const [before, agents] = [pidOf(home), agentsOf(home.path)];
  const said = await steward(home, "restart");
  expect(said).toMatchObject({ code: 0 });
  expect(said.out).toContain("1 run goes on");
  expect(pidOf(home)).not.toBe(before);
  expect(agentsOf(home.path)).toEqual(expect.arrayContaining(agents.slice(0, 2)));
  expect(await look(door(home), taskId)).toMatchObject({ state: "running", runs: [{ runId: "run-1" }] });
  await steward(home, "run", `touch ${home.ledger}/go`);
  expect(await settled(door(home), taskId)).toMatchObject({
    state: "completed",
    attempts: { spent: 0 },
    result: { value: "ready\nwhole\n" },
  });
});

test("restart starts a daemon where none was", async () => {
  await using home = aHome(shellAgent());
  expect((await steward(home, "restart")).code).toBe(0);
  expect((await steward(home, "status")).code).toBe(0);
});

test("start makes a daemon in standby active", async () => {
  await using home = aHome(shellAgent());
  expect((await steward(home, "start", "--standby")).code).toBe(0);
  const taskId = await submit(door(home), "echo hello");
  await inState(door(home), taskId, "queued");
  expect((await steward(home, "start")).code).toBe(0);
  expect(await settled(door(home), taskId)).toMatchObject({ state: "completed" });
});

test("work --once runs one task of a role: 0 when it completed, 1 when it failed, 9 when there was none", async () => {
  await using home = aHome(shellAgent());
  await steward(home, "start", "--standby");
  const work = () => steward(home, "work", "--role", "default", "--once");
  expect((await work()).code).toBe(9);
  await submit(door(home), "echo good");
  expect((await work()).code).toBe(0);
  await submit(door(home), "exit 4");
  expect((await work()).code).toBe(1);
  expect((await work()).code).toBe(9);
});

test("run ends with its outcome, and shows what the agent prints", async () => {
  await using home = aHome(shellAgent());
  await steward(home, "start");
  const good = await steward(home, "run", "echo hello");
  expect(good).toMatchObject({ code: 0 });
  expect(good.out).toBe("hello\n");
  expect((await steward(home, "run", "exit 7")).code).toBe(1);
});

test("stop leaves agents alone, and says how many go on", async () => {
  await using home = aHome(shellAgent());
  await steward(home, "start");
  const taskId = await submit(door(home), "echo ready; exec sleep 600");
  await says(door(home), taskId, "ready");
  const said = await steward(home, "stop");
  expect(said.out).toContain("1 run goes on");
  expect(agentsOf(home.path).length).toBeGreaterThan(0);
  expect(existsSync(join(home.paths.exits, "run-1"))).toBe(false);
});
