import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { NOW } from "../../../test/fixtures/queues/a-queue.ts";
import { anyQueue as queue } from "../../../test/fixtures/queues/any-queue.ts";
import { Refusal } from "../../core/refusal.ts";
import { claimable } from "./claimable.ts";
import { readSprintQueue, type SprintQueue } from "./read.ts";

function readOrRefusal(text: string): SprintQueue | Refusal {
  try {
    return readSprintQueue(text, { now: NOW });
  } catch (error) {
    if (error instanceof Refusal) return error;
    throw error;
  }
}

describe("whatever the text is, it is read or refused", () => {
  test("any text", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 200 }), (text) => void readOrRefusal(text)),
      { numRuns: 500 },
    );
  });

  test("any JSON value", () => {
    fc.assert(
      fc.property(fc.json(), (text) => void readOrRefusal(text)),
      { numRuns: 500 },
    );
  });

  test("a queue cut off anywhere, or with one character changed", () => {
    const damaged = fc.tuple(queue, fc.nat(), fc.string({ maxLength: 2 })).map(([value, at, instead]) => {
      const text = JSON.stringify(value);
      const place = at % text.length;
      return [text.slice(0, place), text.slice(0, place) + instead + text.slice(place + 1)];
    });
    fc.assert(
      fc.property(damaged, (texts) => texts.forEach((text) => void readOrRefusal(text))),
      { numRuns: 300 },
    );
  });
});

describe("in every queue", () => {
  const forAll = (check: (read: SprintQueue, value: { tasks: unknown[] }) => void) =>
    fc.assert(
      fc.property(queue, (value) => {
        const written = JSON.parse(JSON.stringify(value)) as { tasks: unknown[] };
        const read = readOrRefusal(JSON.stringify(value));
        if (read instanceof Refusal) throw read;
        check(read, written);
      }),
      { numRuns: 400 },
    );

  test("every task is read, or left out with a warning at its place", () => {
    forAll(({ tasks, leftOut, report }, value) => {
      expect(new Set(tasks.map(({ key }) => key)).size).toBe(tasks.length);
      expect([...tasks.map(({ source }) => source.at), ...leftOut.map(({ at }) => at)].toSorted()).toEqual(
        placesOf(value.tasks, "tasks").toSorted(),
      );
      for (const { at } of leftOut)
        expect(report.warnings.some((note) => note.at === at || note.at === `${at}.id`)).toBe(true);
    });
  });

  test("needs and parents point to tasks, and nothing waits for itself in any way", () => {
    forAll(({ tasks }) => {
      const byKey = new Map(tasks.map((one) => [one.key, one]));
      for (const { needs, parent } of tasks) {
        for (const key of parent === null ? needs : [...needs, parent]) expect(byKey.has(key)).toBe(true);
      }
      expect(withoutEnd(tasks)).toEqual([]);
    });
  });

  test("a state is what the needs say, and what waits for a person says why", () => {
    forAll(({ tasks }) => {
      const state = new Map(tasks.map((one) => [one.key, one.state]));
      for (const one of tasks) {
        const open = one.needs.some((key) => state.get(key) !== "completed");
        if (one.state === "queued") expect(open || one.rollsUp).toBe(false);
        if (one.state === "blocked") expect(open || one.rollsUp).toBe(true);
        expect(one.state === "parked").toBe(Boolean(one.parkedNote));
      }
    });
  });

  test("titles and prompts are whole characters without NUL, and the export's material is unchanged", () => {
    forAll(({ tasks, header }, value) => {
      for (const { title, prompt } of tasks) {
        expect(
          title.length > 0 && title.isWellFormed() && prompt.isWellFormed() && !`${title}${prompt}`.includes("\0"),
        ).toBe(true);
      }
      const { tasks: _, ...rest } = value;
      expect(JSON.stringify(header)).toBe(JSON.stringify(rest));
    });
  });

  test("what is claimable is queued, and never more than the limit", () => {
    forAll((read) => {
      const state = new Map(read.tasks.map((one) => [one.key, one.state]));
      for (const [role, keys] of Object.entries(claimable(read))) {
        expect(keys.length).toBeLessThanOrEqual(Object.hasOwn(read.wipLimits, role) ? (read.wipLimits[role] ?? 0) : 1);
        for (const key of keys) expect(state.get(key)).toBe("queued");
      }
    });
  });
});

function placesOf(list: readonly unknown[], path: string): string[] {
  return list.flatMap((raw, index) => {
    const at = `${path}[${index}]`;
    const subtasks = typeof raw === "object" && raw !== null && "subtasks" in raw ? raw.subtasks : undefined;
    return [at, ...(Array.isArray(subtasks) ? placesOf(subtasks, `${at}.subtasks`) : [])];
  });
}

/** Keys that are left when again and again those are taken away that wait for nothing that is left. */
function withoutEnd(tasks: SprintQueue["tasks"]): string[] {
  const left = new Map(tasks.map((one) => [one.key, one]));
  const isFinal = (state: string) => ["completed", "failed", "cancelled"].includes(state);
  for (let before = -1; before !== left.size; ) {
    before = left.size;
    for (const one of [...left.values()]) {
      const children = isFinal(one.state) ? [] : [...left.values()].filter(({ parent }) => parent === one.key);
      if (children.length === 0 && !one.needs.some((key) => left.has(key))) left.delete(one.key);
    }
  }
  return [...left.keys()];
}
