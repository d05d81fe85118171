import { execFileSync } from "node:child_process";
import { statSync } from "node:fs";
import { createServer as createHttp } from "node:http";
import { request } from "node:https";
import { createServer } from "node:net";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { plenty } from "../../../test/builders.ts";
import { eventually } from "../../../test/lifecycle/eventually.ts";
import { scratch } from "../../../test/scratch.ts";
import { silentLog } from "../../core/log.ts";
import { Refusal } from "../../core/refusal.ts";
import { aCaller, aDoorway, asked, statusOf } from "./door.testing.ts";
import { httpSettings } from "./http-settings.ts";
import { HTTP_LIMITS } from "./limits.ts";
import { openHttpDoor } from "./listen.ts";
import { listenOnPort } from "./port.ts";

const aDirectory = scratch("tls");

const CLOSE = ["Connection: close"];

async function say(to: number | string, text: string | Buffer): Promise<string> {
  const caller = aCaller(to);
  caller.say(text);
  return await caller.closed;
}

async function aTakenPort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  onTestFinished(() => void server.close());
  return (server.address() as { port: number }).port;
}

test("it answers on its port and at its socket, which is the owner's alone", async () => {
  const { port, socket } = await aDoorway();
  for (const to of [port, socket]) {
    const answer = await say(to, asked("GET /api/v1/things/count", CLOSE));
    expect([statusOf(answer), answer.endsWith('{"count":2}')]).toEqual([200, true]);
  }
  expect(statSync(socket).mode & 0o777).toBe(0o600);
});

test("many requests on one connection are answered in their order", async () => {
  const { port, seen } = await aDoorway();
  const requests = Array.from({ length: 20 }, (_, n) => asked(`GET /api/v1/things/t${n}`, n === 19 ? CLOSE : []));
  const answers = await say(port, requests.join(""));
  expect(answers.match(/"thingId":"t\d+"/g)).toEqual(requests.map((_, n) => `"thingId":"t${n}"`));
  expect(seen.heard).toHaveLength(20);
});

test.each([
  ["what is no HTTP", "hello\r\n\r\n", 400],
  ["no host", "GET /healthz HTTP/1.1\r\nConnection: close\r\n\r\n", 400],
  ["two hosts", "GET /healthz HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\nConnection: close\r\n\r\n", 400],
  ["a host that is none", "GET /healthz HTTP/1.1\r\nHost: a b\r\nConnection: close\r\n\r\n", 400],
  [
    "another's name in the address",
    "GET http://evil.example/healthz HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n",
    403,
  ],
  ["headers that are too long", asked("GET /healthz", [`x: ${"y".repeat(17_000)}`]), 431],
  ["an address that is too long", asked(`GET /healthz?${"y".repeat(9_000)}`, CLOSE), 414],
  ["a proxy's CONNECT", "CONNECT example.org:443 HTTP/1.1\r\nHost: localhost\r\n\r\n", 405],
  ["two lengths", asked("POST /api/v1/things", ["Content-Length: 2", "Content-Length: 3"], "{}"), 400],
  ["a length and chunks", asked("POST /api/v1/things", ["Content-Length: 2", "Transfer-Encoding: chunked"], "{}"), 400],
  ["a chunk that is none", asked("POST /api/v1/things", ["Transfer-Encoding: chunked"], "zz\r\n"), 400],
  ["an unknown expectation", asked("GET /healthz", ["Expect: wonders", ...CLOSE]), 200],
  ["a change of protocol", asked("GET /healthz", ["Connection: Upgrade, close", "Upgrade: websocket"]), 200],
])("%s is answered, and costs that connection only", async (_, text, status) => {
  const { port, url } = await aDoorway();
  const answer = await say(port, text);
  expect([answer.slice(0, 60), statusOf(answer)]).toEqual([answer.slice(0, 60), status]);
  if (status >= 400) expect(answer).toContain("application/problem+json");
  expect((await fetch(`${url}/healthz`)).status).toBe(200);
});

