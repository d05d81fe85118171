/** Why a task is not running, as a sentence and as data, and what would change it. */
import { iso } from "../core/clock.ts";
import { publicId } from "../core/ids.ts";
import type { TaskRow } from "../task/task.store.ts";
import { isFinal } from "../task/task.ts";
import { classGate } from "./claim.ts";
import type { ExplainFacts } from "./explain-facts.ts";
import { parked } from "./explain-parked.ts";
import { limited, nobodyCan } from "./nobody-can.ts";
import type { Reason } from "./reason.ts";
import { pausedSentence, resumeCommand, switchOf } from "./role/role-switch.ts";

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
