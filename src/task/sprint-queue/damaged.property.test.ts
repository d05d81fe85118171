import fc from "fast-check";
import { expect, test } from "vitest";
import { NOW } from "../../../test/fixtures/queues/a-queue.ts";
import { damaged } from "../../../test/fixtures/queues/damaged.ts";
import { Refusal } from "../../core/refusal.ts";
import { readSprintQueue } from "./read.ts";

/** Longest time that a hostile file of the largest size may take, in ms, on a slow machine. */
const PATIENCE_MS = 20_000;

test("a real queue with anything in it changed is read, with all its keys apart, or refused", () => {
  fc.assert(
    fc.property(damaged, (text) => {
      try {
        const { tasks, report } = readSprintQueue(text, { now: NOW });
        expect(new Set(tasks.map(({ key }) => key)).size).toBe(tasks.length);
        expect(report.counts.tasks).toBe(tasks.length);
      } catch (error) {
        if (!(error instanceof Refusal)) throw error;
        expect(["invalid_input", "too_large"]).toContain(error.code);
      }
    }),
    { numRuns: 600 },
  );
});

const chain = (count: number, needs: (n: number) => string[]) =>
  JSON.stringify({
    tasks: Array.from({ length: count }, (_, n) => ({ id: `t${n}`, status: "ready", dependencies: needs(n) })),
  });
const nested = (levels: number): object => ({
  id: `n${levels}`,
  status: "ready",
  ...(levels > 0 && { subtasks: [nested(levels - 1)] }),
});

test.each([
  ["one circle of ten thousand", chain(10_000, (n) => [`t${(n + 1) % 10_000}`])],
  ["a line of ten thousand", chain(10_000, (n) => (n > 0 ? [`t${n - 1}`] : []))],
  ["everybody needs the first three hundred", chain(3_000, () => Array.from({ length: 300 }, (_, n) => `t${n}`))],
  ["sub-tasks in sub-tasks, as deep as a file may be", JSON.stringify({ tasks: [nested(30)] })],
  ["sub-tasks too deep", JSON.stringify({ tasks: [nested(1_000)] })],
  ["brackets without an end", "[".repeat(8_000_000)],
  ["names without an end", '{"a":'.repeat(1_500_000)],
  [
    "one text of eight megabytes",
    JSON.stringify({ tasks: [{ id: "a", status: "ready", title: "x".repeat(8_000_000) }] }),
  ],
  ["a million empty tasks", `{"tasks":[${"{},".repeat(1_000_000)}{}]}`],
  ["numbers nobody can keep", `{"tasks":[${"1e999,".repeat(300_000)}1]}`],
  ["more than there may be", " ".repeat(9_000_000)],
])("%s: answered soon", (_, text) => {
  const before = performance.now();
  try {
    readSprintQueue(text, { now: NOW });
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
  }
  expect(performance.now() - before).toBeLessThan(PATIENCE_MS);
});
