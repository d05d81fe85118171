/** Whether tasks of a role are claimed: what somebody said last about it holds, until somebody says otherwise. */
import { iso } from "../../core/clock.ts";

export interface RoleSwitch {
  /** Of this project only; null: of all. */
  readonly project_id: number | null;
  /** null: every role. */
  readonly role: string | null;
  readonly state: "on" | "off";
  /** Who said it, as person:ada. */
  readonly actor: string;
  readonly reason: string | null;
  /** Epoch ms. */
  readonly since: number;
}

/** The newest first. */
export type RoleSwitches = readonly RoleSwitch[];

interface OfRole {
  readonly project_id: number;
  readonly role: string;
}

/** Undefined where nobody ever said anything: then it is on, and in standby it waits. */
export function switchOf(switches: RoleSwitches, { project_id, role }: OfRole): RoleSwitch | undefined {
  return switches.find((one) => (one.project_id ?? project_id) === project_id && (one.role ?? role) === role);
}

export function isOff(switches: RoleSwitches, of: OfRole): boolean {
  return switchOf(switches, of)?.state === "off";
}

export function isOn(switches: RoleSwitches, of: OfRole): boolean {
  return switchOf(switches, of)?.state === "on";
}

/** Of one that is off; `project` is the name of its project. */
export function pausedSentence({ role, project_id, actor, reason, since }: RoleSwitch, project: string): string {
  const where = project_id === null ? "" : ` in the project "${project}"`;
  const what = role === null ? `All roles${where} are` : `The role "${role}"${where} is`;
  return `${what} paused by ${actor} since ${iso(since)}${reason === null ? "" : `: ${reason}`}.`;
}

/** What switches on again what this one keeps off. */
export function resumeCommand({ role, project_id }: RoleSwitch, project: string): string {
  const words = ["steward role resume", role, project_id === null ? null : `--project ${project}`];
  return words.filter((word) => word !== null).join(" ");
}
