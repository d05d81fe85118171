import { mkdtempSync, rmSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, test, vi } from "vitest";
import * as z from "zod";
import { plenty } from "../../../test/builders.ts";
import { silentLog } from "../../core/log.ts";
import { type Call, createPorts, operation, streamOperation } from "../../core/operation.ts";
import { refuse } from "../../core/refusal.ts";
import type { Mark } from "../../core/stream.ts";
import type { JsonRpcLimits } from "./limits.ts";
import { serveJsonRpc } from "./serve.ts";

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

/** Counts from `after` on: up to `to`, or without an end while somebody listens. */
const numbers = {
  item: z.object({ n: z.int(), padding: z.string().optional() }),
  resume: { field: "after", next: ({ n }: { n: number }) => n },
  open: ({ signal }: Call, { after, to, bytes }: { after: number; to: number; bytes: number }) => {
    if (after < 0) refuse("not_found", "There is nothing before 1.");
    return counting(after, to, bytes, signal);
  },
};

/** Streams that are open, in all tests of this file. */
let open = 0;

async function* counting(after: number, to: number, bytes: number, signal: AbortSignal) {
  open += 1;
  try {
    yield* numbersFrom(after, to, bytes, signal);
  } finally {
    open -= 1;
  }
}

async function* numbersFrom(after: number, to: number, bytes: number, signal: AbortSignal) {
  for (let n = after + 1; n <= to && !signal.aborted; n++) {
    if (n === 13) throw new TypeError("thirteen");
    if (n === 7) yield { mark: "gap", next: 6 } satisfies Mark;
    yield { n, ...(bytes > 0 && { padding: "x".repeat(bytes) }) };
    await new Promise(setImmediate);
  }
  if (to === FOR_EVER) await new Promise((resolve) => signal.addEventListener("abort", resolve));
}

const FOR_EVER = 0;
const input = z.strictObject({ after: z.int().default(0), to: z.int().default(FOR_EVER), bytes: z.int().default(0) });
const described = { summary: "Count.", effect: "read", scope: "read", input, refuses: [], example: {} } as const;
const count = streamOperation({ ...described, name: "number.count", rest: "GET /numbers/stream", stream: numbers });
/** Takes some turns of the event loop, until it is told to stop. */
const later = operation({
  ...described,
  name: "number.later",
  rest: "GET /numbers/later",
  output: z.boolean(),
  handle: async ({ signal }: Call, { to }) => {
    for (let turn = 0; turn < to && !signal.aborted; turn++) await new Promise(setImmediate);
    return signal.aborted;
  },
});
const both = operation({
  ...described,
  name: "number.list",
  rest: "GET /numbers",
  output: z.string(),
  handle: (_: Call) => "all of them",
  stream: numbers,
});

async function aServer(limits: Partial<JsonRpcLimits> = {}) {
  const directory = mkdtempSync(join(tmpdir(), "steward-streams-"));
  cleanups.push(() => rmSync(directory, { recursive: true, force: true }));
  const server = await serveJsonRpc({
    path: join(directory, "steward.sock"),
    ports: createPorts({ operations: [count, both, later], context: {}, log: silentLog }),
    actor: { kind: "person", name: "ada", scope: "read" },
    limits,
    log: silentLog,
    unread: plenty,
  });
  cleanups.push(() => server.close());
  const socket = connect(join(directory, "steward.sock"));
  cleanups.push(() => socket.destroy());
  let text = "";
  socket.setEncoding("utf8").on("data", (chunk) => {
    text += chunk;
  });
  const lines = () =>
    text
      .split("\n")
      .slice(0, -1)
      .map((line) => JSON.parse(line));
  return {
    server,
    socket,
    lines,
    ask: (id: number, method: string, params: object = {}, more: object = {}) =>
      socket.write(`${JSON.stringify({ jsonrpc: "2.0", id, method, params, ...more })}\n`),
    /** Everything that was said, once a line fits. */
    until: (part: object) =>
      vi.waitFor(() => expect(lines()).toContainEqual(expect.objectContaining(part)), 10_000).then(lines),
  };
}

const ended = (stream: string, more: object = {}) => ({
  method: "stream.ended",
  params: { stream, cancelled: false, ...more },
});

test("the answer names the stream, then come its items with where to go on, marks between them, and its end", async () => {
  const { ask, until } = await aServer();
  ask(1, "number.count", { after: 5, to: 7 });
  expect(await until(ended("stream-1"))).toEqual([
    { jsonrpc: "2.0", id: 1, result: { stream: "stream-1", resume: "after" } },
    { jsonrpc: "2.0", method: "stream.item", params: { stream: "stream-1", item: { n: 6 }, next: 6 } },
    { jsonrpc: "2.0", method: "stream.mark", params: { stream: "stream-1", mark: "gap", next: 6 } },
    { jsonrpc: "2.0", method: "stream.item", params: { stream: "stream-1", item: { n: 7 }, next: 7 } },
    { jsonrpc: "2.0", ...ended("stream-1") },
  ]);
});

