import { expect, test } from "vitest";
import { silentLog } from "../core/log.ts";
import { createUnread } from "./unread.ts";

function aRoom(maxBytes: number) {
  const told: object[] = [];
  const unread = createUnread(() => maxBytes, { ...silentLog, warn: (_, facts) => told.push(facts ?? {}) });
  const gone: string[] = [];
  const holder = (name: string, bytes: number) => {
    const state = { bytes };
    const free = unread.hold({ unreadBytes: () => state.bytes, letGo: () => gone.push(name) });
    return { state, free };
  };
  return { unread, holder, gone, told };
}

test("nobody is let go as long as all together leave no more than they may", () => {
  const { unread, holder, gone } = aRoom(100);
  holder("one", 60);
  holder("other", 40);
  unread.written();
  expect([gone, unread.isFull()]).toEqual([[], false]);
});

test("whoever leaves most goes first, as many as it takes, each once and with a line in the log", () => {
  const { unread, holder, gone, told } = aRoom(100);
  for (const [name, bytes] of [
    ["a", 40],
    ["b", 90],
    ["c", 30],
    ["d", 50],
  ] as const)
    holder(name, bytes);
  unread.written();
  unread.written();
  expect(gone).toEqual(["b", "d"]);
  expect(told).toEqual([
    { unreadBytes: 90, ofAllBytes: 210, limitBytes: 100 },
    { unreadBytes: 50, ofAllBytes: 120, limitBytes: 100 },
  ]);
});

test("it is full until the memory of those who were let go is free, and then whoever waits hears of it once", () => {
  const { unread, holder } = aRoom(100);
  const big = holder("big", 150);
  holder("small", 10);
  unread.written();
  let heard = 0;
  unread.whenRoom(() => {
    heard += 1;
  });
  unread.read();
  expect([unread.isFull(), heard]).toEqual([true, 0]);
  big.free();
  expect([unread.isFull(), heard]).toEqual([false, 1]);
  unread.read();
  expect(heard).toBe(1);
});
