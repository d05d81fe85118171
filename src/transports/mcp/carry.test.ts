import { once } from "node:events";
import { rmSync } from "node:fs";
import { connect, createServer, type Server, type Socket } from "node:net";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { expect, onTestFinished, test } from "vitest";
import { eventually, neverWithin } from "../../../test/lifecycle/eventually.ts";
import { scratch } from "../../../test/scratch.ts";
import { lineSplitter } from "../jsonrpc/lines.ts";
import { REQUEST_ID_META_KEY } from "./bridge-words.ts";
import { type CarryLimits, carry } from "./carry.ts";

const directory = scratch("carry");

type Said = { id?: string | number | null; method?: string; params?: Record<string, unknown> } & Record<
  string,
  unknown
>;

/** An agent's side: what it says goes in, what it hears comes out. */
function anAgent(path: string, limits: Partial<CarryLimits> = {}) {
  const input = new PassThrough();
  const output = new PassThrough();
  const heard: Said[] = [];
  let isEnded = false;
  const ended = carry({ input, output, connect: () => connect(path), nameOf: (n) => `name-${n}`, limits }).then(() => {
    isEnded = true;
  });
  onTestFinished(() => {
    input.destroy();
  });
  const read = () => {
    const lines = lineSplitter(100_000_000);
    output.on("data", (chunk: Buffer) => {
      lines.feed(chunk);
      for (let line = lines.next(); line !== undefined; line = lines.next()) heard.push(JSON.parse(line.toString()));
    });
  };
  const say = (...messages: (object | string)[]) => {
    for (const one of messages) input.write(`${typeof one === "string" ? one : JSON.stringify(one)}\n`);
  };
  return { input, output, heard, say, read, ended, isEnded: () => isEnded };
}

/** A daemon's side, which answers nothing by itself. */
async function aDaemon(path: string) {
  const sockets: Socket[] = [];
  const heard: string[] = [];
  const server: Server = createServer((socket) => {
    sockets.push(socket);
    const lines = lineSplitter(100_000_000);
    socket
      .on("error", () => {})
      .on("data", (chunk) => {
        lines.feed(chunk);
        for (let line = lines.next(); line !== undefined; line = lines.next()) heard.push(String(line));
      });
  });
  rmSync(path, { force: true });
  server.listen(path);
  await once(server, "listening");
  const die = () => {
    server.close();
    for (const socket of sockets) socket.destroy();
  };
  onTestFinished(die);
  return {
    die,
    sockets,
    heard,
    /** Without the first line. */
    requests: () => heard.filter((line) => line !== "mcp").map((line) => JSON.parse(line) as Said),
    say: (...messages: (object | string)[]) => {
      for (const one of messages) {
        sockets.at(-1)?.write(`${typeof one === "string" ? one : JSON.stringify({ jsonrpc: "2.0", ...one })}\n`);
      }
    },
  };
}

const aPath = () => join(directory(), "s");
const call = (id: number | string, more: object = {}) => ({
  ...{ jsonrpc: "2.0", id, method: "tools/call" },
  params: { name: "task_report", arguments: { summary: "x" }, ...more },
});
const initialize = { jsonrpc: "2.0", id: 0, method: "initialize", params: { protocolVersion: "2025-11-25" } };
const initialized = { jsonrpc: "2.0", method: "notifications/initialized" };

test("it waits for a daemon that comes later, and says first which protocol it speaks", async () => {
  const path = aPath();
  const agent = anAgent(path);
  agent.read();
  agent.say(initialize);
  const daemon = await aDaemon(path);
  await eventually("it is asked", () => daemon.heard.length === 2);
  expect(daemon.heard[0]).toBe("mcp");
  expect(daemon.requests()).toEqual([initialize]);
  daemon.say({ id: 0, result: { hello: true } });
  await eventually("it is answered", () => agent.heard.length === 1);
  expect(agent.heard).toEqual([{ jsonrpc: "2.0", id: 0, result: { hello: true } }]);
});

