import { describe, expect, test } from "vitest";
import { aCatalog, anAgent, aTaskRow } from "../../test/builders.ts";
import type { TaskRow } from "../task/task.store.ts";
import { explain } from "./explain.ts";
import type { ExplainFacts, Waits } from "./explain-facts.ts";
import { nobodyCan } from "./nobody-can.ts";
import { Reason } from "./reason.ts";

const catalog = aCatalog({
  agents: { shell: anAgent(), sick: anAgent() },
  roles: { default: { agent: "shell", wipLimit: 2 }, paused: { agent: "shell", wipLimit: 0 }, ward: { agent: "sick" } },
  unhealthy: { sick: "not logged in" },
});

const nothing: Waits = {
  ...{ lastRun: undefined, openChildren: [], failedChildren: [], approvals: [], hadAllStages: false },
};

const about = (task: Partial<TaskRow>, rest: Partial<ExplainFacts> = {}) =>
  explain({
    task: aTaskRow(task),
    needs: [],
    catalog,
    defaultWip: 1,
    runningInRole: 0,
    liveRuns: 0,
    maxRuns: 4,
    standby: false,
    claimsWhatIsOn: true,
    switches: [],
    project: "default",
    trouble: undefined,
    limits: new Map(),
    ahead: 0,
    waits: nothing,
    ...rest,
  });

const redGate: Waits["lastRun"] = {
  ...{ runId: "run-9", role: "tester", gate: "test", outcome: "failed", lastLine: "1 failing" },
};

const said = { project_id: null, actor: "person:ada", since: 0 } as const;

const need = (rest: object) =>
  ({
    on_task_id: 3,
    task_id: 17,
    policy: "block",
    met: 0,
    key: null,
    state: "running",
    ...rest,
  }) as ExplainFacts["needs"][number];

