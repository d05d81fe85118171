/** The HTTP door of a real daemon, called by curl: on its port and at its socket. */
import { execFile, execFileSync, spawn } from "node:child_process";
import { mkdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, onTestFinished, test } from "vitest";
import { steward } from "./command-line.ts";
import { aHome, type Home, shellAgent } from "./daemon.ts";
import type { DaemonProcess } from "./daemon-process.ts";
import { eventually } from "./eventually.ts";
import { done, submit } from "./tasks.ts";

const hasCurl = (() => {
  try {
    return execFileSync("curl", ["--version"]).length > 0;
  } catch {
    return false;
  }
})();

const withCurl = test.skipIf(!hasCurl);

interface Answered {
  readonly status: number;
  readonly headers: string;
  readonly body: Record<string, unknown>;
}

async function curl(...args: readonly string[]): Promise<Answered> {
  const { stdout } = await promisify(execFile)("curl", ["-sS", "-i", "--max-time", "20", ...args]);
  const [headers = "", ...body] = stdout.split("\r\n\r\n");
  return { status: Number(headers.split(" ")[1]), headers: headers.toLowerCase(), body: JSON.parse(body.join("")) };
}

const bearer = (token: string) => ["-H", `Authorization: Bearer ${token}`];
const ownerToken = (home: Home) => readFileSync(home.paths.token, "utf8").trim();

async function urlOf(daemon: DaemonProcess): Promise<string> {
  const { addresses } = await daemon.call<{ addresses: string[] }>("daemon.status");
  return addresses.find((address) => address.startsWith("http://")) ?? "";
}

const onAFreePort = (more: object = {}) => ({ ...shellAgent(), http: { port: 0, ...more } });

withCurl("the same task by port and by socket, and the same refusals", async () => {
  await using home = aHome(onAFreePort());
  const daemon = await home.start();
  const url = await urlOf(daemon);
  const owner = bearer(ownerToken(home));
  const json = ["-H", "Content-Type: application/json"];
  const made = await curl(...owner, ...json, "-d", '{"prompt":"echo hello"}', `${url}/api/v1/tasks`);
  expect(made).toMatchObject({ status: 200, body: { taskId: "task-1", created: true } });
  const local = ["--unix-socket", home.paths.http, ...owner];
  const waited = await curl(...local, "http://localhost/api/v1/tasks/task-1/wait?waitMs=30s");
  expect(waited.body).toMatchObject({ state: "completed", result: { value: "hello\n" } });
  for (const way of [
    [...owner, `${url}/api/v1/tasks/task-9`],
    [...local, "http://localhost/api/v1/tasks/task-9"],
  ]) {
    expect(await curl(...way)).toMatchObject({ status: 404, body: { code: "not_found", retry: "no" } });
  }
  expect(statSync(home.paths.http).mode & 0o777).toBe(0o600);
  expect(JSON.parse(readFileSync(home.paths.daemon, "utf8"))).toMatchObject({
    addresses: [`unix:${home.paths.socket}`, url, `http+unix:${home.paths.http}`],
  });
});

withCurl("a request that is repeated under its name is done once", async () => {
  await using home = aHome(onAFreePort());
  const url = await urlOf(await home.start());
  const args = [...bearer(ownerToken(home)), "-H", "Content-Type: application/json", "-H", "request-id: same"];
  const bodies = [];
  for (let i = 0; i < 3; i++) {
    const { body, headers } = await curl(...args, "-d", '{"prompt":"true"}', `${url}/api/v1/tasks`);
    expect(headers).toContain("request-id: same");
    bodies.push(body.taskId);
  }
  expect(bodies).toEqual(["task-1", "task-1", "task-1"]);
  const other = await curl(...args, "-d", '{"prompt":"false"}', `${url}/api/v1/tasks`);
  expect(other).toMatchObject({ status: 409, body: { code: "conflict" } });
});

