import { expect, test } from "vitest";
import { eventually } from "../../../test/lifecycle/eventually.ts";
import type { Part } from "../stream.ts";
import { watchRunning } from "./watch-running.ts";

/** A daemon that has these many tasks, and tells of events when the test says so. */
function aDaemon() {
  const state = { queued: 0, asked: 0 };
  let tell = () => {};
  let next = Promise.withResolvers<void>();
  tell = () => {
    next.resolve();
    next = Promise.withResolvers();
  };
  const call = async (operation: string) => {
    if (operation !== "task.stats") return { runs: [], approvals: [], agents: [] };
    state.asked += 1;
    return { queued: state.queued };
  };
  async function* follow(): AsyncGenerator<Part> {
    for (let n = 1; ; n++) {
      await next.promise;
      yield { item: {}, next: n };
    }
  }
  return { state, call, follow, tell: () => tell() };
}

test("it is asked anew when something happened, once for much at a time, and not while nothing does", async () => {
  const { state, call, follow, tell } = aDaemon();
  const watching = watchRunning({ call, follow });
  await watching.first;
  expect(state.asked).toBe(1);
  state.queued = 3;
  for (let n = 0; n < 50; n++) {
    tell();
    await new Promise((resolve) => setImmediate(resolve));
  }
  await eventually("what happened is seen", () => watching.seen().tasks.queued === 3);
  expect(state.asked).toBe(2);
  watching.stop();
});

test("what happens while an answer is on its way is asked for again", async () => {
  const { state, call, follow, tell } = aDaemon();
  const held = Promise.withResolvers<void>();
  const slowly = async (operation: string) => {
    const answer = await call(operation);
    // The second answer is old by the time that it comes.
    if (operation === "task.stats" && state.asked === 2) await held.promise;
    return answer;
  };
  const watching = watchRunning({ call: slowly, follow });
  await watching.first;
  tell();
  await eventually("it is asked a second time", () => state.asked === 2);
  state.queued = 7;
  tell();
  await new Promise((resolve) => setImmediate(resolve));
  held.resolve();
  await eventually("what happened meanwhile is seen", () => watching.seen().tasks.queued === 7);
  watching.stop();
});

test("without a daemon the first question fails, and later ones fail the watch", async () => {
  const refused = () => Promise.reject(new Error("no daemon"));
  async function* nothing(): AsyncGenerator<Part> {}
  await expect(watchRunning({ call: refused, follow: nothing }).first).rejects.toThrow("no daemon");
  const { call } = aDaemon();
  const watching = watchRunning({
    call,
    follow: () => {
      throw new Error("gone");
    },
  });
  await watching.first;
  await expect(watching.failed).rejects.toThrow("gone");
});
