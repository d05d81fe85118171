/** Why a task is not running, as a sentence and as data, and what would change it. */
import * as z from "zod";
import type { Catalog } from "../agent/catalog.ts";
import type { AgentLimitRow } from "../agent/limit.store.ts";
import { limitSentence } from "../agent/limit.ts";
import { iso } from "../core/clock.ts";
import { publicId } from "../core/ids.ts";
import type { NeedRow } from "../task/need.store.ts";
import type { TaskRow } from "../task/task.store.ts";
import { isFinal, type TaskState } from "../task/task.ts";
import { classGate, closedAgents } from "./claim.ts";
import { pausedSentence, type RoleSwitches, resumeCommand, switchOf } from "./role/role-switch.ts";

export const Reason = z.object({
  code: z.enum([
    "finished",
    "running",
    "stopping",
    "need_open",
    "need_will_not_be_met",
    "subtasks_open",
    "not_before",
    "parked",
    "no_agent",
    "unknown_agent",
    "unhealthy_agent",
    "limited_agent",
    "paused_role",
    "wip_limit",
    "host_full",
    "standby",
    "host_trouble",
    "others_first",
  ]),
  sentence: z.string(),
  change: z.string().describe("What would change it."),
  data: z.record(z.string(), z.json()).optional(),
});

export type Reason = z.output<typeof Reason>;

export interface ExplainFacts {
  readonly task: TaskRow;
  readonly needs: readonly (NeedRow & { key: string | null; state: TaskState })[];
  readonly catalog: Catalog;
  readonly defaultWip: number;
  /** Tasks of its role that run now. */
  readonly runningInRole: number;
  readonly liveRuns: number;
  readonly maxRuns: number;
  readonly standby: boolean;
  /** Does the standby claim what is switched on? */
  readonly claimsWhatIsOn: boolean;
  readonly switches: RoleSwitches;
  /** The name of its project. */
  readonly project: string;
  readonly trouble: string | undefined;
  /** Of agents whose limit is reached, or may be. */
  readonly limits: ReadonlyMap<string, AgentLimitRow>;
  /** Queued tasks that would be claimed before it. */
  readonly ahead: number;
}

/** The first reason is the one that holds it most; an empty list means that it is about to start. */
export function explain(facts: ExplainFacts): Reason[] {
  const { task } = facts;
  if (isFinal(task.state)) return [finished(task)];
  switch (task.state) {
    case "running":
      return [running(task)];
    case "blocked":
      return blocked(facts);
    case "scheduled":
      return [scheduled(task)];
    case "parked":
      return [parked(facts)];
    default:
      return queued(facts);
  }
}

/** Why nobody could do a task of this role and agent at all, whatever the load; undefined when somebody can. */
export function nobodyCan(task: Pick<TaskRow, "project_id" | "role" | "agent">, catalog: Catalog): Reason | undefined {
  const gate = classGate({ ...task, agent: task.agent ?? "" }, 0, catalog, 1);
  if (gate.open || gate.because === "wip_limit" || gate.because === "limited_agent" || gate.because === "paused_role")
    return undefined;
  const data = { role: task.role, agent: gate.agent };
  if (gate.because === "no_agent") {
    return {
      code: "no_agent",
      sentence: `No agent fills the role "${task.role}".`,
      change: `\`steward init\` finds agents; or write an agent and "roles": { "${task.role}": { "agent": "NAME" } } into steward.json, then \`steward daemon reload\`.`,
      data,
    };
  }
  if (gate.because === "unknown_agent") {
    return {
      code: "unknown_agent",
      sentence: `There is no agent "${gate.agent}".`,
      change: `Write "agents": { "${gate.agent}": … } into steward.json and \`steward daemon reload\`, or name another agent.`,
      data,
    };
  }
  const why = catalog.unhealthy.get(gate.agent ?? "") ?? "";
  return {
    code: "unhealthy_agent",
    sentence: `The agent "${gate.agent}" is unhealthy: ${why}.`,
    change: `Mend agents.${gate.agent} in steward.json (its command, cwd, env) or the program, \`steward daemon reload\` (\`steward restart\` from a shell with the right variables, where passEnv names them), then \`steward agent test ${gate.agent}\`.`,
    data,
  };
}

function finished(task: TaskRow): Reason {
  const why = task.end_reason ? `: ${task.end_reason}` : "";
  return {
    code: "finished",
    sentence: `It is ${task.state}${why}.`,
    change:
      task.state === "completed"
        ? "Nothing: it is done."
        : `\`steward task retry ${publicId("task", task.id)}\` does it again.`,
  };
}

function running(task: TaskRow): Reason {
  if (task.cancel_requested_at !== null) {
    return {
      code: "stopping",
      sentence: "It runs, and is being ended.",
      change: "Nothing: it ends within the grace period.",
    };
  }
  return {
    code: "running",
    sentence: "It is running.",
    change: "It ends by itself, by a limit, or by `steward task cancel`.",
  };
}

function blocked({ task, needs }: ExplainFacts): Reason[] {
  const open = needs
    .filter(({ met }) => met === 0)
    .map((need): Reason => {
      const name = need.key ?? publicId("task", need.on_task_id);
      const data = { taskId: publicId("task", need.on_task_id), state: need.state, policy: need.policy };
      if (!isFinal(need.state)) {
        return {
          code: "need_open",
          sentence: `It needs ${name}, which is ${need.state}.`,
          change: `${name} completes.`,
          data,
        };
      }
      return {
        code: "need_will_not_be_met",
        sentence: `It needs ${name}, which is ${need.state} and will not complete.`,
        change: `\`steward task retry ${data.taskId}\`, or take the need away with \`steward task update\`.`,
        data,
      };
    });
  if (task.open_children === 0) return open;
  const children: Reason = {
    code: "subtasks_open",
    sentence: `It ends with its sub-tasks, ${task.open_children} of which are open.`,
    change: "They end.",
    data: { open: task.open_children },
  };
  return [...open, children];
}