withCurl("a token may do what its scope says, until it is revoked or over, without a restart", async () => {
  await using home = aHome(onAFreePort());
  const daemon = await home.start();
  const url = await urlOf(daemon);
  const create = (scope: string, more = {}) =>
    daemon.call<{ token: string; tokenId: string }>("token.create", { name: scope, scope, ...more });
  const statusOf = async (token: string, path: string, ...more: string[]) =>
    (await curl(...bearer(token), ...more, `${url}/api/v1${path}`)).status;
  const [read, operate, admin, brief] = await Promise.all([
    create("read"),
    create("operate"),
    create("admin"),
    create("read", { name: "brief", expiresSeconds: 1 }),
  ]);
  const post = ["-H", "Content-Type: application/json", "-d", '{"prompt":"true"}'];
  expect(await statusOf(read.token, "/tasks")).toBe(200);
  expect(await statusOf(read.token, "/tasks", ...post)).toBe(403);
  expect(await statusOf(operate.token, "/tasks", ...post)).toBe(200);
  expect(await statusOf(operate.token, "/tokens")).toBe(403);
  expect(await statusOf(admin.token, "/tokens")).toBe(200);
  await daemon.call("token.revoke", { tokenId: operate.tokenId });
  expect(await statusOf(operate.token, "/tasks")).toBe(401);
  await eventually("the brief one is over", async () => (await statusOf(brief.token, "/tasks")) === 401);

  const old = ownerToken(home);
  expect(await statusOf(old, "/tokens")).toBe(200);
  writeFileSync(home.paths.token, `stw_${"n".repeat(43)}\n`);
  expect(await statusOf(old, "/tokens")).toBe(401);
  expect(await statusOf(ownerToken(home), "/tokens")).toBe(200);
});

withCurl(
  "names that somebody points at us, and pages of other sites, get nothing; nor do a hundred guesses",
  async () => {
    await using home = aHome(onAFreePort());
    const daemon = await home.start();
    const url = await urlOf(daemon);
    const owner = bearer(ownerToken(home));
    for (const header of ["Host: evil.example", "Origin: http://evil.example", "Sec-Fetch-Site: cross-site"]) {
      expect(await curl(...owner, "-H", header, `${url}/api/v1/tasks`)).toMatchObject({
        status: 403,
        body: { code: "denied" },
      });
      expect((await curl("-H", header, `${url}/healthz`)).status).toBe(403);
    }
    const guesses = await Promise.all(
      Array.from({ length: 100 }, (_, n) =>
        fetch(`${url}/api/v1/tasks`, { headers: { authorization: `Bearer stw_guess-${n}` } }).then(
          ({ status }) => status,
        ),
      ),
    );
    expect(guesses.filter((status) => status === 429).length).toBeGreaterThan(0);
    const locked = await curl(...bearer("stw_guess"), `${url}/api/v1/tasks`);
    expect(locked).toMatchObject({ status: 429, body: { code: "rate_limited" } });
    expect(locked.headers).toMatch(/retry-after: [1-9]/);
    // At the same address stands somebody else, whose token is right; also one that was never seen before.
    const { token } = await daemon.call<{ token: string }>("token.create", { name: "other", scope: "read" });
    for (const right of [owner, bearer(token)]) expect((await curl(...right, `${url}/api/v1/tasks`)).status).toBe(200);
  },
);

withCurl(
  "a stop that is asked for over HTTP is answered; streams end and the next daemon goes on with them",
  async () => {
    await using home = aHome(onAFreePort());
    const daemon = await home.start();
    const url = await urlOf(daemon);
    const owner = bearer(ownerToken(home));
    await done(daemon, "true");
    const stream = spawn("curl", ["-sSN", ...owner, `${url}/api/v1/events/stream?after=0`]);
    let heard = "";
    stream.stdout.on("data", (chunk) => {
      heard += String(chunk);
    });
    const closed = new Promise((resolve) => stream.once("close", resolve));
    await eventually("it has heard of the task", () => heard.includes("task.completed"));
    expect(await curl(...owner, "-X", "POST", `${url}/api/v1/daemon/stop`)).toMatchObject({
      status: 200,
      body: { stopping: true, pid: daemon.pid },
    });
    expect(await daemon.ended).toEqual({ code: 0, signal: null });
    expect(await closed).toBe(0);
    expect(heard).not.toContain("event: ended");
    const last = /id: (\d+)\n(?![\s\S]*id: )/.exec(heard)?.[1] ?? "";
    const next = await home.start();
    await submit(next, "true");
    const again = spawn("curl", [
      "-sSN",
      ...owner,
      "-H",
      `Last-Event-ID: ${last}`,
      `${await urlOf(next)}/api/v1/events/stream`,
    ]);
    onTestFinished(() => void again.kill());
    let more = "";
    again.stdout.on("data", (chunk) => {
      more += String(chunk);
    });
    await eventually("it goes on", () => more.includes("task.submitted") || more.includes("task.created"));
    expect(more).toContain(`id: ${Number(last) + 1}\n`);
  },
);

