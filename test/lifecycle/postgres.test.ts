/** A real daemon on a real PostgreSQL: what it promises on SQLite it keeps here, and a server that goes away costs no run. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openPostgres } from "../../src/store/postgres.ts";
import { migrations } from "../../src/tables.ts";
import { illegalHistories } from "../stores/history.ts";
import { noServerBecause, type PostgresServer, startPostgres } from "../stores/postgres-server.ts";
import { Refused } from "./client.ts";
import { aHome, type Home, shellAgent } from "./daemon.ts";
import { eventually, within } from "./eventually.ts";
import { childrenOf } from "./processes.ts";
import { done, inState, look, settled, submit } from "./tasks.ts";

const reason = noServerBecause();
/** On Linux x64 the binaries are a development dependency: without them this fails and is not skipped. */
const isSkipped = reason !== undefined && !(process.platform === "linux" && process.arch === "x64");

/** Longer than every deadline of a statement and the search for what became of a commit together, in ms. */
const BOUND_MS = 25_000;

describe.skipIf(isSkipped)(`a daemon on PostgreSQL${isSkipped ? `: ${reason}` : ""}`, () => {
  let server: PostgresServer;
  beforeAll(async () => {
    server = await startPostgres({ synced: true });
  });
  afterAll(() => server.end());

  test("does tasks, is killed, takes its runs over, and completes them; nothing of it lies in SQLite", async () => {
    await using home = aHomeOn(server);
    const first = await home.start();
    expect((await done(first, "echo hello")).state).toBe("completed");
    const long = await submit(first, waitsFor(home, "go"));
    await inState(first, long, "running");
    await first.kill("SIGKILL");
    const second = await home.start();
    expect((await look(second, long)).state).toBe("running");
    go(home, "go");
    expect(await settled(second, long)).toMatchObject({ state: "completed", runs: [{ outcome: "completed" }] });
    const status = await second.call<{ store: object }>("daemon.status");
    expect(status.store).toEqual({ kind: "postgres", address: expect.stringMatching(/^postgres:\/\/.*\/postgres$/) });
    await expectSound(server);
  });

  test("when the server crashes and comes back, writes are refused meanwhile, runs go on, and each end is recorded once", async () => {
    await using home = aHomeOn(server);
    const daemon = await home.start();
    const long = await submit(daemon, waitsFor(home, "go"));
    await eventually("its agent runs", async () => (await look(daemon, long)).runs[0]?.state === "running");
    await server.stop("immediate");
    const refused = await within(BOUND_MS, "the refusal", refusal(submit(daemon, "echo never", { key: "k" })));
    expect(refused).toMatchObject({ code: "unavailable" });
    expect(await within(BOUND_MS, "the second refusal", refusal(look(daemon, long)))).toMatchObject({
      code: "unavailable",
    });
    go(home, "go");
    await server.start();
    await eventually("the store is back", async () =>
      daemon.call("task.stats").then(
        () => true,
        () => false,
      ),
    );
    const ended = await settled(daemon, long);
    expect(ended).toMatchObject({ state: "completed", attempts: { spent: 0 } });
    expect(ended.runs).toHaveLength(1);
    expect((await done(daemon, "echo again", { key: "k" })).state).toBe("completed");
    await expectSound(server);
  });

  test("while it crashes under load nothing acknowledged is lost, and what was refused is submitted again with its key", async () => {
    await using home = aHomeOn(server, { role: { wipLimit: 2 } });
    const daemon = await home.start();
    const keys = Array.from({ length: 200 }, (_, n) => `load-${n}`);
    const acknowledged = new Set<string>();
    const offer = async (key: string) => {
      const { taskId } = await daemon.call<{ taskId: string }>("task.submit", { prompt: "true", key, role: "idle" });
      acknowledged.add(key);
      return taskId;
    };
    const first = Promise.allSettled(keys.map(offer));
    await eventually("some are acknowledged", () => acknowledged.size > 0);
    await server.stop("immediate");
    await server.start();
    await within(2 * BOUND_MS, "every answer", first);
    const before = new Set(acknowledged);
    for (const key of keys) await eventually(`${key} is taken`, () => offer(key).catch(() => undefined));
    const tasks = new Map<string, number>();
    for (const key of keys) {
      const { taskId } = await daemon.call<{ taskId: string }>("task.get", { taskId: key });
      tasks.set(taskId, (tasks.get(taskId) ?? 0) + 1);
    }
    expect(tasks.size).toBe(keys.length);
    expect(before.size).toBeGreaterThan(0);
    await expectSound(server);
  });

  test("when the server is frozen, writes and reads are refused in bounded time, and all goes well when it thaws", async () => {
    await using home = aHomeOn(server);
    const daemon = await home.start();
    const long = await submit(daemon, waitsFor(home, "go"));
    await eventually("its agent runs", async () => (await look(daemon, long)).runs[0]?.state === "running");
    const frozen = [server.pid(), ...childrenOf(server.pid()).map(([pid]) => pid)];
    for (const pid of frozen) process.kill(pid, "SIGSTOP");
    try {
      const answers = Promise.all([refusal(submit(daemon, "echo frozen")), refusal(look(daemon, long))]);
      for (const refused of await within(BOUND_MS, "both refusals", answers)) {
        expect(refused).toMatchObject({ code: "unavailable" });
      }
      go(home, "go");
    } finally {
      for (const pid of frozen) process.kill(pid, "SIGCONT");
    }
    await eventually("the store is back", () =>
      daemon.call("task.stats").then(
        () => true,
        () => false,
      ),
    );
    expect(await settled(daemon, long)).toMatchObject({ state: "completed", attempts: { spent: 0 } });
    await expectSound(server);
  });

  test("a changed store.url waits for a restart and says so; a home with runs of another store is refused", async () => {
    await using home = aHomeOn(server);
    const daemon = await home.start();
    await done(daemon, "true");
    home.settings(shellAgent());
    const { problems } = await daemon.call<{ problems: string[] }>("daemon.reload");
    expect(problems).toEqual([expect.stringMatching(/^store: .*restarted/)]);
    await daemon.kill("SIGTERM");
    await daemon.ended;
    const other = await home.launch();
    expect(other.report).toMatchObject({
      ready: false,
      code: "conflict",
      message: expect.stringContaining("postgres://"),
    });
    await other.ended;
    home.settings(settingsOn(server));
  });

  test("a database that cannot be reached keeps it from starting, and tells no password", async () => {
    await using home = aHome({ ...shellAgent(), store: { url: { env: "STORE_URL" } } });
    const url = "postgres://steward:s3cr3t-pass@localhost:1/steward";
    const daemon = await home.launch({ env: { STORE_URL: url } });
    expect(daemon.report).toMatchObject({
      ready: false,
      code: "unavailable",
      message: expect.stringMatching(/store\.url/),
    });
    expect(JSON.stringify(daemon.report) + daemon.complaints()).not.toContain("s3cr3t");
    await daemon.ended;
    home.settings({ ...shellAgent(), store: { url } });
    const refused = await home.launch();
    expect(refused.report).toMatchObject({ ready: false, code: "configuration" });
    expect(JSON.stringify(refused.report) + refused.complaints()).not.toContain("s3cr3t");
    await refused.ended;
    home.settings(shellAgent());
  });
});