test("the next daemon hears the handshake again, and what has no answer under the same name; the agent hears one answer", async () => {
  const path = aPath();
  const first = await aDaemon(path);
  const agent = anAgent(path);
  agent.read();
  agent.say(initialize);
  await eventually("it is asked", () => first.requests().length === 1);
  first.say({ id: 0, result: {} });
  await eventually("it is answered", () => agent.heard.length === 1);
  agent.say(initialized, call(1), call(2));
  await eventually("both are asked", () => first.requests().length === 4);
  first.say({ id: 1, result: {} });
  await eventually("one is answered", () => agent.heard.length === 2);
  first.die();

  const second = await aDaemon(path);
  await eventually("the handshake is said", () => second.requests().length === 1);
  const [again] = second.requests();
  expect(again).toEqual({ ...initialize, id: expect.any(String) });
  await neverWithin(50, "it says more before that is answered", () => second.requests().length > 1);
  second.say({ id: again?.id, result: {} } as object);
  await eventually("the rest is said", () => second.requests().length === 3);
  expect(second.requests()[1]).toEqual(initialized);
  expect(second.requests()[2]).toEqual(first.requests()[3]);
  expect(second.requests()[2]?.params?._meta).toEqual({ [REQUEST_ID_META_KEY]: "name-2" });
  second.say({ id: 2, result: { at: "last" } });
  await eventually("it is answered", () => agent.heard.length === 3);
  expect(agent.heard.map(({ id }) => id)).toEqual([0, 1, 2]);
});

test("a handshake that was not answered is said again as it was, and its answer is the agent's", async () => {
  const path = aPath();
  const first = await aDaemon(path);
  const agent = anAgent(path);
  agent.read();
  agent.say(initialize);
  await eventually("it is asked", () => first.requests().length === 1);
  first.die();
  const second = await aDaemon(path);
  await eventually("it is asked again", () => second.requests().length === 1);
  expect(second.requests()).toEqual([initialize]);
  second.say({ id: 0, result: {} });
  await eventually("it is answered", () => agent.heard.length === 1);
});

test("a call has the name that its caller gave it, and other requests have none", async () => {
  const path = aPath();
  const daemon = await aDaemon(path);
  const agent = anAgent(path);
  const own = { [REQUEST_ID_META_KEY]: "mine", progressToken: 1 };
  const said = [
    call(1, { _meta: own }),
    call("1", { _meta: { progressToken: 1 } }),
    { ...call(3), method: "tools/list" },
  ];
  agent.say(...said);
  await eventually("all are asked", () => daemon.requests().length === 3);
  expect(daemon.requests()).toEqual([
    said[0],
    call("1", { _meta: { progressToken: 1, [REQUEST_ID_META_KEY]: "name-1" } }),
    said[2],
  ]);
});

test("who waits for a daemon that stays away is told so, also who asked before it went; the bridge lives", async () => {
  const path = aPath();
  const daemon = await aDaemon(path);
  const agent = anAgent(path, { awayMs: 60, lastTryMs: 10 });
  agent.read();
  agent.say(call(1));
  await eventually("it is asked", () => daemon.requests().length === 1);
  daemon.die();
  await eventually("it was answered", () => agent.heard.length === 1);
  agent.say(call("two"));
  await eventually("so was the next one", () => agent.heard.length === 2);
  expect(agent.heard).toMatchObject([
    { jsonrpc: "2.0", id: 1, error: { code: -32003, message: expect.stringContaining("away") } },
    { jsonrpc: "2.0", id: "two", error: { code: -32003 } },
  ]);

  const next = await aDaemon(path);
  agent.say(call(3));
  await eventually("it is asked", () => next.requests().length > 0);
  expect(next.requests().map(({ id }) => id)).toEqual([3]);
});

