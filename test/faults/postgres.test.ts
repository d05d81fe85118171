/** A database server that has no place, no room, no time or no proof for the daemon: it says so, goes on when it can, and loses nothing. */
import { execFileSync } from "node:child_process";
import { chmodSync, chownSync, copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { describe, expect, onTestFinished, test } from "vitest";
import { openPostgres } from "../../src/store/postgres.ts";
import { migrations } from "../../src/tables.ts";
import { Refused } from "../lifecycle/client.ts";
import { aHome, type DaemonProcess, type Home, shellAgent } from "../lifecycle/daemon.ts";
import { eventually, within } from "../lifecycle/eventually.ts";
import { done, look, settled, submit } from "../lifecycle/tasks.ts";
import { brokenLaws } from "../stores/laws.ts";
import { insertStar } from "../stores/masses.ts";
import { noServerBecause, type PostgresServer, type ServerOptions, startPostgres } from "../stores/postgres-server.ts";
import { tell } from "./figures.ts";
import { smallDisk } from "./small-disk.ts";

const SOAK = process.env.STEWARD_SOAK === "1";
const DEPENDENTS = SOAK ? 20_000 : 2_000;
const MIB = 2 ** 20;
/** Longer than every deadline of a statement and of a lock together, in ms. */
const BOUND_MS = 25_000;
const PLACES = 12;
/** With all that a URL, a shell and a pattern could stumble over. */
const PASSWORD = "p@ss:w/rd?#%41 &+'$é";

const reason = noServerBecause();
/** On Linux x64 the binaries are a development dependency: without them this fails and is not skipped. */
const isSkipped = reason !== undefined && !(process.platform === "linux" && process.arch === "x64");

describe.skipIf(isSkipped)(`a PostgreSQL server${isSkipped ? `: ${reason}` : ""}`, () => {
  test("whose connections others have taken refuses a start with what to do; a living daemon is told so, and goes on when they go", async () => {
    const server = await aServer({ settings: [`max_connections=${PLACES}`, "superuser_reserved_connections=0"] });
    await using home = aHomeOn(server);
    const others = await takeAll(server);
    const refused = await home.launch();
    expect(refused.report).toMatchObject({
      ready: false,
      code: "unavailable",
      message: expect.stringContaining("too many connections"),
      hint: expect.stringContaining("max_connections"),
    });
    await refused.ended;
    await giveBack(others);
    const daemon = await startWhenThereIsRoom(home);
    const taken = await served(() => submit(daemon, "echo before"));
    const before = await served(() => settled(daemon, taken));
    const others2 = await takeAll(server, "AND application_name = 'steward'");
    expect(await within(BOUND_MS, "the refusal", refusal(submit(daemon, "echo no")))).toMatchObject({
      code: "unavailable",
      message: expect.stringContaining("too many connections"),
    });
    await giveBack(others2);
    expect(await served(() => look(daemon, before.taskId))).toMatchObject({ state: "completed" });
    const after = await served(() => submit(daemon, "echo after"));
    expect(await served(() => settled(daemon, after))).toMatchObject({ state: "completed" });
    await expectWhole(server);
  });

  test("whose disk is full refuses tasks as unavailable, loses none that it took, and takes them when there is room", async ({
    skip,
  }) => {
    const disk = smallDisk(160 * MIB);
    if (!disk) return skip("a small disk takes root");
    // The server is another user's.
    chmodSync(disk.path, 0o777);
    const server = await aServer({ synced: true, isSmall: true, data: join(disk.path, "data") });
    await using home = aHomeOn(server);
    const daemon = await home.start({ args: ["--standby"] });
    const acknowledged = [await submit(daemon, "echo first")];
    disk.fill();
    const refused = await eventually("a task is refused", async () => {
      const answer = await refusal(submit(daemon, `echo ${"x".repeat(500_000)}`));
      if (typeof answer === "string") acknowledged.push(answer);
      return answer instanceof Refused && answer;
    });
    expect(refused).toMatchObject({ code: "unavailable" });
    disk.free();
    if (!(await isUp(server))) await server.start();
    await eventually("there is room again", async () => {
      const answer = await refusal(submit(daemon, "echo again"));
      return typeof answer === "string" && acknowledged.push(answer);
    });
    for (const task of acknowledged) expect(await look(daemon, task)).toMatchObject({ state: "queued" });
    await expectWhole(server);
  });

  test("in which another session holds a lock answers nobody late: both reads and writes are told so in bounded time", async () => {
    const server = await aServer();
    await using home = aHomeOn(server);
    const daemon = await home.start();
    const before = await done(daemon, "echo before");
    const other = await sessionOf(server);
    await other.query("BEGIN; LOCK TABLE task IN ACCESS EXCLUSIVE MODE");
    const answers = Promise.all([refusal(submit(daemon, "echo no")), refusal(look(daemon, before.taskId))]);
    for (const refused of await within(BOUND_MS, "both refusals", answers)) {
      expect(refused).toMatchObject({ code: "unavailable", message: expect.stringContaining("another session") });
    }
    expect(await daemon.call("ping")).toBeDefined();
    await other.query("ROLLBACK");
    await eventually("it is served again", () => isServed(daemon));
    expect(await done(daemon, "echo after")).toMatchObject({ state: "completed" });
    await expectWhole(server);
  });

  test(`lets other daemons write while ${DEPENDENTS} tasks are let go by the end of one`, async () => {
    const server = await aServer();
    const url = server.url("postgres");
    const [mine, other] = await Promise.all([openPostgres({ url, migrations }), openPostgres({ url, migrations })]);
    const head = await insertStar(mine, { count: DEPENDENTS, policy: "continue" });
    await using home = aHomeOn(server);
    const daemon = await home.start({ args: ["--standby"] });
    const began = performance.now();
    const cancelling = daemon.call("task.cancel", { taskId: `task-${head}` });
    const over = { is: false };
    void cancelling.finally(() => {
      over.is = true;
    });
    let slowestMs = 0;
    while (!over.is) {
      const asked = performance.now();
      await other.write((tx) => tx.run("UPDATE host SET version = version WHERE id = 0"));
      slowestMs = Math.max(slowestMs, performance.now() - asked);
    }
    tell(`${DEPENDENTS} dependents on PostgreSQL`, { ms: performance.now() - began, slowestMs });
    expect(await daemon.call("task.stats")).toMatchObject({ queued: DEPENDENTS, cancelled: 1, blocked: 0 });
    await Promise.all([mine.close(), other.close()]);
    await expectWhole(server);
  }, 120_000);

  test("proves by its certificate who it is: another authority is refused with what to do, and no password is told anywhere", async () => {
    const certificates = aDirectory();
    const port = await freePort();
    makeCertificates(certificates);
    const server = await aServer({
      port,
      settings: ["listen_addresses=127.0.0.1", "ssl=on", "ssl_cert_file=server.pem", "ssl_key_file=server.key"],
      prepare: (data) => secure(data, certificates),
    });
    const admin = await sessionOf(server);
    await admin.query(`CREATE ROLE guest LOGIN PASSWORD '${PASSWORD.replaceAll("'", "''")}'`);
    await admin.query("CREATE DATABASE theirs OWNER guest");
    const urlWith = (ca: string, password = PASSWORD) =>
      `postgres://guest:${encodeURIComponent(password)}@localhost:${port}/theirs?sslmode=verify-full&sslrootcert=${join(certificates, ca)}`;
    await using home = aHome({ ...shellAgent(), store: { url: { env: "STORE_URL" } } });
    const told: string[] = [];
    const refusedWith = async (url: string) => {
      const daemon = await home.launch({ env: { STORE_URL: url } });
      await daemon.ended;
      told.push(JSON.stringify(daemon.report), daemon.complaints());
      return daemon.report;
    };
    expect(await refusedWith(urlWith("other-ca.pem"))).toMatchObject({
      code: "unavailable",
      message: expect.stringContaining("cannot be trusted"),
      hint: expect.stringContaining("sslrootcert"),
    });
    expect(await refusedWith(urlWith("ca.pem", `${PASSWORD}!`))).toMatchObject({
      code: "unavailable",
      hint: expect.stringContaining("password"),
    });
    expect(await refusedWith(urlWith("none.pem"))).toMatchObject({
      code: "unavailable",
      message: expect.stringContaining("none.pem"),
    });
    const daemon = await home.start({ env: { STORE_URL: urlWith("ca.pem") } });
    expect(await done(daemon, "echo safe")).toMatchObject({ state: "completed" });
    const { rows } = await admin.query(
      "SELECT bool_and(ssl) AS all FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) WHERE usename = 'guest'",
    );
    expect(rows).toEqual([{ all: true }]);
    told.push(JSON.stringify(await daemon.call("daemon.status")), JSON.stringify(await daemon.call("doctor")));
    told.push(readFileSync(home.paths.log, "utf8"), daemon.complaints());
    for (const secret of [PASSWORD, encodeURIComponent(PASSWORD)]) expect(told.join("\n")).not.toContain(secret);
  });
});

async function aServer(options: ServerOptions = {}): Promise<PostgresServer> {
  const server = await startPostgres(options);
  onTestFinished(() => server.end());
  return server;
}

function aHomeOn(server: PostgresServer): Home {
  return aHome({ ...shellAgent(), store: { url: server.url("postgres") } });
}

async function sessionOf(server: PostgresServer): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: server.url("postgres") });
  client.on("error", () => {});
  await client.connect();
  onTestFinished(() => client.end().catch(() => {}));
  return client;
}

