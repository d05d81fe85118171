import { expect, test } from "vitest";
import { ada } from "../../../test/builders.ts";
import { testClock } from "../../../test/clock.ts";
import { eventually } from "../../../test/lifecycle/eventually.ts";
import { Refusal, refuse } from "../../core/refusal.ts";
import { anApp, OWNER } from "./rest.testing.ts";

/** Reads until that text has come, or the end. */
async function readUntil(response: Response, end?: string) {
  const reader = (response.body as ReadableStream<Uint8Array>).getReader();
  let text = "";
  while (end === undefined || !text.includes(end)) {
    const { done, value } = await reader.read();
    if (done) break;
    text += new TextDecoder().decode(value);
  }
  return { text, reader };
}

test("each part is an event whose id says where to go on, and the last says that nothing more comes", async () => {
  const { ask, seen } = anApp();
  seen.parts.push({ n: 1 }, { mark: "gap", next: 4 }, { n: 5 }, "end");
  const answer = await ask("/api/v1/numbers/stream");
  expect(answer.headers.get("content-type")).toBe("text/event-stream");
  expect((await readUntil(answer)).text).toBe(
    [
      "retry: 1000\n\n",
      'id: 1\nevent: item\ndata: {"n":1}\n\n',
      'id: 4\nevent: gap\ndata: {"next":4}\n\n',
      'id: 5\nevent: item\ndata: {"n":5}\n\n',
      "event: ended\ndata: {}\n\n",
    ].join(""),
  );
  expect(seen.streams).toBe(0);
});

test("a reader that comes back goes on where it stood, whatever its address says", async () => {
  const { ask, seen } = anApp();
  seen.parts.push({ n: 1 }, { n: 2 }, { n: 3 }, "end");
  const again = await ask("/api/v1/numbers/stream?after=0", { headers: { "last-event-id": "2" } });
  const { text } = await readUntil(again);
  expect(text).toContain("id: 3\n");
  expect(text).not.toContain("id: 2\n");
  const wrong = await ask("/api/v1/numbers/stream", { headers: { "last-event-id": "two" } });
  expect(wrong.status).toBe(400);
});

test("an operation with one answer streams to those who ask for events, and only to them", async () => {
  const { ask, seen } = anApp();
  seen.parts.push({ n: 7 }, "end");
  expect(await (await ask("/api/v1/numbers?after=6")).json()).toEqual({ after: 6 });
  const streamed = await ask("/api/v1/numbers?after=6", { headers: { accept: "text/event-stream" } });
  expect((await readUntil(streamed)).text).toContain("id: 7\n");
});

test("what a stream refuses before it begins is a problem; what breaks later is an event", async () => {
  const { ask, seen } = anApp();
  expect((await ask("/api/v1/numbers/stream?after=x")).status).toBe(400);
  seen.parts.push({ n: 1 }, new Refusal("unavailable", "The store is away."));
  const { text } = await readUntil(await ask("/api/v1/numbers/stream"));
  expect(text).toContain('event: error\ndata: {"type":"urn:steward:refusal:unavailable"');
  expect(text).not.toContain("event: ended");
});

test("a reader that goes away ends its stream", async () => {
  const { ask, seen } = anApp();
  seen.parts.push({ n: 1 });
  const { reader } = await readUntil(await ask("/api/v1/numbers/stream"), "id: 1");
  expect(seen.streams).toBe(1);
  await reader.cancel();
  await eventually("its stream has ended", () => seen.streams === 0);
});

test("a daemon that stops ends every stream without saying that nothing more comes", async () => {
  const { app, ask, seen } = anApp();
  seen.parts.push({ n: 1 });
  const { text, reader } = await readUntil(await ask("/api/v1/numbers/stream"), "id: 1");
  app.abortAll();
  expect(await reader.read()).toEqual({ done: true, value: undefined });
  expect(text).not.toContain("ended");
});

test("a quiet stream beats", async () => {
  const clock = testClock();
  const { ask } = anApp({ clock });
  const answer = await ask("/api/v1/numbers/stream");
  const reader = (answer.body as ReadableStream<Uint8Array>).getReader();
  await reader.read();
  for (let beat = 0; beat < 3; beat++) {
    clock.advance(15_000);
    expect(new TextDecoder().decode((await reader.read()).value)).toBe(":\n\n");
  }
  await reader.cancel();
});

