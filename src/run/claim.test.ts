import { expect, test } from "vitest";
import { aCatalog, anAgent } from "../../test/builders.ts";
import { classGate } from "./claim.ts";
import type { RoleSwitches } from "./role/role-switch.ts";

const catalog = aCatalog({
  agents: { shell: anAgent(), sick: anAgent(), claude: anAgent(), codex: anAgent() },
  roles: {
    builder: { agent: "shell", wipLimit: 2 },
    default: { agent: "shell" },
    paused: { agent: "shell", wipLimit: 0 },
    tester: { agent: "shell", wipLimit: 4 },
    vacant: { wipLimit: 5 },
    haunted: { agent: "ghost" },
    ward: { agent: "sick", wipLimit: 0 },
  },
  unhealthy: { sick: "not logged in" },
});

const said = { project_id: null, actor: "person:ada", reason: null, since: 0 };
const switches: RoleSwitches = [
  { ...said, role: "agent-test", state: "off" },
  { ...said, role: "tester", state: "off" },
  { ...said, role: null, state: "on" },
];

const DEFAULT_WIP = 3;

test.each<[string, string, number, object]>([
  ["builder", "", 0, { open: true, agent: "shell", agentVersion: 1 }],
  ["builder", "", 1, { open: true, agent: "shell" }],
  ["builder", "", 2, { open: false, because: "wip_limit", agent: "shell", limit: 2 }],
  ["builder", "claude", 1, { open: true, agent: "claude" }],
  ["builder", "claude", 2, { open: false, because: "wip_limit", agent: "claude", limit: 2 }],
  ["default", "", 2, { open: true }],
  ["default", "", 3, { open: false, because: "wip_limit", limit: DEFAULT_WIP }],
  ["paused", "", 0, { open: false, because: "wip_limit", limit: 0 }],
  ["vacant", "", 0, { open: false, because: "no_agent", agent: null }],
  ["vacant", "claude", 4, { open: true, agent: "claude" }],
  ["agent-test", "sick", 0, { open: true, agent: "sick" }],
  ["agent-test", "sick", 3, { open: false, because: "wip_limit", limit: DEFAULT_WIP }],
  ["unheard of", "", 0, { open: false, because: "no_agent", agent: null, limit: DEFAULT_WIP }],
  ["unheard of", "claude", 0, { open: true, agent: "claude" }],
  ["haunted", "", 0, { open: false, because: "unknown_agent", agent: "ghost" }],
  ["builder", "ghost", 0, { open: false, because: "unknown_agent", agent: "ghost" }],
  ["ward", "", 0, { open: false, because: "unhealthy_agent", agent: "sick" }],
  ["builder", "sick", 9, { open: false, because: "unhealthy_agent", agent: "sick" }],
  ["builder", "codex", 1, { open: false, because: "limited_agent", agent: "codex" }],
  ["agent-test", "codex", 0, { open: true, agent: "codex" }],
  ["tester", "", 0, { open: false, because: "paused_role", agent: "shell", limit: 4 }],
])("role %s, agent %j, %i running", (role, agent, running, gate) => {
  const closed = { limited: new Set(["codex"]), switches };
  expect(classGate({ project_id: 1, role, agent }, running, catalog, DEFAULT_WIP, closed)).toMatchObject(gate);
});