/** Every connection that the server has, those of `which` taken away from their owners. */
async function takeAll(server: PostgresServer, which?: string): Promise<pg.Client[]> {
  const taken = [await sessionOf(server)];
  const end = () =>
    taken[0]?.query(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE backend_type = 'client backend'
      AND pid <> pg_backend_pid() ${which}`);
  await eventually("no connection is left", async () => {
    if (which !== undefined) await end();
    while (taken.length < PLACES) {
      const more = await sessionOf(server).catch(() => undefined);
      if (!more) return which === undefined;
      taken.push(more);
    }
    return true;
  });
  return taken;
}

async function giveBack(taken: readonly pg.Client[]): Promise<void> {
  await Promise.all(taken.map((client) => client.end()));
}

/** A session that is over is counted a moment longer. */
function startWhenThereIsRoom(home: Home): Promise<DaemonProcess> {
  return eventually("it starts", async () => {
    const daemon = await home.launch();
    return daemon.report?.ready === true && daemon;
  });
}

/** Its connections come back one by one, each when there is room for it. */
function served<T>(ask: () => Promise<T>): Promise<T> {
  return eventually("it is served again", async () => {
    const answer = await ask().then(
      (value) => ({ value }),
      (error: unknown) => error,
    );
    if (answer instanceof Refused && answer.code === "unavailable") return undefined;
    if (answer instanceof Error) throw answer;
    return answer as { value: T };
  }).then(({ value }) => value);
}

function isServed(daemon: DaemonProcess): Promise<boolean> {
  return daemon.call("task.stats").then(
    () => true,
    () => false,
  );
}

/** A server that finds no room for its log ends its sessions, and when that does not help, itself. */
async function isUp(server: PostgresServer): Promise<boolean> {
  return await eventually("it is up again, or gone", async () => {
    const client = new pg.Client({ connectionString: server.url("postgres") });
    client.on("error", () => {});
    const isReached = await client.connect().then(
      () => true,
      (error: NodeJS.ErrnoException) => (error.code === "ECONNREFUSED" || error.code === "ENOENT" ? "gone" : undefined),
    );
    await client.end().catch(() => {});
    return isReached;
  }).then((seen) => seen === true);
}

async function refusal(asked: Promise<unknown>): Promise<unknown> {
  return await asked.catch((error: unknown) => {
    if (error instanceof Refused) return error;
    throw error;
  });
}

async function expectWhole(server: PostgresServer): Promise<void> {
  const store = await openPostgres({ url: server.url("postgres"), migrations });
  try {
    expect(await brokenLaws(store, { maxRuns: 1000, wipLimits: { default: 1000 }, now: Date.now() })).toEqual([]);
  } finally {
    await store.close();
  }
}

function aDirectory(): string {
  const path = mkdtempSync(join(tmpdir(), "steward-tls-"));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

/** Two authorities, and a certificate for "localhost" by the first. */
function makeCertificates(directory: string): void {
  const openssl = (...args: string[]) => execFileSync("openssl", args, { cwd: directory, stdio: "pipe" });
  const request = ["req", "-newkey", "rsa:2048", "-nodes"];
  for (const ca of ["ca", "other-ca"]) {
    openssl(...request, "-x509", "-days", "2", "-subj", `/CN=${ca}`, "-keyout", `${ca}.key`, "-out", `${ca}.pem`);
  }
  openssl(...request, "-subj", "/CN=localhost", "-keyout", "server.key", "-out", "server.csr");
  writeFileSync(join(directory, "names"), "subjectAltName=DNS:localhost,IP:127.0.0.1\n");
  const signed = ["-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-extfile", "names", "-days", "2"];
  openssl("x509", "-req", "-in", "server.csr", ...signed, "-out", "server.pem");
}

/** Over TCP only with TLS and a password. */
function secure(data: string, certificates: string): void {
  for (const file of ["server.pem", "server.key"]) {
    copyFileSync(join(certificates, file), join(data, file));
    chmodSync(join(data, file), 0o600);
    if (process.getuid?.() === 0) chownSync(join(data, file), 65534, 65534);
  }
  writeFileSync(join(data, "pg_hba.conf"), "local all all trust\nhostssl all all 127.0.0.1/32 scram-sha-256\n");
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}
