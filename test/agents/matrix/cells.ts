/** What every agent is put through, a function per cell: each ends in the right outcome, with nothing left alive. */
import { readdirSync, readFileSync } from "node:fs";
import { expect } from "vitest";
import type { Model } from "../../fixtures/model/model.ts";
import { eventually } from "../../lifecycle/eventually.ts";
import { agentsOf } from "../../lifecycle/processes.ts";
import { inState, look, settled } from "../../lifecycle/tasks.ts";
import { aBed, type Bed, type BedOptions, type Kind, newest, STAYS, WRITES } from "./bed.ts";
import { summaryOf } from "./seen.ts";

export interface Cell {
  readonly name: string;
  readonly options?: BedOptions | ((kind: Kind) => BedOptions);
  readonly act: (bed: Bed, model: Model) => Promise<void>;
}

const completed = { state: "completed" };

const answer = async (bed: Bed, how: "approve" | "deny") => {
  const approvalId = await bed.asked();
  await bed.daemon.call(`approval.${how}`, { approvalId });
};

const toolBegan = (bed: Bed) => eventually("its tool has begun", () => readdirSync(bed.work).includes("began.txt"));

/** Longer than it tries again without a word. */
function patience({ silentSeconds = 40 }: Kind): BedOptions {
  return { idleTimeoutSeconds: silentSeconds, limits: { runProgressSeconds: silentSeconds } };
}

