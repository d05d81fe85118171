import { expect, test } from "vitest";
import { plenty } from "../../../test/builders.ts";
import { testClock } from "../../../test/clock.ts";
import { eventually } from "../../../test/lifecycle/eventually.ts";
import { Refusal } from "../../core/refusal.ts";
import { boundedReader } from "./slow-reader.ts";

function aStream(unreadBytes: number) {
  const clock = testClock();
  let source: ReadableStreamDefaultController<Uint8Array> | undefined;
  const state = { ended: 0, cancelled: false };
  const body = new ReadableStream<Uint8Array>({
    start: (controller) => {
      source = controller;
    },
    cancel: () => {
      state.cancelled = true;
    },
  });
  const onEnd = () => {
    state.ended += 1;
  };
  let tellLapse = (_: Refusal) => {};
  const lapse = (tell: (why: Refusal) => void) => {
    tellLapse = tell;
    return () => {
      tellLapse = () => {};
    };
  };
  const headers = { "content-type": "text/event-stream" };
  const options = { unreadBytes, stallMs: 1_000, clock, lapse, unread: plenty, onEnd };
  const response = boundedReader(new Response(body, { headers }), options);
  return {
    clock,
    state,
    reader: response.body?.getReader() as ReadableStreamDefaultReader<Uint8Array>,
    say: (bytes: number) => source?.enqueue(new Uint8Array(bytes)),
    end: () => source?.close(),
    lapses: () => tellLapse(new Refusal("unauthenticated", "This token was revoked.")),
  };
}

test("what is read flows, however much it is, and the end is told once", async () => {
  const { reader, say, end, state } = aStream(100);
  for (let n = 0; n < 20; n++) {
    say(90);
    expect((await reader.read()).value?.length).toBe(90);
  }
  say(5_000);
  expect((await reader.read()).value?.length).toBe(5_000);
  end();
  expect((await reader.read()).done).toBe(true);
  expect(state).toEqual({ ended: 1, cancelled: false });
});

test("a reader that leaves too much unread is dropped, and its source is told", async () => {
  const { reader, say, state } = aStream(100);
  for (let n = 0; n < 5; n++) say(90);
  await eventually("it is dropped", () => state.cancelled);
  expect(state.ended).toBe(1);
  await expect(reader.read()).rejects.toThrow();
});

test("a reader that reads nothing for too long is dropped", async () => {
  const { clock, say, state } = aStream(1_000);
  say(10);
  await new Promise((resolve) => setImmediate(resolve));
  clock.advance(999);
  expect(state.cancelled).toBe(false);
  clock.advance(1);
  await eventually("it is dropped", () => state.cancelled);
});

test("one that reads in time is not", async () => {
  const { clock, reader, say, state } = aStream(1_000);
  for (let n = 0; n < 5; n++) {
    say(10);
    await new Promise((resolve) => setImmediate(resolve));
    clock.advance(900);
    await reader.read();
    await new Promise((resolve) => setImmediate(resolve));
  }
  expect(state).toEqual({ ended: 0, cancelled: false });
});

test("a stream whose token lapses ends with a word about why, and its source is told", async () => {
  const { reader, say, lapses, state } = aStream(100);
  say(10);
  await reader.read();
  lapses();
  expect(new TextDecoder().decode((await reader.read()).value)).toMatch(
    /^event: error\ndata: \{.*"detail":"This token was revoked\.","code":"unauthenticated".*\}\n\n$/,
  );
  expect((await reader.read()).done).toBe(true);
  expect(state).toEqual({ ended: 1, cancelled: true });
});

test("one that does not read what it has is cut off then", async () => {
  const { reader, say, lapses, state } = aStream(100);
  say(10);
  await new Promise((resolve) => setImmediate(resolve));
  lapses();
  await expect(reader.read()).rejects.toThrow();
  expect(state).toEqual({ ended: 1, cancelled: true });
});