test("a body is refused as soon as it is known to be too long: before it comes, or while", async () => {
  const { port, seen } = await aDoorway({ limits: { bodyBytes: 10_000 } });
  const announced = aCaller(port);
  announced.say(asked("POST /api/v1/things", ["Content-Type: application/json", "Content-Length: 999999999"]));
  await eventually("it is refused", () => statusOf(announced.heard()) === 413);
  const chunked = aCaller(port);
  chunked.say(asked("POST /api/v1/things", ["Content-Type: application/json", "Transfer-Encoding: chunked"]));
  const chunk = `400\r\n${"x".repeat(1024)}\r\n`;
  let sent = 0;
  await eventually("it is refused", () => {
    if (statusOf(chunked.heard()) === 413) return true;
    if (chunked.socket.writable && sent++ < 1_000) chunked.say(chunk);
    return false;
  });
  await announced.closed;
  await chunked.closed;
  expect(seen.heard).toEqual([]);
});

test("a body without a token is not read", async () => {
  const { port } = await aDoorway();
  const caller = aCaller(port);
  caller.say("POST /api/v1/things HTTP/1.1\r\nHost: localhost\r\nContent-Length: 8000000\r\n\r\n");
  await eventually("it is refused", () => statusOf(caller.heard()) === 401);
});

test.each([
  ["says nothing", ""],
  ["stops in its headers", "GET /healthz HTTP/1.1\r\nHost: loc"],
  ["stops in its body", asked("POST /api/v1/things", ["Content-Type: application/json", "Content-Length: 10"], "{")],
])("who %s is told, and closed", async (_, text) => {
  const limits = { headersMs: 150, requestMs: 300, checkMs: 50 };
  const { port } = await aDoorway({ limits });
  const answer = await say(port, text);
  expect(statusOf(answer)).toBe(408);
});

test("a hundred slow ones keep nobody else out", async () => {
  const limits = { headersMs: 400, requestMs: 400, checkMs: 50 };
  const { port, url, door } = await aDoorway({ limits });
  const slow = Array.from({ length: 100 }, () => aCaller(port));
  for (const { say } of slow) say("GET /healthz HTTP/1.1\r\nX: ");
  expect((await fetch(`${url}/healthz`)).status).toBe(200);
  await Promise.all(slow.map(({ closed }) => closed));
  await eventually("their connections are gone", () => door.connections() <= 1);
});

test("connections are counted: one address has not all, and who is too many is told", async () => {
  const { port, socket, door } = await aDoorway({ limits: { clients: 4 } });
  const held = [1, 2, 3].map(() => aCaller(port));
  await eventually("they are there", () => door.connections() === 3);
  const fourth = await aCaller(port).closed;
  expect(statusOf(fourth)).toBe(503);
  expect(fourth).toContain("Retry-After: 1".toLowerCase());
  expect(statusOf(await say(socket, asked("GET /healthz", CLOSE)))).toBe(200);
  for (const { socket: one } of held) one.destroy();
  await eventually("there is room", () => door.connections() === 0);
  expect(statusOf(await say(port, asked("GET /healthz", CLOSE)))).toBe(200);
});

test("a call whose client goes away is told to give up", async () => {
  const { port, seen } = await aDoorway();
  const caller = aCaller(port);
  caller.say(asked("GET /api/v1/wait"));
  await seen.waiting;
  caller.socket.destroy();
  await seen.aborted;
});

test("a stream whose client goes away ends", async () => {
  const { port, seen } = await aDoorway();
  seen.parts.push({ n: 1 });
  const caller = aCaller(port);
  caller.say(asked("GET /api/v1/numbers/stream"));
  await eventually("it has begun", () => caller.heard().includes("id: 1"));
  caller.socket.destroy();
  await eventually("it has ended", () => seen.streams === 0);
});

test("a reader that stops reading is dropped and disconnected, while others go on", async () => {
  const { port, seen, door } = await aDoorway({ limits: { stallMs: 2_000, lingerMs: 100 } });
  const pad = "x".repeat(256 * 1024);
  for (let n = 1; n <= 60; n++) seen.parts.push({ n, pad });
  const slow = aCaller(port);
  slow.socket.pause();
  slow.say(asked("GET /api/v1/numbers/stream"));
  const quick = aCaller(port);
  quick.say(asked("GET /api/v1/numbers/stream"));
  await eventually("the quick one has all", () => quick.heard().includes("id: 60\n"));
  await eventually("the slow one is gone", () => door.connections() === 1 && seen.streams === 1);
});

