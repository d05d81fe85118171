/** The public door of roles: what each is doing, and its switch. */
import * as z from "zod";
import { actorLabel } from "../../core/actor.ts";
import { type Call, operation } from "../../core/operation.ts";
import { refuse } from "../../core/refusal.ts";
import { projectIdNamed } from "../../project/project.store.ts";
import { DEFAULT_PROJECT } from "../../project/project.tables.ts";
import type { Reader } from "../../store/store.ts";
import { Name, PlainText } from "../../task/task.ts";
import type { RunRoom } from "../run-room.ts";
import { RoleView, rolesSeen } from "./role.view.ts";
import { roleSwitches, switchRole } from "./role-switch.store.ts";
import type { RoleSwitch } from "./role-switch.ts";

/** Roles that a refusal names at most. */
const MAX_NAMED = 50;

const Which = {
  role: Name.optional().describe("Only this role. Default: every role."),
  project: Name.optional().describe(
    "Only as this project's tasks have it; `default` is where tasks of no project are. Default: in all projects.",
  ),
};

const Listed = z.object({ roles: z.array(RoleView) });

export const list = operation({
  name: "role.list",
  summary: "List the roles: whether they are claimed, what they are doing, and who fills them.",
  effect: "read",
  scope: "read",
  rest: "GET /roles",
  args: ["role"],
  input: z.strictObject(Which),
  output: Listed,
  refuses: ["not_found"],
  example: {},
  tool: true,
  handle: async (room: RunRoom, which) => ({ roles: await rolesMeant(room, which) }),
});

const Said = z.strictObject({
  ...Which,
  reason: PlainText.min(1).max(1_000).optional().describe("Why: shown with the role and in the history."),
});

type Said = z.output<typeof Said>;

export const pause = operation({
  name: "role.pause",
  summary:
    "Claim nothing new of a role until it is resumed, also over restarts. What runs goes on, and gates of stages that have begun are run.",
  effect: "write",
  scope: "operate",
  rest: "POST /roles/pause",
  args: ["role"],
  input: Said,
  output: Listed,
  refuses: ["not_found"],
  example: { role: "builder", reason: "the build machine is being moved" },
  handle: (room: RunRoom & Call, said) => turn(room, said, "off"),
});

export const resume = operation({
  name: "role.resume",
  summary: "Claim tasks of a role again; in standby, too, until it is paused.",
  effect: "write",
  scope: "operate",
  rest: "POST /roles/resume",
  args: ["role"],
  input: Said,
  output: Listed,
  refuses: ["not_found"],
  example: { role: "builder" },
  handle: (room: RunRoom & Call, said) => turn(room, said, "on"),
});

async function turn(room: RunRoom & Call, { role, project, reason }: Said, state: RoleSwitch["state"]) {
  await room.store.write(async (tx) => {
    const projectId = (await projectIdNamed(tx, project)) ?? null;
    await mustBeRole(room, tx, role, projectId);
    await switchRole(tx, {
      ...{ project_id: projectId, project: project ?? null, role: role ?? null, state },
      ...{ actor: actorLabel(room.actor), reason: reason ?? null },
    });
  });
  return { roles: await rolesMeant(room, { role, project }) };
}

async function rolesMeant(room: RunRoom, { role, project }: Pick<Said, "role" | "project">) {
  const projectId = (await projectIdNamed(room.store.read, project)) ?? null;
  await mustBeRole(room, room.store.read, role, projectId);
  const seen = await rolesSeen(room, projectId);
  return role === undefined ? seen : seen.filter((one) => one.role === role);
}

/** One that the settings no longer have may still be switched, so that what was said of it is no trap. */
async function mustBeRole(
  { catalog }: RunRoom,
  read: Reader,
  role: string | undefined,
  projectId: number | null,
): Promise<void> {
  if (role === undefined) return;
  const current = catalog.current();
  const ids = projectId === null ? [DEFAULT_PROJECT.id, ...current.projectIds] : [projectId];
  if (ids.some((id) => current.role(id, role))) return;
  if ((await roleSwitches(read)).some((said) => said.role === role)) return;
  const known = [...new Set(ids.flatMap((id) => [...current.rolesOf(id).keys()]))];
  refuse("not_found", `There is no role "${role}".`, {
    hint: known.length === 0 ? "No role is configured." : `There are: ${known.slice(0, MAX_NAMED).join(", ")}.`,
    data: { role },
  });
}

export const roleOperations = [list, pause, resume] as const;
