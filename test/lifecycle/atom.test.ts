/** Atom's clients control the daemon over the paths they know: `/api/agent/{start,stop,restart,status}`, in Atom's shapes. */
import { existsSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { aHome, type DaemonProcess, type Home, shellAgent } from "./daemon.ts";
import { isRunning } from "./daemon-process.ts";
import { eventually, neverWithin } from "./eventually.ts";
import { inState, look, says, settled, submit } from "./tasks.ts";

interface Answered {
  readonly status: number;
  readonly body: Record<string, unknown>;
}

interface AtomClient {
  readonly url: string;
  /** As whoever holds that token; as the owner when none is named. */
  ask(method: string, path: string, body?: unknown, token?: string): Promise<Answered>;
}

/** Written from Atom's description of its API, as a client of it would be. */
async function atomClient(home: Home, daemon: DaemonProcess): Promise<AtomClient> {
  const { addresses } = await daemon.call<{ addresses: string[] }>("daemon.status");
  const url = addresses.find((address) => address.startsWith("http://")) ?? "";
  const ask: AtomClient["ask"] = async (method, path, body, token = readFileSync(home.paths.token, "utf8").trim()) => {
    const response = await fetch(`${url}/api/agent/${path}`, {
      method,
      headers: { "content-type": "application/json", ...(token && { authorization: `Bearer ${token}` }) },
      ...(body !== undefined && { body: typeof body === "string" ? body : JSON.stringify(body) }),
    });
    return { status: response.status, body: (await response.json()) as Answered["body"] };
  };
  return { url, ask };
}

const onAFreePort = (more: object = {}) => ({ ...shellAgent(), http: { port: 0 }, ...more });

async function aDaemon(...args: string[]) {
  const home = aHome(onAFreePort());
  const daemon = await home.start({ args });
  return { home, daemon, atom: await atomClient(home, daemon) };
}

test("status is told by GET and by POST, in Atom's shape", async () => {
  const { daemon, atom } = await aDaemon();
  for (const method of ["GET", "POST"]) {
    expect(await atom.ask(method, "status")).toEqual({
      status: 200,
      body: {
        success: true,
        status: {
          running: true,
          pid: daemon.pid,
          uptime_seconds: expect.any(Number),
          memory_mb: expect.any(Number),
          cpu_percent: expect.any(Number),
          status: "running",
        },
        message: "Steward is running",
      },
    });
  }
});

test("start ends a standby, once; what waited then runs", async () => {
  const { daemon, atom } = await aDaemon("--standby");
  expect((await atom.ask("GET", "status")).body).toMatchObject({ status: { running: false, status: "not_running" } });
  const waiting = await submit(daemon, "echo on");
  await neverWithin(200, "it runs in standby", async () => (await look(daemon, waiting)).state !== "queued");
  const asked = { port: 8000, host: "0.0.0.0", workers: 1, host_mount: false, dev: false };
  expect(await atom.ask("POST", "start", asked)).toEqual({
    status: 200,
    body: {
      success: true,
      pid: daemon.pid,
      status: "started",
      dashboard_url: atom.url,
      message: "Steward started successfully",
      error: null,
    },
  });
  expect(await settled(daemon, waiting)).toMatchObject({ state: "completed" });
  expect(await atom.ask("POST", "start", asked)).toEqual({
    status: 400,
    body: { detail: `Steward is already running (PID: ${daemon.pid})` },
  });
});

test("stop answers first; then the daemon is gone, and its agents run on", async () => {
  const { home, daemon, atom } = await aDaemon();
  const living = await submit(daemon, "echo up; exec sleep 600");
  await says(daemon, living, "up");
  expect(await atom.ask("POST", "stop")).toEqual({
    status: 200,
    body: { success: true, status: "stopped", message: "Steward stopped successfully" },
  });
  expect(await daemon.ended).toEqual({ code: 0, signal: null });
  expect(existsSync(home.paths.pid)).toBe(false);
  await expect(atom.ask("GET", "status")).rejects.toThrow("fetch failed");
  await inState(await home.start(), living, "running");
});

test("what is in standby is not running there, and cannot be stopped", async () => {
  const { daemon, atom } = await aDaemon("--standby");
  expect(await atom.ask("POST", "stop")).toEqual({ status: 400, body: { detail: "Steward is not running" } });
  expect(isRunning(daemon)).toBe(true);
});

test.each([
  ["a daemon that runs", [], true],
  ["one in standby", ["--standby"], false],
])("restart of %s answers first; then it is back as the same process, and runs", async (_, args, wasRunning) => {
  const home = aHome(onAFreePort());
  const daemon = await home.start({ args });
  const atom = await atomClient(home, daemon);
  const startedAt = () => JSON.parse(readFileSync(home.paths.daemon, "utf8")).startedAt as string;
  const before = startedAt();
  expect(await atom.ask("POST", "restart", {})).toEqual({
    status: 200,
    body: {
      success: true,
      pid: daemon.pid,
      status: "restarted",
      dashboard_url: atom.url,
      was_running: wasRunning,
      message: "Steward is restarting",
    },
  });
  await eventually("it has begun again", () => existsSync(home.paths.daemon) && startedAt() !== before);
  const again = await atomClient(home, daemon);
  expect((await again.ask("GET", "status")).body).toMatchObject({ status: { running: true, pid: daemon.pid } });
  expect(isRunning(daemon)).toBe(true);
});

test("a restart that could not begin again is refused, and the daemon stays", async () => {
  const { home, daemon, atom } = await aDaemon();
  home.settings("{ broken");
  expect(await atom.ask("POST", "restart", {})).toMatchObject({
    status: 400,
    body: { detail: expect.stringContaining("it would not start again") },
  });
  expect((await atom.ask("GET", "status")).body).toMatchObject({ status: { running: true, pid: daemon.pid } });
});

test.each([
  ["a port that is none", { port: 70_000 }, ["body", "port"], "must be a whole number from 1 to 65535"],
  ["too many workers", { workers: "17" }, ["body", "workers"], "must be a whole number from 1 to 16"],
  ["a host that is no text", { host: 5 }, ["body", "host"], "must be text"],
  ["a flag that is none", { dev: "perhaps" }, ["body", "dev"], "must be true or false"],
  ["no object", [], ["body"], "The body is not a JSON object"],
  ["no JSON", "{broken", ["body"], "The body is not a JSON object"],
])("%s is told as FastAPI tells it, with 422, by start and by restart, and nothing happens", async (_, body, loc, msg) => {
  const { daemon, atom } = await aDaemon("--standby");
  for (const path of ["start", "restart"]) {
    expect(await atom.ask("POST", path, body)).toEqual({
      status: 422,
      body: { detail: [{ type: "value_error", loc, msg }] },
    });
  }
  expect(await daemon.call("daemon.status")).toMatchObject({ state: "standby" });
});

test("whoever is not known, may not, or asks for what is not there reads why in `detail`, as there", async () => {
  const { daemon, atom } = await aDaemon();
  const { token } = await daemon.call<{ token: string }>("token.create", { name: "looks", scope: "read" });
  const said = async (...asked: Parameters<AtomClient["ask"]>) => {
    const { status, body } = await atom.ask(...asked);
    return [status, body.detail];
  };
  expect(await said("GET", "status", undefined, "")).toEqual([401, "A token is needed."]);
  expect(await said("POST", "stop", undefined, "stw_unknown")).toEqual([401, "This token is not known here."]);
  expect(await said("POST", "stop", undefined, token)).toEqual([403, expect.stringContaining('the scope "admin"')]);
  expect(await said("GET", "status", undefined, token)).toEqual([200, undefined]);
  expect(await said("POST", "execute", { command: "ls" })).toEqual([404, "There is nothing here."]);
  expect(await said("GET", "start")).toEqual([405, "GET means nothing here."]);
  expect(isRunning(daemon)).toBe(true);
});