export const CELLS: readonly Cell[] = [
  {
    name: "success",
    options: { permissions: "yolo" },
    act: async (bed) => {
      expect(await settled(bed.daemon, await bed.submit())).toMatchObject(completed);
      expect(bed.wrote()).toBe("hello\n");
      const types = bed.events().map(({ type }) => type);
      for (const type of ["started", "tool", "text", "usage", "ended"]) expect(types).toContain(type);
    },
  },
  {
    name: "denied tool",
    act: async (bed) => {
      const task = await bed.submit();
      await answer(bed, "deny");
      expect(await settled(bed.daemon, task)).toMatchObject({ state: expect.stringMatching(/completed|failed/) });
      expect(bed.wrote()).toBeUndefined();
      expect(bed.events()).toContainEqual(expect.objectContaining({ type: "permission", state: "denied" }));
    },
  },
  {
    name: "approved tool",
    act: async (bed) => {
      const task = await bed.submit();
      const approvalId = await bed.asked();
      expect(bed.wrote()).toBeUndefined();
      expect(newest(await look(bed.daemon, task)).activity).toMatchObject({ question: approvalId });
      await bed.daemon.call("approval.approve", { approvalId });
      expect(await settled(bed.daemon, task)).toMatchObject(completed);
      expect(bed.wrote()).toBe("hello\n");
    },
  },
  {
    name: "denied by its settings",
    options: { permissions: "deny" },
    act: async (bed) => {
      await settled(bed.daemon, await bed.submit());
      expect(bed.wrote()).toBeUndefined();
      expect((await bed.daemon.call<{ approvals: unknown[] }>("approval.list", {})).approvals).toEqual([]);
    },
  },
  {
    name: "approval after a restart of the daemon",
    act: async (bed) => {
      const task = await bed.submit();
      const approvalId = await bed.asked();
      await bed.daemon.kill("SIGKILL");
      await bed.restart();
      await bed.daemon.call("approval.approve", { approvalId });
      const seen = await settled(bed.daemon, task);
      expect(seen).toMatchObject(completed);
      expect(seen.runs).toHaveLength(1);
      expect(bed.wrote()).toBe("hello\n");
    },
  },
  {
    name: "parked until it is approved",
    options: ({ callsAgain }) => ({
      limits: { approvalHoldSeconds: 1, runLeaveSeconds: 2 },
      ...(callsAgain && { keys: { steps: 2 } }),
    }),
    act: async (bed) => {
      const task = await bed.submit();
      const approvalId = await bed.asked();
      const parked = await inState(bed.daemon, task, "parked");
      expect(parked.parked).toMatchObject({ reason: "approval" });
      await bed.nothingLives();
      await bed.daemon.call("approval.approve", { approvalId });
      await inState(bed.daemon, task, "completed");
      const seen = await look(bed.daemon, task);
      expect(seen.runs).toHaveLength(2);
      expect(seen.attempts.spent).toBe(0);
      expect(seen.runs[0]?.session).toBe(seen.runs[1]?.session);
      expect(bed.wrote()).toBe("hello\n");
    },
  },
  {
    name: "leaves a result with Steward",
    options: {
      permissions: "ask",
      keys: [
        ["tool", "task_report"],
        ["args", JSON.stringify({ summary: "All done.", value: { fixed: 3 } })],
      ],
    },
    act: async (bed) => {
      const seen = await settled(bed.daemon, await bed.submit());
      expect(seen).toMatchObject(completed);
      expect(seen.result).toMatchObject({ from: "file", value: { summary: "All done.", value: { fixed: 3 } } });
    },
  },
  {
    name: "asks a person, and goes on with the answer",
    options: {
      keys: [
        ["tool", "task_ask"],
        ["args", JSON.stringify({ question: "Which?" })],
      ],
    },
    act: async (bed, model) => {
      const task = await bed.submit();
      expect(await settled(bed.daemon, task)).toMatchObject({
        state: "parked",
        parked: { reason: "question", note: "Which?" },
      });
      await bed.daemon.call("task.resume", { taskId: task, note: "The blue one." });
      await inState(bed.daemon, task, "completed");
      expect((await look(bed.daemon, task)).runs).toHaveLength(2);
      expect(JSON.stringify(model.requests().at(-1)?.body)).toContain("The blue one.");
    },
  },
  {
    name: "hands out a sub-task",
    options: {
      keys: [
        ["tool", "task_delegate"],
        ["args", JSON.stringify({ prompt: "the smaller part" })],
      ],
      limits: { subtaskLevels: 1 },
    },
    act: async (bed) => {
      const task = await bed.submit();
      await inState(bed.daemon, task, "completed");
      expect(await look(bed.daemon, "task-2")).toMatchObject({ state: "completed", parentId: task });
    },
  },
  {
    name: "cancel",
    options: { permissions: "yolo", keys: { cmd: STAYS } },
    act: async (bed) => {
      const task = await bed.submit();
      await toolBegan(bed);
      await bed.daemon.call("task.cancel", { taskId: task });
      expect(await settled(bed.daemon, task)).toMatchObject({ state: "cancelled" });
    },
  },
  {
    name: "timeout",
    options: { permissions: "yolo", keys: { cmd: STAYS }, timeoutSeconds: 8 },
    act: async (bed) => {
      const task = await bed.submit();
      await toolBegan(bed);
      const seen = await settled(bed.daemon, task);
      expect(newest(seen)).toMatchObject({ outcome: "failed", reason: "wall_timeout" });
    },
  },
  {
    name: "kill -9 of the agent in a tool, then resume",
    options: {
      permissions: "yolo",
      attempts: 2,
      keys: { cmd: `[ -e began.txt ] && ${WRITES} || { ${STAYS}; }`, steps: 2 },
    },
    act: async (bed) => {
      const task = await bed.submit();
      await toolBegan(bed);
      const session = (await look(bed.daemon, task)).runs[0]?.session;
      killProgram(bed);
      await inState(bed.daemon, task, "completed");
      const seen = await look(bed.daemon, task);
      expect(seen.attempts.spent).toBe(1);
      expect(seen.runs.map((run) => run.session)).toEqual([session, session]);
    },
  },
  {
    name: "kill -9 of the daemon in the middle, then adoption",
    options: { behaviour: "slow", permissions: "yolo", keys: { pause: 300 } },
    act: async (bed) => {
      const task = await bed.submit();
      await eventually("it is in the middle", () =>
        bed.events().some(({ type }) => type === "started" || type === "tool"),
      );
      await bed.daemon.kill("SIGKILL");
      await bed.restart();
      const seen = await settled(bed.daemon, task);
      expect(seen).toMatchObject(completed);
      expect(seen.runs).toHaveLength(1);
      expect(bed.events().filter(({ type }) => type === "ended")).toHaveLength(1);
      expect(bed.events().map(({ n }) => n)).toEqual(bed.events().map((_, at) => at + 1));
    },
  },
  {
    name: "429 with retry-after, once",
    options: { behaviour: "429", permissions: "yolo", keys: { times: 1, retry: 1 } },
    act: async (bed) => {
      expect(await settled(bed.daemon, await bed.submit())).toMatchObject(completed);
    },
  },
  {
    name: "429 for ever",
    options: (kind) => ({ behaviour: "429", permissions: "yolo", ...patience(kind) }),
    act: async (bed) => {
      const seen = await settled(bed.daemon, await bed.submit());
      expect(seen).toMatchObject({ state: "parked", parked: { reason: "limit" }, attempts: { spent: 0 } });
    },
  },
  {
    name: "usage limit with a time",
    options: { behaviour: "limit", permissions: "yolo", keys: { reset: 7200 }, isLimited: true },
    act: async (bed) => {
      const seen = await settled(bed.daemon, await bed.submit());
      expect(seen).toMatchObject({ state: "parked", parked: { reason: "limit" }, attempts: { spent: 0 } });
      const waitMs = Date.parse(seen.parked?.until ?? "") - Date.now();
      expect(waitMs).toBeGreaterThan(6_000_000);
      expect(waitMs).toBeLessThan(8_000_000);
    },
  },
  {
    name: "401",
    options: { behaviour: "401", permissions: "yolo", limits: { runProgressSeconds: 60 } },
    act: async (bed) => {
      const seen = await settled(bed.daemon, await bed.submit());
      expect(seen).toMatchObject({ state: "parked", parked: { reason: "person" }, attempts: { spent: 0 } });
      await eventually("nothing else is given to it", async () => {
        const { agents } = await bed.daemon.call<{ agents: { healthy: boolean }[] }>("agent.list");
        return agents[0]?.healthy === false;
      });
    },
  },
  {
    name: "5xx for ever",
    options: (kind) => ({ behaviour: "500", permissions: "yolo", ...patience(kind) }),
    act: async (bed) => {
      const seen = await settled(bed.daemon, await bed.submit());
      expect(seen).toMatchObject({ state: "failed", attempts: { spent: 1 } });
    },
  },
  {
    name: "context full",
    options: { behaviour: "full", permissions: "yolo", attempts: 2, keys: { times: 1 } },
    act: async (bed) => {
      await inState(bed.daemon, await bed.submit(), "completed");
      const seen = await look(bed.daemon, "task-1");
      const [second, first] = seen.runs;
      expect(first).toMatchObject({ outcome: "failed", reason: expect.stringContaining("context") });
      expect(second?.session).not.toBe(first?.session);
    },
  },
  {
    name: "stalled stream",
    options: { behaviour: "stall", permissions: "yolo", idleTimeoutSeconds: 6, limits: { runProgressSeconds: 8 } },
    act: async (bed) => {
      const seen = await settled(bed.daemon, await bed.submit());
      expect(newest(seen)).toMatchObject({
        outcome: "failed",
        reason: expect.stringMatching(/^(idle|progress)_timeout$/),
      });
    },
  },
];

/** Puts an agent through one cell; gives what its task came to, in a few words. */
export async function through(kind: Kind, cell: Cell, model: Model): Promise<string> {
  const options = typeof cell.options === "function" ? cell.options(kind) : cell.options;
  await using bed = await aBed(kind, model, options);
  await cell.act(bed, model);
  await bed.nothingLives();
  return summaryOf(await look(bed.daemon, "task-1"));
}

/** The program itself, found by who reads the run's fifo: not its tools, which are to be ended by custody. */
export function killProgram(bed: Bed): void {
  const programs = agentsOf(bed.home.path).filter((pid) => {
    try {
      return !/\b(tail|sed|sh|bash|perl)\b/.test(readFileSync(`/proc/${pid}/comm`, "utf8"));
    } catch {
      return false;
    }
  });
  expect(programs.length).toBeGreaterThan(0);
  for (const pid of programs) process.kill(pid, "SIGKILL");
}
