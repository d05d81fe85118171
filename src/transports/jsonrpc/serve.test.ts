import { once } from "node:events";
import { existsSync, mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { connect, Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, expect, test, vi } from "vitest";
import * as z from "zod";
import { plenty } from "../../../test/builders.ts";
import { silentLog } from "../../core/log.ts";
import { createPorts, operation } from "../../core/operation.ts";
import { refuse } from "../../core/refusal.ts";
import { createUnread } from "../unread.ts";
import type { JsonRpcLimits } from "./limits.ts";
import { type JsonRpcServer, serveJsonRpc } from "./serve.ts";

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

function fakeOperations() {
  const aborted = Promise.withResolvers<void>();
  const waiting = new Set<() => void>();
  const common = {
    effect: "read",
    scope: "read",
    rest: "POST /fake",
    output: z.unknown(),
    refuses: [],
    example: {},
  } as const;
  const operations = [
    operation({ ...common, name: "ping", summary: "p", input: z.object({}), handle: () => ({ pong: true }) }),
    operation({
      ...common,
      name: "echo.text",
      summary: "e",
      input: z.object({ text: z.string() }),
      example: { text: "" },
      handle: (_, { text }) => text,
    }),
    operation({
      ...common,
      name: "echo.refuse",
      summary: "r",
      input: z.object({}),
      handle: () => refuse("not_found", "No such task.", { hint: "List them.", data: { task: "task-9" } }),
    }),
    operation({
      ...common,
      name: "echo.break",
      summary: "b",
      input: z.object({}),
      handle: () => {
        throw new Error("secret");
      },
    }),
    operation({
      ...common,
      name: "wait.forever",
      summary: "w",
      input: z.object({}),
      handle: ({ signal }) =>
        new Promise<string>((resolve) => {
          waiting.add(() => resolve("released"));
          signal.addEventListener("abort", () => {
            aborted.resolve();
            resolve("aborted");
          });
        }),
    }),
  ];
  return { ports: createPorts({ operations, context: {}, log: silentLog }), aborted: aborted.promise, waiting };
}

async function aServer(limits: Partial<JsonRpcLimits> = {}, unread = plenty) {
  const directory = mkdtempSync(join(tmpdir(), "steward-rpc-"));
  cleanups.push(() => rmSync(directory, { recursive: true, force: true }));
  const path = join(directory, "steward.sock");
  const fakes = fakeOperations();
  const serve = () =>
    serveJsonRpc({
      path,
      ports: fakes.ports,
      actor: { kind: "person", name: "ada", scope: "admin" },
      limits,
      log: silentLog,
      unread,
    });
  const server = await serve();
  cleanups.push(() => server.close());
  return { ...fakes, path, server, serve, directory };
}

/** Connects and gathers every line that comes back. */
function aClient(path: string) {
  const socket = connect({ path, allowHalfOpen: true });
  cleanups.push(() => socket.destroy());
  const closed = new Promise<void>((resolve) => socket.once("close", () => resolve()));
  const chunks: Buffer[] = [];
  socket.on("data", (chunk) => chunks.push(chunk));
  socket.on("error", () => {});
  const lines = () =>
    Buffer.concat(chunks)
      .toString()
      .split("\n")
      .slice(0, -1)
      .map((line) => JSON.parse(line));
  const answers = (count: number) =>
    vi.waitFor(() => expect(lines().length).toBeGreaterThanOrEqual(count), 10_000).then(lines);
  return { socket, closed, chunks, lines, answers, say: (text: string | Buffer) => socket.write(text) };
}

/** Everything that the server has to say to these bytes: the client closes its writing side and reads to the end. */
async function conversation(path: string, bytes: string | Buffer, chunks: readonly (string | Buffer)[] = [bytes]) {
  const client = aClient(path);
  client.socket.on("end", () => client.socket.end());
  for (const chunk of chunks) {
    if (!client.socket.write(chunk)) await once(client.socket, "drain");
    await new Promise(setImmediate);
  }
  client.socket.end();
  await client.closed;
  return client.lines();
}

const ask = (id: unknown, method: string, params?: unknown) => JSON.stringify({ jsonrpc: "2.0", id, method, params });

test("a request is answered with its own id, whatever kind of id that is", async () => {
  const { path } = await aServer();
  const said = `${ask(1, "ping")}\n${ask("a", "ping", {})}\n${ask(null, "ping")}\n${ask(2 ** 53 - 1, "ping")}\n`;
  expect(await conversation(path, said)).toEqual(
    [1, "a", null, 2 ** 53 - 1].map((id) => ({ jsonrpc: "2.0", id, result: { pong: true } })),
  );
});

test.each([
  ["null", -32600, null],
  ["1", -32600, null],
  ['"x"', -32600, null],
  ["[]", -32600, null],
  ["{}", -32600, null],
  ["{bad", -32700, null],
  ["", -32700, null],
  ['{"jsonrpc":"2.0","id":{},"method":"ping"}', -32600, null],
  ['{"jsonrpc":"2.0","id":[1],"method":"ping"}', -32600, null],
  ['{"jsonrpc":"2.0","id":true,"method":"ping"}', -32600, null],
  ['{"jsonrpc":"2.0","id":9007199254740993,"method":"ping"}', -32600, null],
  ['{"jsonrpc":"2.0","id":-9007199254740992,"method":"ping"}', -32600, null],
  ['{"jsonrpc":"2.0","id":1e999,"method":"ping"}', -32600, null],
  ['{"id":7,"method":"ping"}', -32600, 7],
  ['{"jsonrpc":"2.0","id":7,"method":1}', -32600, 7],
  ['{"jsonrpc":"2.0","id":7}', -32600, 7],
  ['{"jsonrpc":"2.0","id":7,"method":"nope"}', -32601, 7],
  ['{"jsonrpc":"2.0","id":7,"method":"toString"}', -32601, 7],
  ['{"jsonrpc":"2.0","id":7,"method":"echo.text"}', -32602, 7],
  ['{"jsonrpc":"2.0","id":7,"method":"echo.text","params":{"text":5}}', -32602, 7],
  ['{"jsonrpc":"2.0","id":7,"method":"echo.text","params":["x"]}', -32602, 7],
  ['{"jsonrpc":"2.0","id":7,"method":"echo.text","params":"x"}', -32602, 7],
  ['{"jsonrpc":"2.0","id":7,"method":"echo.text","params":null}', -32602, 7],
])("the line %s is answered with %i and the connection lives", async (line, code, id) => {
  const { path } = await aServer();
  const answers = await conversation(path, `${line}\n${ask("after", "ping")}\n`);
  expect(answers).toHaveLength(2);
  expect(answers).toContainEqual(expect.objectContaining({ id, error: expect.objectContaining({ code }) }));
  expect(answers).toContainEqual(expect.objectContaining({ id: "after", result: { pong: true } }));
});

test("bytes that are not UTF-8 are a parse error", async () => {
  const { path } = await aServer();
  const line = Buffer.concat([
    Buffer.from('{"jsonrpc":"2.0","id":1,"method":"'),
    Buffer.from([0xc3, 0x28]),
    Buffer.from('"}\n'),
  ]);
  expect(await conversation(path, line)).toMatchObject([{ id: null, error: { code: -32700 } }]);
});

test("a character that is split over two chunks arrives whole", async () => {
  const { path } = await aServer();
  const bytes = Buffer.from(`${ask(1, "echo.text", { text: "Grüße 🚂" })}\n`);
  const chunks = [...bytes].map((byte) => Buffer.from([byte]));
  expect(await conversation(path, bytes, chunks)).toMatchObject([{ result: "Grüße 🚂" }]);
});

test("a refusal carries its number, code, hint, retry and facts", async () => {
  const { path } = await aServer();
  expect(await conversation(path, `${ask(1, "echo.refuse")}\n`)).toEqual([
    {
      jsonrpc: "2.0",
      id: 1,
      error: {
        code: -32000,
        message: "No such task.",
        data: { task: "task-9", code: "not_found", hint: "List them.", retry: "no" },
      },
    },
  ]);
});

test("a bug shows an id and nothing else", async () => {
  const { path } = await aServer();
  const [answer] = await conversation(path, `${ask(1, "echo.break")}\n`);
  expect(answer.error).toMatchObject({ code: -32603, data: { id: expect.stringMatching(/^bug-/) } });
  expect(JSON.stringify(answer)).not.toContain("secret");
});

test("a batch is answered as a batch, without its notifications and with what was wrong in it", async () => {
  const { path } = await aServer();
  const note = { jsonrpc: "2.0", method: "ping" };
  const batch = `[${ask(1, "ping")},1,${JSON.stringify(note)},${ask(2, "nope")}]\n`;
  expect(await conversation(path, batch)).toMatchObject([
    [
      { id: 1, result: { pong: true } },
      { id: null, error: { code: -32600 } },
      { id: 2, error: { code: -32601 } },
    ],
  ]);
  expect(await conversation(path, `${JSON.stringify([note, note])}\n`)).toEqual([]);
});

test("a batch above its limit is refused whole", async () => {
  const { path } = await aServer({ batchRequests: 2 });
  expect(await conversation(path, "[1,1,1]\n")).toMatchObject([{ id: null, error: { code: -32013 } }]);
});

test("notifications are never answered, also not when they fail", async () => {
  const { path } = await aServer();
  const failing = ["nope", "echo.refuse", "echo.break"].map((method) => JSON.stringify({ jsonrpc: "2.0", method }));
  const wrong = JSON.stringify({ jsonrpc: "2.0", method: "ping", params: [1] });
  expect(await conversation(path, `${[...failing, wrong].join("\n")}\n`)).toEqual([]);
});

test("a line that is too long is answered, costs its connection and nobody else's, and memory stays flat", async () => {
  const { path } = await aServer({ lineBytes: 1024 });
  const other = aClient(path);
  const flooder = aClient(path);
  const before = process.memoryUsage().rss;
  const megabyte = Buffer.alloc(1024 * 1024, "x");
  flooder.socket.on("end", () => flooder.socket.end());
  for (let i = 0; i < 100 && !flooder.socket.destroyed; i++) {
    if (!flooder.say(megabyte)) await Promise.race([once(flooder.socket, "drain"), flooder.closed]);
  }
  await flooder.closed;
  expect(flooder.lines()).toMatchObject([{ id: null, error: { code: -32013, data: { code: "too_large" } } }]);
  expect(process.memoryUsage().rss - before).toBeLessThan(100 * 1024 * 1024);
  other.say(`${ask(1, "ping")}\n`);
  expect(await other.answers(1)).toMatchObject([{ result: { pong: true } }]);
});

test("a line that is never finished is answered and costs its connection, however it drips", async () => {
  const { path } = await aServer({ lineMs: 80, lingerMs: 50 });
  const client = aClient(path);
  const drip = setInterval(() => client.say("x"), 10);
  cleanups.push(() => clearInterval(drip));
  await client.closed;
  expect(client.lines()).toMatchObject([{ id: null, error: { code: -32013 } }]);
});

test("a client that never reads is dropped, and others are served", async () => {
  const { path, server } = await aServer(
    {},
    createUnread(() => 64 * 1024, silentLog),
  );
  const deaf = connect(path);
  cleanups.push(() => deaf.destroy());
  deaf.on("error", () => {});
  const line = `${ask(1, "echo.text", { text: "x".repeat(10_000) })}\n`;
  const flood = setInterval(() => deaf.writable && deaf.write(line.repeat(10)), 1);
  cleanups.push(() => clearInterval(flood));
  await new Promise((resolve) => deaf.once("close", resolve));
  expect(server.clients()).toBe(0);
  expect(await conversation(path, `${ask(1, "ping")}\n`)).toMatchObject([{ result: { pong: true } }]);
});

test("reading pauses while too many calls are in flight, and goes on when they end", async () => {
  const { path, waiting } = await aServer({ callsInFlight: 3 });
  const client = aClient(path);
  client.say(Array.from({ length: 10 }, (_, i) => `${ask(i, "wait.forever")}\n`).join(""));
  await vi.waitFor(() => expect(waiting.size).toBe(3));
  client.say(`${ask("late", "ping")}\n`);
  await conversation(path, `${ask(1, "ping")}\n`);
  expect(waiting.size).toBe(3);
  expect(client.lines()).toEqual([]);
  const release = setInterval(() => waiting.forEach((end) => void end()), 1);
  cleanups.push(() => clearInterval(release));
  expect(new Set((await client.answers(11)).map(({ id }) => id)).size).toBe(11);
});

/** A client that was answered once. What follows is said in the same breath. */
async function anAnsweredClient(path: string, ...more: string[]) {
  const client = aClient(path);
  client.say(`${ask(1, "ping")}\n${more.join("")}`);
  expect(await client.answers(1)).toMatchObject([{ result: { pong: true } }]);
  return client;
}

/** One too many. */
async function expectTurnedAway(path: string): Promise<void> {
  const client = aClient(path);
  client.socket.on("end", () => client.socket.end());
  await client.closed;
  expect(client.lines()).toMatchObject([{ id: null, error: { code: -32003, data: { code: "unavailable" } } }]);
}

test("the longest idle client gives way to one too many", async () => {
  const { path, server } = await aServer({ clients: 2, turnMs: 0 });
  const first = await anAnsweredClient(path);
  const second = await anAnsweredClient(path);
  await anAnsweredClient(path);
  await vi.waitFor(() => expect(first.socket.readableEnded).toBe(true));
  expect(second.socket.readableEnded).toBe(false);
  expect(server.clients()).toBe(2);
});

test("who has only just come, or was just answered, gives way to nobody: in a crowd everybody who is let in gets to ask", async () => {
  const { path } = await aServer({ clients: 1, turnMs: 60_000 });
  const first = aClient(path);
  await once(first.socket, "connect");
  await expectTurnedAway(path);
  first.say(`${ask(1, "ping")}\n`);
  await first.answers(1);
  await expectTurnedAway(path);
  first.say(`${ask(2, "ping")}\n`);
  expect(await first.answers(2)).toMatchObject([{ id: 1 }, { id: 2, result: { pong: true } }]);
});

test("who stops in the middle of a line gives way at once", async () => {
  const { path, server } = await aServer({ clients: 2, turnMs: 60_000 });
  await anAnsweredClient(path, '{"jsonrpc":');
  const second = await anAnsweredClient(path);
  await anAnsweredClient(path);
  expect(second.socket.readableEnded).toBe(false);
  expect(server.clients()).toBe(2);
});

test("when every client waits for an answer, one too many is told so", async () => {
  const { path, waiting } = await aServer({ clients: 1 });
  aClient(path).say(`${ask(1, "wait.forever")}\n`);
  await vi.waitFor(() => expect(waiting.size).toBe(1));
  await expectTurnedAway(path);
});

test("answers that are ready in one turn leave in one write", async () => {
  const { path, waiting } = await aServer();
  const client = aClient(path);
  client.say(Array.from({ length: 50 }, (_, i) => `${ask(i, "wait.forever")}\n`).join(""));
  await vi.waitFor(() => expect(waiting.size).toBe(50));
  const write = vi.spyOn(Socket.prototype, "write");
  cleanups.push(() => write.mockRestore());
  for (const release of waiting) release();
  expect(await client.answers(50)).toHaveLength(50);
  expect(write).toHaveBeenCalledTimes(1);
});

test("a call whose client is gone is aborted", async () => {
  const { path, aborted, waiting } = await aServer();
  const client = aClient(path);
  client.say(`${ask(1, "wait.forever")}\n`);
  await vi.waitFor(() => expect(waiting.size).toBe(1));
  client.socket.destroy();
  await aborted;
});

test("a client that has only closed its writing side still gets the answer it waits for", async () => {
  const { path, waiting } = await aServer();
  const client = aClient(path);
  client.socket.on("end", () => client.socket.end());
  client.socket.end(`${ask(1, "wait.forever")}\n`);
  await vi.waitFor(() => expect(waiting.size).toBe(1));
  await conversation(path, `${ask(1, "ping")}\n`);
  for (const release of waiting) release();
  await client.closed;
  expect(client.lines()).toMatchObject([{ id: 1, result: "released" }]);
});

test("closing answers who waits, and does not wait for clients that never close", async () => {
  const { path, server, waiting } = await aServer({ lingerMs: 60_000 });
  const idle = connect({ path, allowHalfOpen: true });
  cleanups.push(() => idle.destroy());
  const waiter = aClient(path);
  waiter.say(`${ask(1, "wait.forever")}\n`);
  await vi.waitFor(() => expect(waiting.size).toBe(1));
  await vi.waitFor(() => expect(server.clients()).toBe(2));
  await server.close();
  expect(await waiter.answers(1)).toMatchObject([{ result: "aborted" }]);
  expect(existsSync(path)).toBe(false);
});

test("the socket is the owner's alone, and nothing else is left beside it", async () => {
  const { path, directory } = await aServer();
  expect(statSync(path).mode & 0o777).toBe(0o600);
  expect(readdirSync(directory)).toEqual(["steward.sock"]);
});

test("a successor takes the path over without a gap, and who is closed later leaves it alone", async () => {
  const { path, server, serve } = await aServer();
  const successor: JsonRpcServer = await serve();
  cleanups.push(() => successor.close());
  await server.close();
  expect(await conversation(path, `${ask(1, "ping")}\n`)).toMatchObject([{ result: { pong: true } }]);
  await successor.close();
  expect(existsSync(path)).toBe(false);
});

test("a path that would be cut off is refused", async () => {
  const { directory, ports } = await aServer();
  const path = join(directory, "x".repeat(100));
  const actor = { kind: "person", name: "ada", scope: "admin" } as const;
  await expect(serveJsonRpc({ path, ports, actor, log: silentLog, unread: plenty })).rejects.toThrow("too long");
});

test("any bytes in any chunking: no crash, no hang, and one answer for each line that is no notification", async () => {
  const { path } = await aServer();
  const json = fc.json({ maxDepth: 3 });
  const request = fc.record(
    {
      jsonrpc: fc.constantFrom("2.0", "1.0", 2),
      id: fc.oneof(fc.string(), fc.integer(), fc.constant(null), fc.constant([])),
      method: fc.constantFrom("ping", "echo.text", "echo.refuse", "nope", "", 5),
      params: fc.oneof(fc.constant({}), fc.jsonValue({ maxDepth: 2 })),
    },
    { requiredKeys: [] },
  );
  const noise = fc
    .uint8Array({ maxLength: 60 })
    .map((bytes) => Buffer.from(bytes.map((byte) => (byte === 10 ? 11 : byte))));
  const line = fc.oneof(
    json.map((text) => Buffer.from(text)),
    request.map((value) => Buffer.from(JSON.stringify(value))),
    fc.array(request, { maxLength: 4 }).map((value) => Buffer.from(JSON.stringify(value))),
    noise,
  );
  await fc.assert(
    fc.asyncProperty(
      fc.array(line, { maxLength: 12 }),
      noise,
      fc.array(fc.nat(400), { maxLength: 6 }),
      async (lines, rest, cuts) => {
        const bytes = Buffer.concat([...lines.flatMap((l) => [l, Buffer.from("\n")]), rest]);
        const places = [0, ...cuts.filter((at) => at < bytes.length).sort((a, b) => a - b), bytes.length];
        const chunks = places.slice(1).map((end, i) => bytes.subarray(places[i], end));
        const answers = await conversation(path, bytes, chunks);
        expect(answers).toHaveLength(lines.filter(wantsAnswer).length);
      },
    ),
    { numRuns: 300 },
  );
}, 60_000);

/** Written apart from the code under test: a notification is a right envelope without an id. */
function wantsAnswer(line: Buffer): boolean {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(line));
  } catch {
    return true;
  }
  return Array.isArray(value)
    ? value.length === 0 || value.some((entry) => !isNotification(entry))
    : !isNotification(value);
}

function isNotification(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  const request = value as Record<string, unknown>;
  return !("id" in request) && request.jsonrpc === "2.0" && typeof request.method === "string";
}
