import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import { NOW } from "../../../test/fixtures/queues/a-queue.ts";
import { Refusal } from "../../core/refusal.ts";
import { readSprintQueue } from "./read.ts";

/** Longest time that a hostile file of the largest size may take, in ms, on a slow machine. */
const PATIENCE_MS = 20_000;

const DIRECTORY = join(import.meta.dirname, "../../../test/fixtures/queues");
const FILES = readdirSync(DIRECTORY).filter((name) => name.endsWith(".json"));
const TEXTS = FILES.map((name) => readFileSync(join(DIRECTORY, name), "utf8"));

type Json = null | boolean | number | string | Json[] | { [name: string]: Json };

const odd = fc.oneof(
  fc.jsonValue({ maxDepth: 2 }),
  fc.constantFrom<unknown>("", "\0", "\ud800", "x".repeat(10_000), -1, 1e308, 2 ** 53, "__proto__", [], {}, null),
);

/** Every place in a tree: the list or object that holds it, and its name there. */
function placesOf(tree: Json): [Json[] | Record<string, Json>, string][] {
  if (typeof tree !== "object" || tree === null) return [];
  return Object.entries(tree).flatMap(([name, value]) => [
    [tree, name] as [Json[] | Record<string, Json>, string],
    ...placesOf(value),
  ]);
}

/** Real queues with some of their values, anywhere, replaced, copied over others or renamed. */
const damaged = fc
  .tuple(
    fc.constantFrom(...TEXTS),
    fc.array(fc.tuple(fc.nat(), fc.nat(), odd, fc.constantFrom("replace", "copy", "rename")), {
      minLength: 1,
      maxLength: 5,
    }),
  )
  .map(([text, changes]) => {
    const tree = JSON.parse(text) as Json;
    for (const [at, other, value, how] of changes) change(tree, { at, other, value: value as Json, how });
    return JSON.stringify(tree);
  });

function change(tree: Json, { at, other, value, how }: { at: number; other: number; value: Json; how: string }): void {
  const places = placesOf(tree);
  const [holder, name] = places[at % places.length] ?? [];
  const [from, what] = places[other % places.length] ?? [];
  if (!holder || name === undefined || !from || what === undefined) return;
  const copied = (from as Record<string, Json>)[what] as Json;
  const set = (key: string, to: Json) =>
    Object.defineProperty(holder, key, { value: to, enumerable: true, configurable: true, writable: true });
  if (how === "replace") set(name, value);
  else if (how === "copy") set(name, structuredClone(copied));
  else if (!Array.isArray(holder))
    set(typeof value === "string" ? value.slice(0, 20) : "__proto__", structuredClone(copied));
}

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