test("who asks for much and reads nothing is closed when nothing has moved for too long", async () => {
  const { port, door } = await aDoorway({ limits: { silenceMs: 300 } });
  const body = JSON.stringify({ text: "x".repeat(7_000_000) });
  const caller = aCaller(port);
  caller.socket.pause();
  const headers = ["Content-Type: application/json", `Content-Length: ${body.length}`];
  caller.say(asked("POST /api/v1/things", headers, body));
  await eventually("it is there", () => door.connections() === 1);
  await eventually("it is gone", () => door.connections() === 0);
});

test("closing answers what is under way, ends streams and frees the port, within its bound", async () => {
  const { port, seen, door, socket } = await aDoorway({ limits: { lingerMs: 10_000 } });
  seen.parts.push({ n: 1 });
  const waiting = aCaller(port);
  waiting.say(asked("GET /api/v1/wait"));
  const stream = aCaller(socket);
  stream.say(asked("GET /api/v1/numbers/stream"));
  const idle = aCaller(port);
  idle.say(asked("GET /healthz"));
  await seen.waiting;
  await eventually("all have begun", () => stream.heard().includes("id: 1") && statusOf(idle.heard()) === 200);
  const began = performance.now();
  await door.close();
  expect(performance.now() - began).toBeLessThan(5_000);
  expect(await waiting.closed).toContain('"gave up"');
  expect(await stream.closed).toMatch(/0\r\n\r\n$/);
  const again = createServer().listen(port, "127.0.0.1");
  await new Promise((resolve) => again.once("listening", resolve));
  again.close();
});

test("one that will not go is closed after the linger", async () => {
  const { port, door } = await aDoorway({ limits: { lingerMs: 100 } });
  const caller = aCaller(port);
  caller.say(asked("POST /api/v1/things", ["Content-Length: 10"], "{"));
  await eventually("it is there", () => door.connections() === 1);
  await door.close();
  await caller.closed;
});

test("a port that was set and is taken is a conflict that names it; what was opened is closed", async () => {
  const port = await aTakenPort();
  const error = await aDoorway({ settings: { port } }).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(Refusal);
  expect(error).toMatchObject({ code: "conflict", message: `Port ${port} on 127.0.0.1 is taken.` });
});

test("a port that was not set moves to the next that is free", async () => {
  const taken = await aTakenPort();
  const server = createHttp();
  onTestFinished(() => void server.close());
  const { port, moved } = await listenOnPort(server, { host: "127.0.0.1" }, taken);
  expect(moved).toBe(true);
  expect(port).toBeGreaterThan(taken);
  expect(port).toBeLessThanOrEqual(taken + 99);
});

test("until something is behind the door, it says that it is starting", async () => {
  const { home } = await aDoorway();
  const door = await openHttpDoor({
    settings: { ...httpSettings.schema.parse(undefined), port: 0, socket: false },
    tls: undefined,
    socket: `${home}/other.sock`,
    limits: HTTP_LIMITS,
    log: silentLog,
    unread: plenty,
  });
  onTestFinished(() => door.close());
  expect(door.addresses).toHaveLength(1);
  const answer = await fetch(`${door.addresses[0]}/healthz`);
  expect([answer.status, answer.headers.get("retry-after")]).toEqual([503, "1"]);
});

test.skipIf(!hasOpenSsl())("it speaks HTTPS with a certificate (needs openssl to make one)", async () => {
  const directory = aDirectory();
  const [cert, key] = [join(directory, "cert.pem"), join(directory, "key.pem")];
  const args = ["req", "-x509", "-nodes", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-days", "2"];
  execFileSync("openssl", [...args, "-subj", "/CN=localhost", "-keyout", key, "-out", cert], { stdio: "ignore" });
  const { url, port } = await aDoorway({ settings: { tls: { cert, key } } });
  expect(url).toBe(`https://127.0.0.1:${port}`);
  const status = await new Promise<number | undefined>((resolve, reject) => {
    const origin = `https://127.0.0.1:${port}`;
    request(`${url}/healthz`, { rejectUnauthorized: false, headers: { origin } }, (answer) => {
      answer.resume();
      resolve(answer.statusCode);
    })
      .on("error", reject)
      .end();
  });
  expect(status).toBe(200);
  // Plain text on it costs that connection only.
  await say(port, "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n");
});

function hasOpenSsl(): boolean {
  try {
    execFileSync("openssl", ["version"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}
