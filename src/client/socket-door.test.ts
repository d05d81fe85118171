import { createServer, type Socket } from "node:net";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { scratch } from "../../test/scratch.ts";
import { connect } from "./client.ts";

const aDirectory = scratch("client");

/** Something that listens where a daemon should, and does what it likes with what it hears. */
async function aServer(hear: (line: { id: number; method: string }, socket: Socket) => void): Promise<string> {
  const path = join(aDirectory(), "s.sock");
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    let text = "";
    socket.on("error", () => {});
    socket.on("data", (chunk) => {
      const lines = (text + String(chunk)).split("\n");
      text = lines.pop() ?? "";
      for (const line of lines) hear(JSON.parse(line), socket);
    });
  });
  await new Promise<void>((resolve) => server.listen(path, resolve));
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return path;
}

const answer = (id: number, result: unknown) => `${JSON.stringify({ jsonrpc: "2.0", id, result })}\n`;

/** Greets like a daemon, and then does as it is told. */
function greeting(then: (line: { id: number; method: string }, socket: Socket) => void) {
  return aServer((line, socket) => {
    if (line.method === "ping") socket.write(answer(line.id, { pong: true }));
    else then(line, socket);
  });
}

test.each([
  ["no JSON", "HTTP/1.1 400 Bad Request\r\n\r\n"],
  ["JSON that is no answer", "[1,2]\n"],
  ["null", "null\n"],
  ["an error that is none", '{"id":1,"error":5}\n'],
])("what answers with %s is no Steward", async (_, said) => {
  const socket = await aServer((_line, peer) => peer.write(said));
  await expect(connect({ socket, retries: 0 })).rejects.toMatchObject({ reason: "not_steward" });
});

test("one that never answers is waited for as long as was said", async () => {
  const socket = await aServer(() => {});
  await expect(connect({ socket, timeoutMs: 30 })).rejects.toMatchObject({ reason: "timeout" });
});

test("a stream that never opens is waited for as long as was said", async () => {
  const socket = await greeting(() => {});
  await using steward = await connect({ socket, timeoutMs: 100 });
  await expect(steward.event.watch().next()).rejects.toMatchObject({ reason: "timeout" });
});

test("answers in any order find their questions, and answers to nobody are nobody's", async () => {
  const asked: number[] = [];
  const socket = await greeting(({ id }, peer) => {
    asked.push(id);
    if (asked.length < 3) return;
    peer.write(answer(999, "nobody's"));
    for (const one of asked.toReversed()) peer.write(answer(one, { total: one }));
  });
  await using steward = await connect({ socket });
  const answers = await Promise.all([1, 2, 3].map(() => steward.call("task.stats")));
  expect(answers).toEqual(asked.map((id) => ({ total: id })));
});

test("a connection that breaks is tried again as often as was said, a write under the same id each time", async () => {
  const ids: unknown[] = [];
  const socket = await greeting((line, peer) => {
    ids.push((line as { requestId?: string }).requestId);
    if (ids.length < 3) peer.destroy();
    else peer.write(answer(line.id, { taskId: "task-1" }));
  });
  await using steward = await connect({ socket, retries: 2 });
  expect(await steward.task.submit({ prompt: "x" })).toEqual({ taskId: "task-1" });
  expect(ids).toEqual([ids[0], ids[0], ids[0]]);
  expect(ids[0]).toMatch(/^[0-9a-f-]{36}$/);
});

test("and when that was not enough, nobody knows whether it was done", async () => {
  let asked = 0;
  const socket = await greeting((_, peer) => {
    asked += 1;
    peer.destroy();
  });
  await using steward = await connect({ socket });
  await expect(steward.task.submit({ prompt: "x" }, { retries: 1 })).rejects.toMatchObject({ reason: "lost" });
  expect(asked).toBe(2);
});

