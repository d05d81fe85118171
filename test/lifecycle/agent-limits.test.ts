/** Limits of an account, with a real daemon: nothing is tried in vain, one task goes first, and everybody is told. */
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { steward } from "./command-line.ts";
import { aHome, type DaemonProcess, shellAgent } from "./daemon.ts";
import { eventually } from "./eventually.ts";
import { inState, look, settled, submit } from "./tasks.ts";
import { aTwoWayHome, told } from "./two-way.ts";

interface Agents {
  readonly agents: { readonly limit: { readonly until: string; readonly runId: string | null } | null }[];
}

const limitOf = async (daemon: DaemonProcess) => (await daemon.call<Agents>("agent.list")).agents[0]?.limit;
const runs = async (daemon: DaemonProcess) =>
  (await daemon.call<{ runs: { taskId: string }[] }>("run.list", { limit: 100 })).runs;

/** The agent is limited for so many seconds, in the words of the protocol's errors. */
const limitFor = (seconds: number) => `fail 429 rate limit reached, try again in ${seconds} seconds`;

test("one task meets the limit, the others wait for its end unstarted, one tries first, and its first word lets all follow", async () => {
  await using home = aTwoWayHome({ agent: { permissions: "yolo" } });
  const daemon = await home.start();
  const go = join(home.ledger, "go");
  const first = await submit(daemon, limitFor(10));
  await inState(daemon, first, "parked");
  // Before the one that was parked, which would be limited again.
  const others = [];
  for (let n = 0; n < 3; n++) others.push(await submit(daemon, `say Hello.\nask true\nwait ${go}`, { priority: 1 }));
  expect(await limitOf(daemon)).toMatchObject({ runId: null });
  expect(await runs(daemon)).toHaveLength(1);
  const [explained, status, list, ps] = [
    await daemon.call<{ sentence: string }>("task.explain", { taskId: others[0] }),
    await daemon.call<{ problems: string[] }>("daemon.status"),
    await steward(home, "agent", "list"),
    await steward(home, "ps"),
  ];
  expect(explained.sentence).toContain('The agent "fake" is at its limit until');
  expect(status.problems).toContainEqual(expect.stringContaining('The agent "fake" is at its limit until'));
  expect(list.out).toContain("at its limit until");
  expect(ps.out).toContain("fake: at its limit until");

  // The word of the one that tries is what the others wait for: it has not ended.
  await eventually("all of them run", async () => (await runs(daemon)).length >= 4);
  expect((await look(daemon, others[0] ?? "")).state).toBe("running");
  expect(told(home, "run-2").map(({ type }) => type)).toContain("text");
  writeFileSync(go, "");
  for (const task of others) expect(await settled(daemon, task)).toMatchObject({ state: "completed" });
});

test("a daemon that was killed while one tries lets no second one through, and the others follow when that one speaks", async () => {
  await using home = aTwoWayHome({ agent: { permissions: "yolo" } });
  let daemon = await home.start();
  const [go, speaks] = [join(home.ledger, "go"), join(home.ledger, "speaks")];
  await inState(daemon, await submit(daemon, limitFor(1)), "parked");
  const words = `wait ${speaks}\nsay Hello.\nask true\nwait ${go}`;
  const others = [await submit(daemon, words, { priority: 1 }), await submit(daemon, words, { priority: 1 })];
  await eventually("it works", () => told(home, "run-2").some(({ type }) => type === "started"));
  await daemon.kill("SIGKILL");
  daemon = await home.start();
  expect(await limitOf(daemon)).toMatchObject({ runId: "run-2" });
  expect(await runs(daemon)).toHaveLength(2);
  writeFileSync(speaks, "");
  await inState(daemon, others[1] ?? "", "running");
  expect(await limitOf(daemon)).toBeNull();
  writeFileSync(go, "");
});

test("`agent test` that passes opens it before its time", async () => {
  await using home = aHome(shellAgent());
  const daemon = await home.start();
  const spent = join(home.ledger, "spent");
  const words = `[ -e ${spent} ] || { touch ${spent}; exit 75; }`;
  await inState(daemon, await submit(daemon, words), "parked");
  const next = await submit(daemon, words);
  expect(await limitOf(daemon)).not.toBeNull();
  expect(await daemon.call("agent.test", { agent: "shell", waitMs: 20_000 })).toMatchObject({ healthy: true });
  expect(await settled(daemon, next)).toMatchObject({ state: "completed" });
  expect(await limitOf(daemon)).toBeNull();
  expect(existsSync(spent)).toBe(true);
});
