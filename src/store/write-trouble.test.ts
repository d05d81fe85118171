import { expect, test } from "vitest";
import { testClock } from "../../test/clock.ts";
import { Refusal } from "../core/refusal.ts";
import type { Store } from "./store.ts";
import { watchWrites } from "./write-trouble.ts";

const full = () => new Refusal("unavailable", "The store has no room left on its disk.");

/** Its next write ends so; `change` is a commit that changes something. */
function aStore() {
  const clock = testClock();
  const listeners: (() => void)[] = [];
  const next: { end: () => Promise<unknown> } = { end: async () => undefined };
  const bare = { write: () => next.end(), onCommit: (listener: () => void) => listeners.push(listener) };
  const { store, problem } = watchWrites(bare as unknown as Store, clock);
  const write = (end: () => Promise<unknown>) => {
    next.end = end;
    return store.write(async () => undefined);
  };
  return { clock, problem, write, change: () => listeners.map((listener) => listener()) };
}

test("a write that the store cannot take is told until something is written", async () => {
  const { problem, write, change } = aStore();
  expect(problem()).toBeUndefined();
  await expect(write(() => Promise.reject(full()))).rejects.toMatchObject({ code: "unavailable" });
  await write(async () => "nothing was changed");
  expect(problem()).toBe("Writes failed within the last minute: The store has no room left on its disk.");
  change();
  expect(problem()).toBeUndefined();
});

test("it is told for a minute when nothing is written at all", async () => {
  const { problem, write, clock } = aStore();
  await write(() => Promise.reject(full())).catch(() => {});
  clock.advance(59_000);
  expect(problem()).toBeDefined();
  clock.advance(1_000);
  expect(problem()).toBeUndefined();
});

test("what a caller may not do is no trouble of the store", async () => {
  const { problem, write } = aStore();
  const refused = write(() => Promise.reject(new Refusal("conflict", "It is done already.")));
  await expect(refused).rejects.toMatchObject({ code: "conflict" });
  expect(problem()).toBeUndefined();
});