function scheduled(task: TaskRow): Reason {
  const when = iso(task.not_before) ?? "";
  const retry = task.attempts_spent > 0 ? ` (attempt ${task.attempts_spent} failed; it is tried again)` : "";
  return {
    code: "not_before",
    sentence: `It does not start before ${when}${retry}.`,
    change: "That moment comes.",
    data: { notBefore: when, attemptsSpent: task.attempts_spent },
  };
}

function parked({ task, catalog, limits }: ExplainFacts): Reason {
  const until = iso(task.parked_until);
  const note = task.parked_note ? `: ${task.parked_note}` : "";
  const resume = `\`steward task resume ${publicId("task", task.id)}\``;
  // Resumed before that it would only be parked again.
  const first =
    task.parked_reason === "person"
      ? nobodyCan(task, catalog)
      : task.parked_reason === "limit"
        ? limited(task, catalog, limits)
        : undefined;
  return {
    code: "parked",
    sentence: `It is parked (${task.parked_reason})${note}.`,
    change:
      task.parked_reason === "subtasks"
        ? `Its ${task.open_children} open sub-tasks end.`
        : task.parked_reason === "approval"
          ? `\`steward approve\` shows what its agent asks and takes the answer; unanswered, it asks again after ${resume}.`
          : until && first
            ? `It goes on by itself at ${until}. ${first.change}`
            : until
              ? `It goes on by itself at ${until}, or now with ${resume}.`
              : first
                ? `${first.sentence} ${first.change} After that ${resume}.`
                : `${resume}.`,
    data: { reason: task.parked_reason, until },
  };
}

/** Undefined where its agent may be given tasks, as far as limits go. */
function limited(task: TaskRow, catalog: Catalog, limits: ReadonlyMap<string, AgentLimitRow>): Reason | undefined {
  const gate = classGate({ ...task, agent: task.agent ?? "" }, 0, catalog, 1, { limited: closedAgents(limits) });
  const limit = !gate.open && gate.because === "limited_agent" ? limits.get(gate.agent ?? "") : undefined;
  if (!limit) return undefined;
  const runId = limit.probe_run_id === null ? null : publicId("run", limit.probe_run_id);
  return {
    code: "limited_agent",
    sentence: limitSentence(limit),
    change: runId
      ? `${runId} gets past the limit: then the others follow.`
      : `That moment comes, and one task tries first; \`steward agent test ${limit.agent}\` tries now.`,
    data: { agent: limit.agent, until: iso(limit.until), runId },
  };
}

function queued(facts: ExplainFacts): Reason[] {
  const { task, catalog } = facts;
  const nobody = nobodyCan(task, catalog);
  if (nobody) return [nobody];
  const reasons: Reason[] = [];
  if (facts.trouble)
    reasons.push({
      code: "host_trouble",
      sentence: facts.trouble,
      change: "The cause is mended; it is tried again by itself.",
    });
  reasons.push(...switchedOff(facts));
  const closed = limited(task, catalog, facts.limits);
  if (closed) reasons.push(closed);
  const gate = classGate({ ...task, agent: task.agent ?? "" }, facts.runningInRole, catalog, facts.defaultWip);
  if (!gate.open) {
    reasons.push({
      code: "wip_limit",
      sentence: `The role "${task.role}" has ${facts.runningInRole} of ${gate.limit} tasks running.`,
      change:
        gate.limit === 0
          ? `roles.${task.role}.wipLimit is raised above 0.`
          : "One of them ends, or the role's wipLimit is raised.",
      data: { running: facts.runningInRole, limit: gate.limit },
    });
  }
  if (facts.liveRuns >= facts.maxRuns) {
    reasons.push({
      code: "host_full",
      sentence: `This host has ${facts.liveRuns} of ${facts.maxRuns} runs.`,
      change: "One of them ends, or host.maxRuns is raised.",
      data: { running: facts.liveRuns, limit: facts.maxRuns },
    });
  }
  if (facts.ahead > 0) {
    reasons.push({
      code: "others_first",
      sentence: `${facts.ahead} queued task${facts.ahead === 1 ? "" : "s"} of its role go${facts.ahead === 1 ? "es" : ""} first, by priority or age.`,
      change: "They are claimed, or its priority is raised with `steward task update`.",
      data: { ahead: facts.ahead },
    });
  }
  return reasons;
}

/** What holds up whatever begins a stage; one that has begun is ended by its gates. */
function switchedOff({ task, standby, claimsWhatIsOn, switches, project }: ExplainFacts): Reason[] {
  if (task.gate > 0) return [];
  const said = switchOf(switches, task);
  if (said?.state === "off") {
    return [
      {
        code: "paused_role",
        sentence: pausedSentence(said, project),
        change: `\`${resumeCommand(said, project)}\`.`,
        data: { role: said.role, by: said.actor, reason: said.reason, since: iso(said.since) },
      },
    ];
  }
  if (!standby || (claimsWhatIsOn && said !== undefined)) return [];
  const start = `\`steward start\` makes it active; \`steward work --role ${task.role} --once\` starts one task`;
  return [
    {
      code: "standby",
      sentence: "The daemon is in standby and claims nothing by itself.",
      change: claimsWhatIsOn ? `${start}; \`steward role resume ${task.role}\` has its role claimed.` : `${start}.`,
    },
  ];
}
