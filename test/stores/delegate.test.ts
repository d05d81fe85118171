/** To whom an agent may hand a part of its task, on every store. */
import { describe, expect, test } from "vitest";
import type { Agent } from "../../src/agent/agent.ts";
import type { Actor } from "../../src/core/actor.ts";
import { taskDetail } from "../../src/task/task.store.ts";
import { anAgent } from "../builders.ts";
import { openDesk } from "./desk.ts";
import { onEveryStore } from "./on-every-store.ts";

const AGENTS = {
  denied: anAgent({ runtime: "claude", permissions: "deny" }),
  asking: anAgent({ runtime: "claude" }),
  editing: anAgent({ runtime: "codex", permissions: "workspace-edits" }),
  free: anAgent({ runtime: "claude", permissions: "yolo" }),
  inPlace: anAgent({ runtime: "codex", permissions: "workspace-edits", workspace: "directory" }),
  elsewhere: anAgent({ runtime: "codex", permissions: "workspace-edits", cwd: "/elsewhere" }),
  hooked: anAgent({ runtime: "claude", permissions: "deny", repositorySettings: "use" }),
  program: anAgent(),
} satisfies Record<string, Agent>;
type Name = keyof typeof AGENTS;

/** Each hands a task on, in the end to one that does anything. */
const RELAYS = {
  "at-once": { agent: "denied", next: { completed: "free" } },
  "after-a-no": { agent: "denied", next: { failed: "free" } },
  "after-its-parts": { agent: "denied", next: { completed: "denied", subtasks: "at-once" } },
};

onEveryStore((openStore) => {
  async function aRunOf(agent: Name, task: { readonly agent?: Name; readonly workspace?: "worktree" } = {}) {
    const names = Object.keys(AGENTS);
    const roles = Object.fromEntries([...names, "gone"].map((name) => [name, { agent: name }]));
    const desk = await openDesk(openStore, {
      agents: AGENTS,
      roles: { ...roles, nobody: {}, default: { agent: "program" }, ...RELAYS },
    });
    const row = await desk.submit({ role: task.agent ? "default" : agent, ...task });
    const claimed = await desk.claim();
    if (claimed?.task.id !== row.id) throw new Error("the task was not claimed");
    const { run } = claimed;
    const actor: Actor = { kind: "run", name: `run-${run.id}`, scope: "operate", runId: run.id };
    const delegate = async (role?: string) =>
      desk.task((await desk.callAs(actor, "task.delegate", { prompt: "A part.", role })).taskId as string);
    return { desk, delegate };
  }

  describe("an agent hands a part of its task", () => {
    test.each<[Name, readonly Name[]]>([
      ["denied", ["denied"]],
      ["asking", ["denied", "asking"]],
      ["editing", ["denied", "asking", "editing"]],
      ["inPlace", ["denied", "asking", "editing", "inPlace"]],
      ["elsewhere", ["denied", "asking", "elsewhere"]],
      ["hooked", ["denied", "hooked"]],
      ["free", Object.keys(AGENTS) as Name[]],
      ["program", Object.keys(AGENTS) as Name[]],
    ])("that is %s only to those that may do no more unasked: %j", async (own, allowed) => {
      const { delegate } = await aRunOf(own);
      for (const other of Object.keys(AGENTS)) {
        if (allowed.includes(other as Name)) expect(await delegate(other)).toMatchObject({ role: other });
        else await expect(delegate(other)).rejects.toMatchObject({ code: "denied" });
      }
    });

    test.each(["nobody", "gone", "unheard-of"])("to no role of which nobody knows what it may do: %s", async (role) => {
      const { delegate } = await aRunOf("program");
      await expect(delegate(role)).rejects.toMatchObject({ code: "denied" });
    });

    test.each(Object.keys(RELAYS))("to no role from which it comes to one that may do more: %s", async (role) => {
      const { delegate } = await aRunOf("denied");
      await expect(delegate(role)).rejects.toMatchObject({ code: "denied" });
      expect(await (await aRunOf("free")).delegate(role)).toMatchObject({ role });
    });

    test("to its own role, for the agent that its own task named", async () => {
      const { delegate } = await aRunOf("asking", { agent: "asking" });
      expect([await delegate(), await delegate("default")]).toMatchObject([
        { role: "default", agent: "asking" },
        { role: "default", agent: "asking" },
      ]);
    });

    test("to nobody who would work in the directory itself, where its own task may not", async () => {
      const { desk, delegate } = await aRunOf("inPlace", { workspace: "worktree" });
      expect(await taskDetail(desk.store.read, (await delegate()).id)).toMatchObject({ workspace: "worktree" });
    });
  });
});
