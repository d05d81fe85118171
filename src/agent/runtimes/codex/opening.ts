/** How a thread of Codex is opened, and what its turn may do: sandbox and approvals by the permissions of its agent. */
import { dirname } from "node:path";
import type { Permissions } from "../../agent.ts";
import { type Fields, fields, text } from "../json-line.ts";
import { ID, type Opening } from "./state.ts";

/** Not `steward`: a user's own configuration may have a server of that name, and both would be mixed. */
export const OUR_SERVER = "steward_run";

/** How long the way to Steward's tools may take to open, in ms. */
const BRIDGE_MS = 10_000;

/** Everything outside the sandbox is asked for, and a person is who answers, whatever the user's own configuration says. */
const ASKS = { approvalPolicy: "on-request", approvalsReviewer: "user" } as const;

/**
 * Opened read-only whatever the turn may do then: a thread that may write is noted in the user's configuration as a trusted
 * project, whose own configuration Codex would read from then on.
 */
export function threadRequest(opening: Opening, configuration: Fields): object {
  const { cwd, model, resumes } = opening;
  const common = { cwd, ...ASKS, sandbox: "read-only", ...(model !== null && { model }) };
  const params = { ...common, ...instructions(opening, configuration), config: configOf(opening, configuration) };
  if (resumes === null) return { id: ID.thread, method: "thread/start", params };
  return { id: ID.thread, method: "thread/resume", params: { threadId: resumes, excludeTurns: true, ...params } };
}

/** Ours is waited for, so that its tools are there from the start. The user's were not meant for work that nobody watches. */
function configOf({ cwd, bridge, keptServers, isScratch }: Opening, configuration: Fields): object {
  const names = keptServers === null ? [] : Object.keys(fields(configuration.mcp_servers));
  const off = names.filter((name) => !keptServers?.includes(name)).map((name) => [name, { enabled: false }]);
  const ours = { ...bridge, enabled: true, default_tools_approval_mode: "approve" };
  const servers = { ...Object.fromEntries(off), ...(bridge && { [OUR_SERVER]: ours }) };
  const projects = isScratch ? {} : { projects: distrust(cwd) };
  return { ...projects, mcp_servers: servers, ...(bridge && { mcp_optional_startup_grace_ms: BRIDGE_MS }) };
}

/**
 * A repository's own configuration could start programs and allow commands outside the sandbox. In a home of the task's own
 * nothing is trusted; what a user trusts in another was not meant for work that nobody watches.
 */
function distrust(cwd: string): object {
  const paths: string[] = [];
  for (let at = cwd; at !== dirname(at); at = dirname(at)) paths.push(at);
  return Object.fromEntries(paths.map((path) => [path, { trust_level: "untrusted" }]));
}

/** Of a directory that is not trusted Codex does not read the instructions either, so it is told that they are there. */
function instructions({ isScratch }: Opening, configuration: Fields): object {
  if (isScratch) return {};
  const users = text(configuration.developer_instructions);
  return { developerInstructions: users === null ? READ_AGENTS : `${users}\n\n${READ_AGENTS}` };
}

const READ_AGENTS =
  "Before anything else read AGENTS.md at the top of the repository and in the directories that you work in, where there are any: they hold its instructions.";

export function turnRequest({ permissions }: Opening, threadId: string, prompt: string): object {
  const input = [{ type: "text", text: prompt, text_elements: [] }];
  const params = { threadId, input, ...ASKS, sandboxPolicy: SANDBOXES[permissions] };
  return { id: ID.turn, method: "turn/start", params };
}

const READ_ONLY = { type: "readOnly", networkAccess: false };

/** `never` would not ask for the tools of a server either, Steward's own among them, and refuse them instead. */
const SANDBOXES: Readonly<Record<Permissions, object>> = {
  ask: READ_ONLY,
  deny: READ_ONLY,
  "workspace-edits": {
    ...{ type: "workspaceWrite", writableRoots: [], networkAccess: false },
    // TMPDIR is a directory of the task's own.
    ...{ excludeSlashTmp: true, excludeTmpdirEnvVar: false },
  },
  yolo: { type: "dangerFullAccess" },
};
