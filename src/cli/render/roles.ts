/** Roles for people: is each claimed, what is it doing, and what keeps it from that. */
import type { View } from "../view.ts";
import { ageOf, table } from "./lists.ts";

export interface RoleSeen {
  readonly role: string;
  readonly project: string;
  readonly state: string;
  readonly by: string | null;
  readonly reason: string | null;
  readonly since: string | null;
  readonly running: number;
  readonly queued: number;
  readonly ending: number;
  readonly wipLimit: number | null;
  readonly agent: string | null;
  readonly problem: string | null;
}

const NO_PROJECT = "default";

export function renderRoles(result: unknown, _view: View): string {
  const { roles } = result as { roles: readonly RoleSeen[] };
  if (roles.length === 0) return "There are no such roles.\n";
  const hasProjects = roles.some(({ project }) => project !== NO_PROJECT);
  const rows = roles.map(({ role, project, state, running, queued, wipLimit, agent, problem, ...said }) => ({
    role,
    ...(hasProjects && { project }),
    state,
    running: wipLimit === null ? running : `${running} of ${wipLimit}`,
    queued,
    agent,
    note: [problem, state === "paused" ? pausedBy(said) : null].filter((part) => part !== null).join("; ") || null,
  }));
  const on = roles.filter(({ state }) => state === "on").length;
  return `${table(rows)}On: ${on} of ${roles.length}\n`;
}

function pausedBy({ by, reason, since }: Pick<RoleSeen, "by" | "reason" | "since">): string {
  return `paused by ${by}, ${ageOf(since)} ago${reason === null ? "" : `: ${reason}`}`;
}
