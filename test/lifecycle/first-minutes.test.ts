/** What somebody sees of their first agents, with a real daemon: who is there, what a test leaves, what an answer tells. */
import { expect, test } from "vitest";
import { steward } from "./command-line.ts";
import { eventually } from "./eventually.ts";
import { settled, submit } from "./tasks.ts";
import { asked, aTwoWayHome, told } from "./two-way.ts";

test("an agent that asks for leave in its test has passed it, and so has its task", async () => {
  await using home = aTwoWayHome({ agent: { env: { FAKE_ACP_ALWAYS: "ask touch it" } } });
  const daemon = await home.start();
  const { healthy, taskId } = await daemon.call<{ healthy: boolean; taskId: string }>("agent.test", {
    agent: "fake",
    waitMs: 60_000,
  });
  expect(healthy).toBe(true);
  expect(await settled(daemon, taskId)).toMatchObject({ state: "completed", runs: [{ outcome: "completed" }] });
  const { code, out } = await steward(home, "task", "list");
  expect({ code, out }).toEqual({ code: 0, out: expect.stringMatching(/task-1 +completed/) });
});

test("why somebody said no is told in the run's events, in the words of `run`, and with the approval", async () => {
  await using home = aTwoWayHome();
  const daemon = await home.start();
  const taskId = await submit(daemon, "ask touch it\nsay Bye.");
  const { approvalId } = await asked(daemon);
  await steward(home, "approval", "deny", approvalId, "--note", "Run the tests first.");
  expect(await settled(daemon, taskId)).toMatchObject({ state: "completed" });
  const permissions = told(home).filter(({ type }) => type === "permission");
  expect(permissions).toMatchObject([
    { state: "asked", note: null },
    { state: "denied", note: "Run the tests first." },
  ]);
  const { out } = await steward(home, "attach", taskId);
  expect(out).toContain(`⊘ ${approvalId}: denied\n    said: Run the tests first.\n`);
  expect((await steward(home, "approval", "show", approvalId)).out).toContain("Run the tests first.");
});

test("the version of an agent's program is told apart from that of its definition", async () => {
  await using home = aTwoWayHome();
  const daemon = await home.start();
  const list = () => steward(home, "agent", "list");
  expect((await list()).out).not.toContain("1.0.0");
  const { runs } = await settled(daemon, await submit(daemon, "say Hello."));
  expect(runs).toMatchObject([{ programVersion: "1.0.0", definitionVersion: 1 }]);
  await eventually("its program's version is known", async () => (await list()).out.includes("1.0.0"));
  const { out } = await list();
  expect(out).toMatch(/^AGENT +RUNTIME +PROGRAM VERSION +ROLES +HEALTHY +PERMISSIONS\n/);
});
