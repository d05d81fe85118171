/** The status of a sprint queue for where a task stands here: TABLES §6, read backwards. */
import type { TaskRow } from "../../task.store.ts";
import { SPRINT_ROLES, type SprintRole, statusOf } from "../status.ts";

/** Roles that a queue does not know go by what they do; all others are builders. */
const ALSO_KNOWN_AS: ReadonlyMap<string, SprintRole> = new Map([
  ["architect", "planner"],
  ["reviewer", "tester"],
  ["fixer", "refiner"],
  ["merger", "integrator"],
  ["releaser", "integrator"],
]);

export function nearestRole(role: string): SprintRole {
  return SPRINT_ROLES.find((name) => name === role) ?? ALSO_KNOWN_AS.get(role) ?? "builder";
}

export type Standing = Pick<TaskRow, "state" | "role" | "gate" | "rolls_up" | "parked_reason">;

/** Its role has the stage: an agent is at work, or a gate is about to be run. */
export function isWorkedOn({ state, gate }: Pick<TaskRow, "state" | "gate">): boolean {
  return state === "running" || (state === "queued" && gate > 0);
}

/** `done`: what the file calls a completed task. */
export function statusWord(task: Standing, done: string): string {
  const waits = statusOf(isWorkedOn(task) ? "active" : "entry", nearestRole(task.role));
  switch (task.state) {
    case "completed":
      return done;
    case "failed":
      return "rolled_back";
    case "cancelled":
      return "cancelled";
    case "blocked":
      return task.rolls_up === 1 ? "planning_complete" : "blocked";
    case "parked":
      if (task.parked_reason === "subtasks") return "planning_complete";
      // These end by themselves.
      return task.parked_reason === "limit" || task.parked_reason === "workspace" ? waits : "blocked";
    case "scheduled":
    case "queued":
    case "running":
      return waits;
  }
}