test("a request that ends every daemon that hears it is not asked forever", async () => {
  const path = aPath();
  const agent = anAgent(path, { awayMs: 100, lastTryMs: 10 });
  agent.read();
  const server = createServer((socket) => void socket.on("error", () => {}).once("data", () => socket.destroy()));
  server.listen(path);
  onTestFinished(() => void server.close());
  agent.say(call(1));
  await eventually("it is answered", () => agent.heard.length === 1);
  expect(agent.heard).toMatchObject([{ id: 1, error: { code: -32003 } }]);
});

test("what is cancelled while no daemon is there is never asked", async () => {
  const path = aPath();
  const agent = anAgent(path);
  agent.say(call(1), call(2), { jsonrpc: "2.0", method: "notifications/cancelled", params: { requestId: 1 } });
  const daemon = await aDaemon(path);
  await eventually("the other is asked", () => daemon.requests().length > 0);
  expect(daemon.requests().map(({ id }) => id)).toEqual([2]);
});

test.each([
  ["half a message", '{"jsonrpc":"2.0","id":1,"met', -32700],
  ["no JSON at all", "hello?", -32700],
  ["bytes that are no text", "\xff\xfe\x00", -32700],
  [
    "a call nested too deeply",
    JSON.stringify(call(1)).replace('"x"', `${"[".repeat(50_000)}${"]".repeat(50_000)}`),
    -32700,
  ],
  ["a number", "7", -32600],
  ["a batch", `[${JSON.stringify(call(1))}]`, -32600],
])("%s is answered, and the next line is heard", async (_, line, code) => {
  const path = aPath();
  const daemon = await aDaemon(path);
  const agent = anAgent(path);
  agent.read();
  agent.say(line, call(9));
  await eventually("the good line is heard", () => daemon.requests().length > 0);
  expect(daemon.requests().map(({ id }) => id)).toEqual([9]);
  expect(agent.heard).toMatchObject([{ jsonrpc: "2.0", id: null, error: { code } }]);
});

test("what is no request is passed on as it is: an id that is none, prototypes, answers", async () => {
  const path = aPath();
  const daemon = await aDaemon(path);
  const agent = anAgent(path);
  const lines = [
    '{"jsonrpc":"2.0","id":{"a":1},"method":"ping"}',
    '{"jsonrpc":"2.0","id":1e999,"method":"ping"}',
    '{"jsonrpc":"2.0","id":7,"result":{}}',
    '{"__proto__":{"method":"tools/call","id":1},"constructor":null}',
    '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":[]}',
    '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"_meta":7}}',
  ];
  await eventually("it came", () => daemon.heard.length === 1);
  agent.say(...lines);
  await eventually("all are heard", () => daemon.heard.length === lines.length + 1);
  expect(daemon.heard.slice(1)).toEqual(lines);
});

test("a line that is too long ends it, and says why", async () => {
  const agent = anAgent(aPath(), { lineBytes: 1_000 });
  agent.read();
  agent.input.write("x".repeat(1_001));
  await agent.ended;
  expect(agent.heard).toMatchObject([{ id: null, error: { message: "A line takes up to 1000 bytes." } }]);
});

test("a call that its name makes too long is refused, and never said", async () => {
  const path = aPath();
  const daemon = await aDaemon(path);
  const agent = anAgent(path, { lineBytes: JSON.stringify(call(1)).length + 5 });
  agent.read();
  agent.say(call(1), { jsonrpc: "2.0", id: 2, method: "ping" });
  await eventually("the other is asked", () => daemon.requests().length > 0);
  expect(daemon.requests().map(({ id }) => id)).toEqual([2]);
  expect(agent.heard).toMatchObject([{ id: 1, error: { code: -32013 } }]);
});

test("an answer that is too long is told to all who wait, and the next connection serves", async () => {
  const path = aPath();
  const daemon = await aDaemon(path);
  const agent = anAgent(path, { answerBytes: 1_000 });
  agent.read();
  agent.say(call(1));
  await eventually("it is asked", () => daemon.requests().length === 1);
  daemon.say({ id: 1, result: "x".repeat(1_000) });
  await eventually("it is answered", () => agent.heard.length === 1);
  expect(agent.heard).toMatchObject([{ id: 1, error: { code: -32013 } }]);
  agent.say(call(2));
  await eventually("the next is asked", () => daemon.requests().length === 2);
  expect(daemon.sockets).toHaveLength(2);
});