function settingsOn(server: PostgresServer, settings: Parameters<typeof shellAgent>[0] = {}): object {
  return { ...shellAgent(settings), store: { url: server.url("postgres") } };
}

function aHomeOn(server: PostgresServer, settings: Parameters<typeof shellAgent>[0] = {}): Home {
  return aHome(settingsOn(server, settings));
}

const waitsFor = (home: Home, name: string) => `while [ ! -e ${join(home.ledger, name)} ]; do sleep 0.05; done`;
const go = (home: Home, name: string) => writeFileSync(join(home.ledger, name), "");

async function refusal(asked: Promise<unknown>): Promise<unknown> {
  return await asked.then(
    (answer) => answer,
    (error: unknown) => {
      if (error instanceof Refused) return error;
      throw error;
    },
  );
}

async function expectSound(server: PostgresServer): Promise<void> {
  const store = await openPostgres({ url: server.url("postgres"), migrations });
  try {
    expect(await illegalHistories(store)).toEqual([]);
    const ends = await store.read.all<{ id: number; state: string; ends: number }>(
      "SELECT id, state, (SELECT count(*) FROM event e WHERE e.run_id = r.id AND e.topic = 'run.ended') AS ends FROM run r",
    );
    expect(ends.filter(({ state, ends }) => ends !== (state === "ended" ? 1 : 0))).toEqual([]);
  } finally {
    await store.close();
  }
}
