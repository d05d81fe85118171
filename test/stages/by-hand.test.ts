/** What people do to tasks and runs by hand: each is in the history, with who it was and why. */
import { expect, test } from "vitest";
import type { EventListOutput } from "../../src/client/client.ts";
import { aHome, shellAgent } from "../lifecycle/daemon.ts";
import { done, inState, lastRun, look, settled, submit } from "../lifecycle/tasks.ts";

test("changed, cancelled, done again, given up and let go on: the history says by whom and why", async () => {
  await using home = aHome(
    shellAgent({ role: { wipLimit: 1, attempts: 2 }, limits: { backoffFirstSeconds: 600, backoffMaxSeconds: 900 } }),
  );
  const daemon = await home.start();
  const failed = await done(daemon, "exit 77");
  await daemon.call("task.resume", { taskId: failed.taskId, note: "the key is there now" });
  await settled(daemon, failed.taskId);
  const long = await submit(daemon, "sleep 600", { role: "default" });
  await daemon.call("task.update", { taskId: long, priority: 9, reason: "the customer waits" });
  await daemon.call("task.cancel", { taskId: failed.taskId, reason: "not wanted any more" });
  await daemon.call("task.retry", { taskId: failed.taskId, reason: "wanted after all" });
  await inState(daemon, long, "running");
  await daemon.call("run.abandon", { runId: lastRun(await look(daemon, long)).runId, reason: "it hangs" });
  await inState(daemon, long, "scheduled");

  const { events } = await daemon.call<EventListOutput>("event.list", { limit: 500 });
  const said = events.flatMap(({ topic, actor, data }) => {
    const { note, reason } = data as { note?: string; reason?: string };
    const why = note ?? reason;
    return actor.startsWith("person:") && why !== undefined ? [`${topic}: ${why}`] : [];
  });
  expect(said).toEqual([
    "task.resumed: the key is there now",
    "task.updated: the customer waits",
    "task.cancelled: not wanted any more",
    "task.retried: wanted after all",
    "run.stop_requested: it hangs",
  ]);
  expect((await settled(daemon, failed.taskId)).endReason).toBe("not wanted any more");
});