test("nothing but the protocol reaches the agent, whatever answers at the socket", async () => {
  const path = aPath();
  const daemon = await aDaemon(path);
  const agent = anAgent(path);
  agent.read();
  agent.say(call(1));
  await eventually("it is asked", () => daemon.requests().length === 1);
  daemon.say("HTTP/1.1 400 Bad Request", "", "7", '"text"', "{", { id: 1, result: {} });
  await eventually("it is answered", () => agent.heard.length > 0);
  expect(agent.heard).toEqual([{ jsonrpc: "2.0", id: 1, result: {} }]);
});

test("a daemon that does not read holds its agent up, and no more than is bounded is kept", async () => {
  const path = aPath();
  const daemon = await aDaemon(path);
  const agent = anAgent(path);
  await eventually("it came", () => daemon.heard.length === 1);
  daemon.sockets[0]?.pause();
  const news = { jsonrpc: "2.0", method: "notifications/progress", params: { text: "x".repeat(10_000) } };
  let written = 0;
  for (; written < 10_000 && agent.input.writableLength < 1_000_000; written++) {
    agent.say(news);
    await new Promise(setImmediate);
  }
  expect(written).toBeLessThan(1_000);
  daemon.sockets[0]?.resume();
  await eventually("all is heard", () => daemon.heard.length === written + 1);
});

test("an agent that does not read holds the daemon up", async () => {
  const path = aPath();
  const daemon = await aDaemon(path);
  const agent = anAgent(path);
  await eventually("it came", () => daemon.heard.length === 1);
  const news = { method: "notifications/message", params: { text: "x".repeat(10_000) } };
  const [socket] = daemon.sockets;
  let written = 0;
  for (; written < 10_000 && (socket?.writableLength ?? 0) < 1_000_000; written++) {
    daemon.say(news);
    await new Promise(setImmediate);
  }
  expect(written).toBeLessThan(1_000);
  expect(agent.output.readableLength + agent.output.writableLength).toBeLessThan(1_000_000);
  agent.read();
  await eventually("all is heard", () => agent.heard.length === written);
});

test("more requests than may wait are left unread until some are answered", async () => {
  const path = aPath();
  const daemon = await aDaemon(path);
  const agent = anAgent(path, { requests: 2 });
  agent.read();
  agent.say(call(1), call(2), call(3), call(4));
  await eventually("two are asked", () => daemon.requests().length === 2);
  await neverWithin(50, "a third is", () => daemon.requests().length > 2);
  daemon.say({ id: 2, result: {} });
  await eventually("a third is", () => daemon.requests().length === 3);
});

test("of long ones fewer wait", async () => {
  const path = aPath();
  const agent = anAgent(path, { heldBytes: 1_000, awayMs: 60 });
  agent.read();
  const long = { text: "x".repeat(1_000) };
  agent.say(call(1, long), call(2, long));
  await eventually("the first is given up", () => agent.heard.length === 1);
  await eventually("only then the second waits, and is given up", () => agent.heard.length === 2);
});

test.each([
  ["its agent says nothing more", (agent: ReturnType<typeof anAgent>) => agent.input.end()],
  ["its agent reads nothing more", (agent: ReturnType<typeof anAgent>) => agent.output.destroy()],
])("it ends when %s, and hangs up", async (_, end) => {
  const path = aPath();
  const daemon = await aDaemon(path);
  const agent = anAgent(path);
  agent.read();
  agent.say(call(1));
  await eventually("it is asked", () => daemon.requests().length === 1);
  end(agent);
  await agent.ended;
  await eventually("it hung up", () => daemon.sockets[0]?.destroyed === true);
});
