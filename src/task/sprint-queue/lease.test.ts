import { describe, expect, test } from "vitest";
import { minutesAgo, NOW, readTasks, said, taskOf } from "../../../test/fixtures/queues/a-queue.ts";

function readLeased(lease: unknown, status = "in_progress") {
  return readTasks([{ id: "A", title: "A", priority: 1, status, lease }]);
}

describe("an active task whose lease is live is left to whoever holds it", () => {
  test.each([
    ["ttl in seconds", { agent: "builder", ttl: 5400, last_heartbeat: minutesAgo(80) }],
    ["ttl in minutes", { agent: "builder", ttl: 90, last_heartbeat: minutesAgo(80) }],
    ["ttl as text", { agent: "builder", ttl: "5400", last_heartbeat: minutesAgo(80) }],
    ["no ttl", { agent: "builder", last_heartbeat: minutesAgo(80) }],
    ["ttl_seconds", { owner: "agent-daemon-builder", ttl_seconds: 300, heartbeat_at: minutesAgo(4) }],
    ["only when it was acquired", { owner: "me", acquired: minutesAgo(80), ttl: 5400 }],
    ["a heartbeat in the future", { owner: "me", last_heartbeat: minutesAgo(-5), ttl: 5400 }],
    ["exactly as old as its ttl", { owner: "me", last_heartbeat: minutesAgo(90), ttl: 5400 }],
  ])("%s", (_, lease) => {
    const queue = readLeased(lease);
    expect(taskOf(queue, "A")).toMatchObject({ state: "parked", parkedReason: "person" });
    expect(said("warnings", queue, "A").join()).toContain("parked for a person");
  });
});

describe("an active task whose lease is not live goes back to where it waited", () => {
  test.each([
    ["none", null],
    ["an empty text", ""],
    ["a text", "builder"],
    ["ttl in seconds, over", { agent: "builder", ttl: 1800, last_heartbeat: minutesAgo(31) }],
    ["ttl in minutes, over", { agent: "builder", ttl: 90, last_heartbeat: minutesAgo(91) }],
    ["ttl_seconds is never read as minutes", { owner: "me", ttl_seconds: 90, heartbeat_at: minutesAgo(2) }],
    ["no heartbeat", { owner: "me", ttl: 5400 }],
    ["a heartbeat without an offset", { owner: "me", ttl: 5400, last_heartbeat: "2025-10-03T11:59:00" }],
    ["a heartbeat that is no time", { owner: "me", ttl: 5400, last_heartbeat: "now" }],
    ["a ttl that would never end", { owner: "me", ttl: 1e300, last_heartbeat: minutesAgo(91) }],
    ["given back", { owner: "me", ttl: 5400, last_heartbeat: minutesAgo(1), completed_at: minutesAgo(1) }],
  ])("%s", (_, lease) => {
    const queue = readLeased(lease);
    expect(taskOf(queue, "A")).toMatchObject({ state: "queued", role: "builder", heldBy: null });
    expect(said("normalised", queue, "tasks[0].status").join()).toContain("orphaned");
  });
});

test("the note of a leased task says who holds it and until when", () => {
  const task = taskOf(readLeased({ owner: "agent-7", ttl: 3600, last_heartbeat: minutesAgo(30) }), "A");
  expect(task.parkedNote).toBe("agent-7 holds a lease on it until 2025-10-03T12:30:00.000Z");
  expect(task.heldBy).toEqual({ holder: "agent-7", until: NOW + 30 * 60_000 });
});

test("reading a ttl as minutes is noted with its place", () => {
  const queue = readLeased({ owner: "me", ttl: 90, last_heartbeat: minutesAgo(91) });
  expect(said("normalised", queue, "tasks[0].lease.ttl")).toEqual(["the ttl 90 is read as minutes: 5400 seconds"]);
});

test("a finished task is finished, whatever lease was left on it", () => {
  const queue = readLeased({ owner: "me", ttl: 5400, last_heartbeat: minutesAgo(1) }, "done");
  expect(taskOf(queue, "A")).toMatchObject({ state: "completed", heldBy: null });
});

test("a ready task with a live lease was taken by somebody who has not said so yet", () => {
  const queue = readLeased({ owner: "me", ttl: 5400, last_heartbeat: minutesAgo(1) }, "ready");
  expect(taskOf(queue, "A").state).toBe("parked");
});