describe("why it is not running, and what would change it", () => {
  test.each<[string, Partial<TaskRow>, Partial<ExplainFacts>, { code: string; sentence: string; change?: string }[]]>([
    ["about to start", {}, {}, []],
    [
      "completed",
      { state: "completed" },
      {},
      [{ code: "finished", sentence: "It is completed.", change: "Nothing: it is done." }],
    ],
    [
      "failed",
      { state: "failed", end_reason: "exit 3" },
      {},
      [{ code: "finished", sentence: "It is failed: exit 3.", change: "`steward task retry task-17` does it again." }],
    ],
    ["running", { state: "running" }, {}, [{ code: "running", sentence: "It is running." }]],
    [
      "stopping",
      { state: "running", cancel_requested_at: 5 },
      {},
      [{ code: "stopping", sentence: "It runs, and is being ended." }],
    ],
    [
      "an open need, by its key where it has one",
      { state: "blocked" },
      { needs: [need({ key: "plan" }), need({ on_task_id: 4, state: "parked" }), need({ on_task_id: 5, met: 1 })] },
      [
        { code: "need_open", sentence: "It needs plan, which is running.", change: "plan completes." },
        { code: "need_open", sentence: "It needs task-4, which is parked.", change: "task-4 completes." },
      ],
    ],
    [
      "a need that will not be met",
      { state: "blocked" },
      { needs: [need({ state: "failed" })] },
      [
        {
          code: "need_will_not_be_met",
          sentence: "It needs task-3, which is failed and will not complete.",
          change: "`steward task retry task-3`, or take the need away with `steward task update`.",
        },
      ],
    ],
    [
      "open sub-tasks",
      { state: "blocked", open_children: 2, rolls_up: 1 },
      {},
      [{ code: "subtasks_open", sentence: "It ends with its sub-tasks, 2 of which are open." }],
    ],
    [
      "a time",
      { state: "scheduled", not_before: 0 },
      {},
      [
        {
          code: "not_before",
          sentence: "It does not start before 1970-01-01T00:00:00.000Z.",
          change: "That moment comes.",
        },
      ],
    ],
    [
      "a retry",
      { state: "scheduled", not_before: 0, attempts_spent: 2 },
      {},
      [
        {
          code: "not_before",
          sentence: "It does not start before 1970-01-01T00:00:00.000Z (attempt 2 failed; it is tried again).",
        },
      ],
    ],
    [
      "an approval",
      { state: "parked", parked_reason: "approval" },
      { waits: { ...nothing, approvals: ["approval-7"] } },
      [
        {
          code: "parked",
          sentence: "It is parked (approval).",
          change:
            "`steward approve` shows what its agent asks (approval-7) and takes the answer, `steward approval approve approval-7` gives it unseen; unanswered, it asks again after `steward task resume task-17`.",
        },
      ],
    ],
    [
      "an approval that it never asked for",
      { state: "parked", parked_reason: "approval" },
      {},
      [
        {
          code: "parked",
          sentence: "It is parked (approval).",
          change: "No approval of it is open: it asks again after `steward task resume task-17`.",
        },
      ],
    ],
    [
      "a question",
      { state: "parked", parked_reason: "question", parked_note: "Which?" },
      {},
      [
        {
          code: "parked",
          sentence: "It is parked (question): Which?.",
          change: '`steward task resume task-17 --note "…"` gives its agent the answer.',
        },
      ],
    ],
    [
      "a budget",
      { state: "parked", parked_reason: "budget" },
      {},
      [
        {
          code: "parked",
          sentence: "It is parked (budget).",
          change: "Let its agent spend more, then `steward task resume task-17`.",
        },
      ],
    ],
    [
      "a limit that ends by itself",
      { state: "parked", parked_reason: "limit", parked_until: 0 },
      {},
      [
        {
          code: "parked",
          sentence: "It is parked (limit).",
          change: "It goes on by itself at 1970-01-01T00:00:00.000Z, or now with `steward task resume task-17`.",
        },
      ],
    ],
    [
      "a lease that somebody elsewhere holds",
      { state: "parked", parked_reason: "person", parked_until: 0, held_by: "agent-7" },
      {},
      [
        {
          code: "parked",
          sentence: "It is parked (person).",
          change: "It goes on by itself at 1970-01-01T00:00:00.000Z, or now with `steward task resume task-17`.",
        },
      ],
    ],
    [
      "room for its workspace",
      { state: "parked", parked_reason: "workspace", parked_until: 0 },
      {},
      [
        {
          code: "parked",
          sentence: "It is parked (workspace).",
          change:
            "It looks again at 1970-01-01T00:00:00.000Z, or now with `steward task resume task-17`, and goes on where there is room: `steward workspace list` shows what takes it, `steward workspace remove TASK` makes some.",
        },
      ],
    ],
    [
      "a sub-task after its own run",
      { state: "parked", parked_reason: "subtasks", open_children: 1 },
      { waits: { ...nothing, openChildren: ["task-18"] } },
      [
        {
          code: "parked",
          sentence: "It is parked (subtasks).",
          change: "Its open sub-task ends (task-18). `steward task explain task-18` says what holds it.",
        },
      ],
    ],
    [
      "many sub-tasks",
      { state: "parked", parked_reason: "subtasks", open_children: 9 },
      { waits: { ...nothing, openChildren: ["task-18", "task-19"] } },
      [
        {
          code: "parked",
          sentence: "It is parked (subtasks).",
          change:
            "Its 9 open sub-tasks end (task-18, task-19, …). `steward task explain task-18` says what holds the first.",
        },
      ],
    ],
    [
      "a sub-task that did not complete",
      { state: "parked", parked_reason: "person" },
      { waits: { ...nothing, failedChildren: ["task-18"] } },
      [
        {
          code: "parked",
          sentence: "It is parked (person).",
          change:
            '`steward task retry task-18` does the sub-task again; when it has completed, or without it, `steward task resume task-17 --note "…"`: default has it next, its loops and attempts counted anew.',
        },
      ],
    ],
    [
      "loops that are spent: who is next, and what the red gate said last",
      { state: "parked", parked_reason: "person", parked_note: "it went back once" },
      { waits: { ...nothing, lastRun: redGate } },
      [
        {
          code: "parked",
          sentence: "It is parked (person): it went back once.",
          change:
            '`steward task resume task-17 --note "…"`: default has it next, its loops and attempts counted anew. The output of gate test ends with "1 failing" (`steward run output run-9` shows it).',
        },
      ],
    ],
    [
      "a gate that cannot be run, and printed nothing, in what may be its last stage",
      { state: "parked", parked_reason: "person", gate: 1 },
      {
        waits: {
          ...nothing,
          lastRun: { ...redGate, outcome: "configuration", lastLine: null },
          hadAllStages: true,
        },
      },
      [
        {
          code: "parked",
          sentence: "It is parked (person).",
          change:
            '`steward task resume task-17 --note "…"`: gate test runs again. It is asked about again after each further stage, unless limits.taskStages is raised. `steward run output run-9` shows what gate test printed.',
        },
      ],
    ],
    [
      "a configuration that is wrong: it is mended first",
      { role: "ward", state: "parked", parked_reason: "person" },
      {},
      [
        {
          code: "parked",
          sentence: "It is parked (person).",
          change:
            'The agent "sick" is unhealthy: not logged in. Mend agents.sick in steward.json (its command, cwd, env) or the program, `steward daemon reload` (`steward restart` from a shell with the right variables, where passEnv names them), then `steward agent test sick`. After that `steward task resume task-17 --note "…"`: ward has it next, its loops and attempts counted anew.',
        },
      ],
    ],
    [
      "nobody for its role",
      { role: "reviewer" },
      { standby: true },
      [{ code: "no_agent", sentence: 'No agent fills the role "reviewer".' }],
    ],
    [
      "an agent that is not there",
      { agent: "ghost" },
      {},
      [{ code: "unknown_agent", sentence: 'There is no agent "ghost".' }],
    ],
    [
      "an unhealthy agent",
      { role: "ward" },
      {},
      [
        {
          code: "unhealthy_agent",
          sentence: 'The agent "sick" is unhealthy: not logged in.',
          change:
            "Mend agents.sick in steward.json (its command, cwd, env) or the program, `steward daemon reload` (`steward restart` from a shell with the right variables, where passEnv names them), then `steward agent test sick`.",
        },
      ],
    ],
    [
      "its role is paused, in standby as elsewhere",
      {},
      { standby: true, switches: [{ ...said, role: "default", state: "off", reason: "the disk is being changed" }] },
      [
        {
          code: "paused_role",
          sentence:
            'The role "default" is paused by person:ada since 1970-01-01T00:00:00.000Z: the disk is being changed.',
          change: "`steward role resume default`.",
        },
      ],
    ],
    [
      "all roles of its project are paused",
      {},
      { project: "web", switches: [{ ...said, project_id: 1, role: null, state: "off", reason: null }] },
      [
        {
          code: "paused_role",
          sentence: 'All roles in the project "web" are paused by person:ada since 1970-01-01T00:00:00.000Z.',
          change: "`steward role resume --project web`.",
        },
      ],
    ],
    [
      "its role is paused, and it waits for a gate that runs all the same",
      { gate: 1 },
      { switches: [{ ...said, role: "default", state: "off", reason: null }] },
      [],
    ],
    [
      "standby, but its role is on",
      {},
      { standby: true, switches: [{ ...said, role: "default", state: "on", reason: null }] },
      [],
    ],
    [
      "a standby after crashes, whatever is on",
      {},
      { standby: true, claimsWhatIsOn: false, switches: [{ ...said, role: "default", state: "on", reason: null }] },
      [{ code: "standby", sentence: "The daemon is in standby and claims nothing by itself." }],
    ],
    [
      "everything at once, the weightiest first",
      {},
      { trouble: "The disk is full.", standby: true, runningInRole: 2, liveRuns: 4, ahead: 1 },
      [
        { code: "host_trouble", sentence: "The disk is full." },
        { code: "standby", sentence: "The daemon is in standby and claims nothing by itself." },
        { code: "wip_limit", sentence: 'The role "default" has 2 of 2 tasks running.' },
        { code: "host_full", sentence: "This host has 4 of 4 runs." },
        { code: "others_first", sentence: "1 queued task of its role goes first, by priority or age." },
      ],
    ],
    [
      "several that go first",
      {},
      { ahead: 3 },
      [{ code: "others_first", sentence: "3 queued tasks of its role go first, by priority or age." }],
    ],
    [
      "a role that is paused",
      { role: "paused" },
      {},
      [
        {
          code: "wip_limit",
          sentence: 'The role "paused" has 0 of 0 tasks running.',
          change: "roles.paused.wipLimit is raised above 0.",
        },
      ],
    ],
  ])("%s", (_, task, facts, reasons) => {
    const said = about(task, facts);
    expect(said).toMatchObject(reasons);
    expect(said).toHaveLength(reasons.length);
    for (const reason of said) expect(Reason.safeParse(reason).success).toBe(true);
  });

  test("what to write is said for a role that nobody fills", () => {
    expect(about({ role: "reviewer" })[0]?.change).toContain('"roles": { "reviewer": { "agent": "NAME" } }');
  });
});

describe("whether anybody could ever do it", () => {
  test("a role that is full or paused has somebody", () => {
    expect(nobodyCan({ project_id: 1, role: "paused", agent: null }, catalog)).toBeUndefined();
    expect(nobodyCan({ project_id: 1, role: "default", agent: null }, catalog)).toBeUndefined();
  });

  test("a task that names its own agent needs none of its role", () => {
    expect(nobodyCan({ project_id: 1, role: "reviewer", agent: "shell" }, catalog)).toBeUndefined();
    expect(nobodyCan({ project_id: 1, role: "default", agent: "ghost" }, catalog)).toMatchObject({
      code: "unknown_agent",
    });
  });
});
