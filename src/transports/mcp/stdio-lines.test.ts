import { PassThrough } from "node:stream";
import type { JSONRPCMessage } from "@modelcontextprotocol/server";
import fc from "fast-check";
import { expect, test } from "vitest";
import { eventually } from "../../../test/lifecycle/eventually.ts";
import { STDIO_LIMITS, type StdioLimits, stdioLines } from "./stdio-lines.ts";

async function aReader(limits: Partial<StdioLimits> = {}) {
  const input = new PassThrough();
  const output = new PassThrough();
  const heard: JSONRPCMessage[] = [];
  const transport = stdioLines(input, output, { ...STDIO_LIMITS, ...limits });
  let isClosed = false;
  transport.onmessage = (message) => heard.push(message as JSONRPCMessage);
  transport.onclose = () => {
    isClosed = true;
  };
  await transport.start();
  return {
    input,
    transport,
    heard,
    isClosed: () => isClosed,
    said: () =>
      String(output.read() ?? "")
        .split("\n")
        .filter((line) => line !== "")
        .map((line) => JSON.parse(line)),
  };
}

const ping = (id: number | string) => ({ jsonrpc: "2.0" as const, id, method: "ping" });
const turn = () => new Promise((resolve) => setImmediate(resolve));

test.each([
  ["half a message", '{"jsonrpc":"2.0","id":1,"met', -32700, null],
  ["no JSON at all", "hello?", -32700, null],
  ["a number", "7", -32600, null],
  ["a batch", "[]", -32600, null],
  ["an id that is none", '{"jsonrpc":"2.0","id":{"a":1},"method":"ping"}', -32600, null],
  ["another JSON-RPC", '{"jsonrpc":"1.0","id":1,"method":"ping"}', -32600, 1],
  ["params that are none", '{"jsonrpc":"2.0","id":"a","method":"ping","params":7}', -32600, "a"],
])("%s is answered, and the next line is heard", async (_, line, code, id) => {
  const reader = await aReader();
  reader.input.write(`${line}\n${JSON.stringify(ping(2))}\n`);
  await eventually("the good line is heard", () => reader.heard.length === 1);
  expect(reader.said()).toMatchObject([{ jsonrpc: "2.0", id, error: { code } }]);
  expect(reader.isClosed()).toBe(false);
});

test("a line that is too long ends the connection, and says why", async () => {
  const reader = await aReader({ lineBytes: 1_000 });
  reader.input.write("x".repeat(1_001));
  await eventually("it is closed", reader.isClosed);
  expect(reader.said()).toMatchObject([{ error: { message: "A line takes up to 1000 bytes." } }]);
});

test("more requests than may be in flight wait unread, and are read as others are answered", async () => {
  const reader = await aReader({ requestsInFlight: 2 });
  for (let id = 1; id <= 5; id++) reader.input.write(`${JSON.stringify(ping(id))}\n`);
  await turn();
  expect(reader.heard).toHaveLength(2);
  await reader.transport.send({ jsonrpc: "2.0", id: 1, result: {} });
  await eventually("one more is heard", () => reader.heard.length === 3);
  reader.transport.send({ jsonrpc: "2.0", id: 2, result: {} });
  reader.transport.send({ jsonrpc: "2.0", id: 3, result: {} });
  await eventually("all are heard", () => reader.heard.length === 5);
});

test("a cancelled request is not waited for", async () => {
  const reader = await aReader({ requestsInFlight: 2 });
  const cancel = { jsonrpc: "2.0", method: "notifications/cancelled", params: { requestId: 1 } };
  for (const message of [ping(1), cancel, ping(2), ping(3)]) reader.input.write(`${JSON.stringify(message)}\n`);
  await turn();
  expect(reader.heard).toEqual([ping(1), cancel, ping(2), ping(3)]);
});

test("a reader that does not read gets no more news, and nothing piles up", async () => {
  const reader = await aReader({ unreadBytes: 10_000 });
  const news = { jsonrpc: "2.0" as const, method: "notifications/resources/list_changed" };
  const sent = Array.from({ length: 5_000 }, () => reader.transport.send(news));
  await turn();
  const said = reader.said();
  expect(said.length).toBeGreaterThan(100);
  expect(JSON.stringify(said).length).toBeLessThan(100_000);
  void Promise.allSettled(sent);
});

test("it ends when its input does", async () => {
  const reader = await aReader();
  reader.input.end();
  await eventually("it is closed", reader.isClosed);
  await expect(reader.transport.send(ping(1))).rejects.toThrow();
});

test("whatever comes in whatever pieces: every line is heard, answered or blank, and none is heard twice", async () => {
  const good = fc.record({
    jsonrpc: fc.constant("2.0" as const),
    id: fc.oneof(fc.integer(), fc.string()),
    method: fc.string({ minLength: 1 }),
    params: fc.dictionary(fc.string(), fc.jsonValue()),
  });
  const line = fc.oneof(
    good,
    fc.jsonValue(),
    fc.string().map((text) => ({ raw: text.replaceAll("\n", "") })),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(line, { maxLength: 20 }), fc.integer({ min: 1, max: 40 }), async (lines, size) => {
      const reader = await aReader({ requestsInFlight: 1_000 });
      const texts = lines.map((one) =>
        typeof one === "object" && one !== null && "raw" in one ? String(one.raw) : JSON.stringify(one),
      );
      const bytes = Buffer.from(texts.map((text) => `${text}\n`).join(""));
      for (let at = 0; at < bytes.length; at += size) reader.input.write(bytes.subarray(at, at + size));
      await turn();
      await turn();
      const blank = texts.filter((text) => text.trim() === "").length;
      expect(reader.heard.length + reader.said().length + blank).toBe(texts.length);
      expect(reader.isClosed()).toBe(false);
    }),
    { numRuns: 300 },
  );
});