test("in standby it is well; without HTTP there is no port and no socket", async () => {
  await using home = aHome(onAFreePort());
  const standby = await home.start({ args: ["--standby"] });
  expect(await (await fetch(`${await urlOf(standby)}/healthz`)).json()).toEqual({ status: "ok" });
  await standby.kill("SIGTERM");
  await standby.ended;
  home.settings({ ...shellAgent(), http: { enabled: false } });
  const { addresses } = await (await home.start()).call<{ addresses: string[] }>("daemon.status");
  expect(addresses).toEqual([`unix:${home.paths.socket}`]);
});

async function aTakenPort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  onTestFinished(() => void server.close());
  return (server.address() as { port: number }).port;
}

test("a port that was set and is taken keeps the daemon from starting, by name; one that was not set moves", async () => {
  const port = await aTakenPort();
  await using home = aHome({ ...shellAgent(), http: { port } });
  const refused = await steward(home, "start");
  expect(refused.code).toBe(5);
  expect(refused.err).toContain(`Port ${port} on 127.0.0.1 is taken`);
  expect((await steward(home, "start", "-p", "0")).code).toBe(0);
  expect((await steward(home, "stop")).code).toBe(0);

  home.settings(shellAgent());
  const first = await home.start();
  await using other = aHome(shellAgent());
  const second = await other.start();
  const found = [
    { log: home.paths.log, port: new URL(await urlOf(first)).port },
    { log: other.paths.log, port: new URL(await urlOf(second)).port },
  ];
  expect(found[0]?.port).not.toBe(found[1]?.port);
  // Which of them has the usual one is not ours alone to know: other daemons run here.
  for (const { log, port } of found) {
    expect([port, readFileSync(log, "utf8").includes("the usual port is taken")]).toEqual([port, port !== "8000"]);
  }
});

test.each([
  ["in the settings", { host: "0.0.0.0" }, [], /steward\.json:\d+:\d+ http\.host: is reachable/],
  ["at the start", {}, ["--host", "0.0.0.0"], /--host is reachable/],
])("beyond loopback without TLS or a proxy, said %s, it exits 78 with the place", async (_, http, args, complaint) => {
  await using home = aHome(onAFreePort(http));
  const said = await steward(home, "start", ...args);
  expect(said.code).toBe(78);
  expect(said.err).toMatch(complaint);
});

test("changed settings of HTTP hold after a restart, and the status says so until then", async () => {
  await using home = aHome(onAFreePort());
  const daemon = await home.start();
  home.settings(onAFreePort({ allowedHosts: ["box.lan"] }));
  const { problems } = await daemon.call<{ problems: string[] }>("daemon.reload");
  expect(problems).toEqual([expect.stringContaining("steward restart")]);
  expect(await daemon.call("daemon.status")).toMatchObject({ problems });
  home.settings(onAFreePort());
  expect(await daemon.call("daemon.reload")).toMatchObject({ problems: [] });
});

withCurl("every example of docs/http.md works as it is written", async () => {
  const says = { shell: { runtime: "command", command: ["sh", "-c", "{prompt}"] } };
  await using home = aHome({ ...onAFreePort(), agents: says });
  const url = await urlOf(await home.start());
  const person = join(home.path, "person");
  mkdirSync(person);
  symlinkSync(home.path, join(person, ".steward"));
  onTestFinished(() => rmSync(join(person, ".steward"), { force: true }));
  const docs = readFileSync(join(import.meta.dirname, "../../docs/http.md"), "utf8");
  const script = Array.from(docs.matchAll(/```sh\n([\s\S]*?)```/g), ([, code = ""]) => code).join("\necho\n");
  const { stdout } = await promisify(execFile)("sh", ["-euc", script.replaceAll("http://localhost:8000", url)], {
    env: { PATH: process.env.PATH ?? "", HOME: person },
  });
  expect(stdout).toContain('{"status":"ok"}');
  expect(readFileSync(join(person, "docs.html"), "utf8")).toContain("<html");
  expect(stdout).toContain('"pong":true');
  expect(stdout).toContain('"text":"hello\\n"');
  expect(stdout).toContain("it is done already");
  expect(stdout.match(/"taskId":"task-2","state":"\w+","created":true/g)).toHaveLength(2);
  expect(stdout).toContain("event: ended");
  expect(stdout).toContain('"code":"not_found"');
});