test("a refusal is never tried again", async () => {
  let asked = 0;
  const socket = await greeting(({ id }, peer) => {
    asked += 1;
    const error = { code: -32003, message: "Not now.", data: { code: "unavailable", hint: "Later.", retry: "after" } };
    peer.write(`${JSON.stringify({ jsonrpc: "2.0", id, error })}\n`);
  });
  await using steward = await connect({ socket });
  await expect(steward.task.stats()).rejects.toMatchObject({ code: "unavailable", hint: "Later.", retry: "after" });
  expect(asked).toBe(1);
});

test("a daemon that gives the connection up says why to everybody who waits on it", async () => {
  const socket = await greeting((_, peer) => {
    const error = { code: -32003, message: "All 256 clients are busy.", data: { code: "unavailable" } };
    peer.end(`${JSON.stringify({ jsonrpc: "2.0", id: null, error })}\n`);
  });
  await using steward = await connect({ socket, retries: 0 });
  await expect(Promise.all([steward.task.stats(), steward.ping()])).rejects.toMatchObject({ code: "unavailable" });
});

test("a request that is longer than a daemon reads is refused here, and others go on", async () => {
  const socket = await greeting(({ id }, peer) => peer.write(answer(id, {})));
  await using steward = await connect({ socket });
  const tooLong = steward.task.submit({ prompt: "x".repeat(9 * 1024 * 1024) });
  await expect(tooLong).rejects.toMatchObject({ code: "too_large" });
  expect(await steward.task.stats()).toEqual({});
});

test("who asks without end is told to wait for answers", async () => {
  const socket = await greeting(() => {});
  await using steward = await connect({ socket });
  const asked = Array.from({ length: 10_001 }, () => steward.task.stats().catch((error: unknown) => error));
  expect(await asked.at(-1)).toMatchObject({ code: "rate_limited" });
});

test("a stream whose reader is busy leaves what comes with the daemon", async () => {
  const ITEM = "x".repeat(64 * 1024);
  let sent = 0;
  const socket = await greeting(({ id }, peer) => {
    peer.write(answer(id, { stream: "stream-1", resume: "after" }));
    const more = () => {
      do sent += 1;
      while (peer.write(`${JSON.stringify({ method: "stream.item", params: { item: { ITEM }, next: sent } })}\n`));
    };
    peer.on("drain", more);
    more();
  });
  await using steward = await connect({ socket });
  const events = steward.event.watch({ after: 0 });
  await events.next();
  let before = -1;
  while (sent > before) {
    before = sent;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  expect(sent * ITEM.length).toBeLessThan(8 * 1024 * 1024);
  await events.return();
});

test("a reader that was dropped goes on from where it stood, if it is to reconnect", async () => {
  const asked: unknown[] = [];
  const socket = await greeting((line, peer) => {
    asked.push((line as { params?: unknown }).params);
    peer.write(answer(line.id, { stream: "stream-1", resume: "after" }));
    const item = { stream: "stream-1", item: { number: asked.length }, next: asked.length };
    peer.write(`${JSON.stringify({ method: "stream.item", params: item })}\n`);
    peer.write(`${JSON.stringify({ method: "stream.mark", params: { mark: "dropped", next: asked.length } })}\n`);
  });
  await using steward = await connect({ socket });
  const numbers: number[] = [];
  for await (const { number } of steward.event.watch({ topic: "task.*" }, { reconnect: true })) {
    if (numbers.push(number) === 3) break;
  }
  expect(numbers).toEqual([1, 2, 3]);
  expect(asked).toEqual([{ topic: "task.*" }, { topic: "task.*", after: 1 }, { topic: "task.*", after: 2 }]);
  const alone = steward.event.watch();
  await alone.next();
  await expect(alone.next()).rejects.toMatchObject({ reason: "dropped", next: 4 });
});

test("a stream gives up when no daemon comes back in time", async () => {
  const socket = await greeting((_, peer) => peer.destroy());
  await using steward = await connect({ socket });
  const watching = steward.event.watch({ after: 7 }, { reconnect: { forMs: 120 } }).next();
  await expect(watching).rejects.toMatchObject({ reason: "lost", next: 7 });
});