test("an operation that can be both is a stream for who asks for one, and a call for everybody else", async () => {
  const { ask, until } = await aServer();
  ask(1, "number.list");
  await until({ id: 1, result: "all of them" });
  ask(2, "number.list", { to: 1 }, { stream: true });
  await until({ id: 2, result: { stream: "stream-1", resume: "after" } });
  await until(ended("stream-1"));
});

test("what a stream refuses before it begins is the answer", async () => {
  const { ask, until } = await aServer();
  ask(1, "number.count", { after: -1 });
  await until({ id: 1, error: expect.objectContaining({ code: -32000 }) });
  ask(2, "number.count", { after: "x" });
  await until({ id: 2, error: expect.objectContaining({ code: -32602 }) });
});

test("what goes wrong on the way is told at the end, as an id", async () => {
  const { ask, until } = await aServer();
  ask(1, "number.count", { after: 11, to: 20 });
  const lines = await until({ method: "stream.ended" });
  expect(lines.at(-1).params).toMatchObject({ stream: "stream-1", error: { code: -32603 } });
  expect(JSON.stringify(lines)).not.toContain("thirteen");
});

test("a cancelled stream ends and says so; there is nothing to cancel twice", async () => {
  const { ask, until } = await aServer();
  ask(1, "number.count");
  await until({ id: 1 });
  ask(2, "stream.cancel", { stream: "stream-1" });
  await until({ id: 2, result: { cancelled: true } });
  await until(ended("stream-1", { cancelled: true }));
  ask(3, "stream.cancel", { stream: "stream-1" });
  await until({ id: 3, result: { cancelled: false } });
});

test("one stream too many is refused, until another has ended", async () => {
  const { ask, until } = await aServer({ streams: 2 });
  for (const id of [1, 2, 3]) ask(id, "number.count");
  await until({ id: 3, error: expect.objectContaining({ code: -32002 }) });
  ask(4, "stream.cancel", { stream: "stream-1" });
  await until(ended("stream-1", { cancelled: true }));
  ask(5, "number.count");
  await until({ id: 5, result: { stream: "stream-3", resume: "after" } });
});

test("calls are answered while streams are open", async () => {
  const { ask, until } = await aServer();
  ask(1, "number.count");
  ask(2, "number.list");
  await until({ id: 2, result: "all of them" });
});

test("a reader that stops reading is left alone with a word about where to go on, and memory stays bounded", async () => {
  const { socket, ask, until, lines } = await aServer({ stallMs: 100, behindBytes: 64 * 1024 });
  socket.pause();
  ask(1, "number.count", { after: 100, to: 1_000_000, bytes: 10_000 });
  const before = process.memoryUsage().rss;
  await new Promise((resolve) => setTimeout(resolve, 400));
  expect(process.memoryUsage().rss - before).toBeLessThan(64 * 1024 * 1024);
  socket.resume();
  await until(ended("stream-1"));
  const [mark, last] = [lines().at(-2), lines().at(-3)];
  expect(mark).toMatchObject({ method: "stream.mark", params: { mark: "dropped", next: last.params.next } });
  ask(2, "number.list");
  await until({ id: 2, result: "all of them" });
});

test("closing the server ends its streams, and says so", async () => {
  const { server, ask, until } = await aServer();
  ask(1, "number.count");
  await until({ id: 1 });
  await server.close();
  await until(ended("stream-1", { cancelled: true }));
  expect(server.clients()).toBe(0);
});

const line = (id: number, method: string, params: object) => ({ jsonrpc: "2.0", id, method, params });

test("a stream of a batch begins after the batch was answered, for the answer names it", async () => {
  const { socket, until } = await aServer();
  const batch = [line(1, "number.count", { to: 2 }), line(2, "number.later", { to: 50 })];
  socket.write(`${JSON.stringify(batch)}\n`);
  const [first, second] = await until(ended("stream-1"));
  expect(first).toMatchObject([
    { id: 1, result: { stream: "stream-1" } },
    { id: 2, result: false },
  ]);
  expect(second).toMatchObject({ method: "stream.item", params: { item: { n: 1 } } });
});

test("what is left of a batch whose client is gone opens no stream for nobody", async () => {
  const before = open;
  const { server, socket } = await aServer({ callsInFlight: 1 });
  const batch = [line(1, "number.later", { to: 1_000_000 }), line(2, "number.count", {}), line(3, "number.count", {})];
  await new Promise((resolve) => socket.write(`${JSON.stringify(batch)}\n`, resolve));
  await vi.waitFor(() => expect(server.clients()).toBe(1));
  socket.destroy();
  await vi.waitFor(() => expect(server.clients()).toBe(0));
  for (let turn = 0; turn < 50; turn++) await new Promise(setImmediate);
  expect(open).toBe(before);
});

test.each([
  [5],
  [null],
  [{ toString: 1 }],
  [["stream-1"]],
])("the stream %j has no name that could be cancelled", async (stream) => {
  const { ask, until } = await aServer();
  ask(1, "stream.cancel", { stream });
  await until({ id: 1, error: expect.objectContaining({ code: -32602 }) });
});
