/** What may run at once and in which order, with real runs: WIP limits, the host's limit, priorities, needs. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { aHome, type DaemonProcess, type Home, shellAgent } from "./daemon.ts";
import { done, look, settled, submit } from "./tasks.ts";

let home: Home;
let daemon: DaemonProcess;

/** Counts how many of its kind live at once: one line "+" or "-" per start and end, appended whole. */
const counted = (file: string, seconds: number) => `echo + >>${file}; sleep ${seconds}; echo - >>${file}`;

beforeAll(async () => {
  home = aHome(
    shellAgent({
      host: { maxRuns: 5 },
      roles: {
        narrow: { agent: "shell", wipLimit: 2 },
        wide: { agent: "shell", wipLimit: 50 },
        single: { agent: "shell", wipLimit: 1 },
        unlimited: { agent: "shell" },
      },
    }),
  );
  daemon = await home.start();
});

afterAll(() => home[Symbol.asyncDispose]());

/** The most that ever lived at once. */
function peakOf(file: string): number {
  let now = 0;
  let peak = 0;
  for (const line of readFileSync(file, "utf8").trim().split("\n")) {
    now += line === "+" ? 1 : -1;
    peak = Math.max(peak, now);
  }
  expect(now).toBe(0);
  return peak;
}

async function runMany(role: string, count: number, prompt: string): Promise<void> {
  const ids = await Promise.all(Array.from({ length: count }, () => submit(daemon, prompt, { role })));
  for (const taskId of ids) expect((await settled(daemon, taskId)).state).toBe("completed");
}

test("a role's WIP limit is used to the full and never passed", async () => {
  const file = join(home.ledger, "narrow");
  await runMany("narrow", 12, counted(file, 0.1));
  expect(peakOf(file)).toBe(2);
});

test("the host's limit holds over all roles, and is used to the full", async () => {
  const file = join(home.ledger, "host");
  await Promise.all([runMany("wide", 15, counted(file, 0.15)), runMany("narrow", 6, counted(file, 0.15))]);
  expect(peakOf(file)).toBe(5);
});

test("a role that names no limit has the default one", async () => {
  const file = join(home.ledger, "unlimited");
  await runMany("unlimited", 4, counted(file, 0.05));
  expect(peakOf(file)).toBe(1);
});

test("what waits says which limit it waits for", async () => {
  const first = await submit(daemon, "exec sleep 60", { role: "single" });
  const second = await submit(daemon, "echo", { role: "single" });
  await expect.poll(async () => (await look(daemon, first)).state).toBe("running");
  expect(await daemon.call("task.explain", { taskId: second })).toMatchObject({
    reasons: [{ code: "wip_limit", data: { running: 1, limit: 1 } }],
  });
  await daemon.call("task.cancel", { taskId: first });
  expect((await settled(daemon, second)).state).toBe("completed");
});

test("a higher priority goes first, then age", async () => {
  const file = join(home.ledger, "order");
  const blocker = await submit(daemon, `until [ -e ${file} ]; do sleep 0.02; done`, { role: "single" });
  await expect.poll(async () => (await look(daemon, blocker)).state).toBe("running");
  const ids: string[] = [];
  for (const [name, priority] of [
    ["old", 0],
    ["low", -5],
    ["high", 5],
    ["young", 0],
  ] as const) {
    ids.push(await submit(daemon, `echo ${name} >>${file}`, { role: "single", priority }));
  }
  await done(daemon, `touch ${file}`, { role: "wide" });
  for (const taskId of ids) await settled(daemon, taskId);
  expect(readFileSync(file, "utf8")).toBe("high\nold\nyoung\nlow\n");
});

test("a chain of needs runs in order, each after what it needs", async () => {
  const file = join(home.ledger, "chain");
  const keys = ["one", "two", "three", "four"];
  for (const [index, key] of keys.entries()) {
    const needs = keys.slice(Math.max(0, index - 1), index);
    await submit(daemon, `echo ${key} >>${file}`, { key, needs, role: "wide" });
  }
  expect((await settled(daemon, "four")).state).toBe("completed");
  expect(readFileSync(file, "utf8")).toBe("one\ntwo\nthree\nfour\n");
});

test("one that needs several waits for the last of them", async () => {
  const file = join(home.ledger, "several");
  const needs = await Promise.all(
    [0.05, 0.3, 0.1].map((seconds) => submit(daemon, `sleep ${seconds}; echo part >>${file}`, { role: "wide" })),
  );
  await done(daemon, `echo whole >>${file}`, { needs, role: "wide" });
  expect(readFileSync(file, "utf8")).toBe("part\npart\npart\nwhole\n");
});

test("a need that fails does what its edge says", async () => {
  const bad = await submit(daemon, "sleep 0.1; exit 1", { role: "wide", attempts: 1 });
  const [blocked, failing, going] = await Promise.all([
    submit(daemon, "echo", { needs: [bad], role: "wide" }),
    submit(daemon, "echo", { needs: [`${bad}:fail`], role: "wide" }),
    submit(daemon, "echo", { needs: [`${bad}:continue`], role: "wide" }),
  ]);
  expect(await settled(daemon, bad)).toMatchObject({ state: "failed" });
  expect(await settled(daemon, failing)).toMatchObject({ state: "failed", endReason: "need_failed" });
  expect(await settled(daemon, going)).toMatchObject({ state: "completed" });
  expect(await look(daemon, blocked)).toMatchObject({ state: "blocked" });
  const again = await daemon.call<{ taskId: string }>("task.retry", { taskId: bad });
  expect(again).toMatchObject({ retryOf: bad });
  await settled(daemon, again.taskId);
});

test("one that nobody can do never hides what stands behind it", async () => {
  const orphan = await submit(daemon, "echo", { role: "nobody", priority: 100 });
  expect(await done(daemon, "echo", { role: "wide" })).toMatchObject({ state: "completed" });
  expect(await daemon.call("task.explain", { taskId: orphan })).toMatchObject({ reasons: [{ code: "no_agent" }] });
});
