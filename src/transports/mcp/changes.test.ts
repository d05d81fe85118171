import { expect, test } from "vitest";
import { testClock } from "../../../test/clock.ts";
import { eventually } from "../../../test/lifecycle/eventually.ts";
import { silentLog } from "../../core/log.ts";
import type { StreamPart } from "../../core/stream.ts";
import { BREATH_MS, type Change, createChanges } from "./changes.ts";

/** A watch whose parts the test gives, one after the other. */
function aWatch() {
  const asked: (number | undefined)[] = [];
  let waiting: ((part: StreamPart | undefined) => void) | undefined;
  const parts: (StreamPart | undefined)[] = [];
  const clock = testClock();
  const told: Change[] = [];
  const changes = createChanges({
    clock,
    log: silentLog,
    newest: async () => 7,
    watch: async (after, signal) => {
      asked.push(after);
      signal.addEventListener("abort", () => waiting?.(undefined));
      return (async function* () {
        for (;;) {
          const part =
            parts.length > 0 ? parts.shift() : await new Promise<StreamPart | undefined>((give) => (waiting = give));
          if (!part) return;
          yield part;
        }
      })();
    },
  });
  const say = (part: StreamPart | undefined) => {
    const give = waiting;
    waiting = undefined;
    if (give) give(part);
    else parts.push(part);
  };
  let number = 7;
  return {
    clock,
    changes,
    told,
    asked,
    listen: () => changes.subscribe((change) => told.push(change)),
    event: (topic: string, taskId: string | null, runId: string | null = null) =>
      say({ item: { topic, taskId, runId }, next: ++number }),
    end: () => say(undefined),
    gap: () => say({ mark: "gap", next: ++number }),
    /** Lets what was said arrive, then lets time pass. */
    async pass(ms: number) {
      await new Promise((resolve) => setImmediate(resolve));
      clock.advance(ms);
      await new Promise((resolve) => setImmediate(resolve));
    },
  };
}

test("a flood of events is told once in a breath, each resource once", async () => {
  const watch = aWatch();
  watch.listen();
  await eventually("it watches from what is known", () => watch.asked[0] === 7);
  for (let n = 0; n < 50; n++) watch.event("task.updated", "task-1");
  await watch.pass(0);
  for (let n = 0; n < 50; n++) watch.event("task.submitted", `task-${n}`);
  await watch.pass(BREATH_MS - 1);
  expect(watch.told).toHaveLength(1);
  expect(watch.told[0]).toEqual({
    listed: false,
    uris: new Set(["steward://events", "steward://tasks", "steward://tasks/task-1"]),
  });
  await watch.pass(1);
  expect(watch.told).toHaveLength(2);
  expect(watch.told[1]?.listed).toBe(true);
  expect(watch.told[1]?.uris?.size).toBe(52);
});

test("after a gap everything may have changed", async () => {
  const watch = aWatch();
  watch.listen();
  await eventually("it watches", () => watch.asked.length === 1);
  watch.event("run.ended", "task-1", "run-1");
  watch.gap();
  await watch.pass(0);
  expect(watch.told).toEqual([{ listed: true, uris: undefined }]);
});

test("a watch that ends is opened again where it stood, and nothing is told twice", async () => {
  const watch = aWatch();
  watch.listen();
  await eventually("it watches", () => watch.asked.length === 1);
  watch.event("run.started", "task-3", "run-3");
  await watch.pass(0);
  watch.end();
  await watch.pass(0);
  expect(watch.asked).toEqual([7]);
  await watch.pass(BREATH_MS);
  expect(watch.asked).toEqual([7, 8]);
  expect(watch.told).toHaveLength(1);
});

test("nobody listens, nothing is watched", async () => {
  const watch = aWatch();
  const stop = watch.listen();
  await eventually("it watches", () => watch.asked.length === 1);
  stop();
  watch.event("task.submitted", "task-9");
  await watch.pass(10 * BREATH_MS);
  expect(watch.told).toEqual([]);
  expect(watch.asked).toHaveLength(1);
});