test("a reader that does not read is dropped with a word, and nothing more is kept for it", async () => {
  const clock = testClock();
  let cutOff = false;
  const { app, seen } = anApp({ clock, limits: { streamBufferBytes: 1_000 } });
  const pad = "x".repeat(2_000);
  seen.parts.push({ n: 1, pad }, { n: 2, pad }, { n: 3, pad });
  const env = { outgoing: { destroy: () => (cutOff = true) } };
  const headers = { host: "localhost", authorization: "Bearer stw_owner-of-the-house" };
  const answer = await app.request("http://localhost/api/v1/numbers/stream", { headers }, env as object);
  await new Promise(setImmediate);
  clock.advance(30_000);
  await eventually("the stream behind it has ended", () => seen.streams === 0);
  const { text } = await readUntil(answer);
  expect(text).toContain("id: 1\nevent: item");
  expect(text).not.toContain("id: 2\n");
  expect(text).toMatch(/id: 1\nevent: dropped\ndata: \{"next":1\}\n\n$/);
  clock.advance(1_000);
  await new Promise(setImmediate);
  expect(cutOff).toBe(false);
});

test("one that does not even read that is cut off", async () => {
  const clock = testClock();
  const cut = Promise.withResolvers<void>();
  const { app, seen } = anApp({ clock, limits: { streamBufferBytes: 1_000 } });
  seen.parts.push({ n: 1, pad: "x".repeat(2_000) }, { n: 2 });
  const env = { outgoing: { destroy: () => cut.resolve() } };
  const headers = { host: "localhost", authorization: "Bearer stw_owner-of-the-house" };
  await app.request("http://localhost/api/v1/numbers/stream", { headers }, env as object);
  await new Promise(setImmediate);
  clock.advance(30_000);
  await eventually("the stream behind it has ended", () => seen.streams === 0);
  clock.advance(1_000);
  await cut.promise;
});

test("one address has so many streams and no more; one that ends makes room", async () => {
  const { ask, seen } = anApp({ limits: { streamsPerAddress: 2 } });
  seen.parts.push({ n: 1 });
  const open = (peer: string) => ask("/api/v1/numbers/stream", { peer });
  const first = await open("10.0.0.1");
  await open("10.0.0.1");
  const third = await open("10.0.0.1");
  expect([third.status, third.headers.has("retry-after")]).toEqual([429, true]);
  expect((await open("10.0.0.2")).status).toBe(200);
  await first.body?.cancel();
  expect((await open("10.0.0.1")).status).toBe(200);
});

/** Whose only token is good until it is taken back. */
function aTokenThatEnds(limits = {}) {
  const clock = testClock();
  let isGood = true;
  const authenticate = async () => (isGood ? ada : refuse("unauthenticated", "This token was revoked."));
  const takeBack = async () => {
    isGood = false;
    clock.advance(1_000);
    await new Promise(setImmediate);
  };
  return { clock, takeBack, ...anApp({ clock, authenticate, limits }) };
}

test("a stream ends within a second of its token, gives nothing more, and says why", async () => {
  const { ask, seen, clock, takeBack } = aTokenThatEnds();
  seen.parts.push({ n: 1 });
  const answer = await ask("/api/v1/numbers/stream");
  clock.advance(5_000);
  await new Promise(setImmediate);
  expect(seen.streams).toBe(1);
  await takeBack();
  const { text } = await readUntil(answer);
  expect(text).toMatch(/id: 1\nevent: item.*\n\nevent: error\ndata: \{.*"code":"unauthenticated".*\}\n\n$/s);
  expect(seen.streams).toBe(0);
});

test("one whose reader does not read ends then too, and is cut off", async () => {
  const { app, seen, clock, takeBack } = aTokenThatEnds({ streamBufferBytes: 1_000 });
  const cut = Promise.withResolvers<void>();
  seen.parts.push({ n: 1, pad: "x".repeat(2_000) }, { n: 2 });
  const env = { outgoing: { destroy: () => cut.resolve() } };
  await app.request("http://localhost/api/v1/numbers/stream", { headers: OWNER }, env as object);
  await new Promise(setImmediate);
  await takeBack();
  await eventually("the stream behind it has ended", () => seen.streams === 0);
  clock.advance(1_000);
  await cut.promise;
});
