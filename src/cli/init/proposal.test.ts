import { getNodeValue } from "jsonc-parser";
import { describe, expect, test } from "vitest";
import type { FoundAgent } from "../../agent/discover.ts";
import { KNOWN_AGENTS } from "../../agent/known-agents.ts";
import { parseText } from "../../config/jsonc.ts";
import { additions, isEmpty, proposal } from "./proposal.ts";
import { extendedSettings, newSettings } from "./settings-text.ts";

const anything = () => true;
const nothingYet = { agents: {}, roles: {} };

/** `claude` is known, here, and logged in unless said otherwise. */
function found(name: string, more: Partial<FoundAgent> = {}): FoundAgent {
  const known = KNOWN_AGENTS.find((agent) => agent.name === name);
  if (!known) throw new Error(`${name} is not known`);
  const program = `/bin/${name}`;
  return { known, program, native: program, version: "1.0", loggedIn: "yes", passEnv: [], ...more };
}

/** The value of text that has to be JSON with comments. */
function read(text: string): unknown {
  const { root, faults } = parseText(text);
  expect(faults).toEqual([]);
  return root && getNodeValue(root);
}

describe("what is proposed", () => {
  test("is every agent found, asking before it acts, and the best of them for what names no role", () => {
    const all = [found("claude", { loggedIn: "no" }), found("gemini", { passEnv: ["GEMINI_API_KEY"] })];
    expect(additions(proposal(all, nothingYet, anything))).toEqual([
      { path: ["agents", "claude"], value: { runtime: "claude", permissions: "ask" } },
      {
        path: ["agents", "gemini"],
        value: {
          runtime: "acp",
          command: ["gemini", "--acp"],
          env: { GEMINI_CLI_NO_RELAUNCH: "true" },
          permissions: "ask",
          passEnv: ["GEMINI_API_KEY"],
        },
      },
      { path: ["roles", "default", "agent"], value: "gemini" },
    ]);
  });

  test.each<[string, Record<string, Record<string, unknown>>]>([
    ["under its own name, whatever it is", { claude: { runtime: "command", command: ["sh"] } }],
    ["under another name", { opus: { runtime: "claude" } }],
  ])("leaves out what is there %s", (_, agents) => {
    const wanted = proposal([found("claude")], { agents, roles: { default: { agent: "x" } } }, anything);
    expect(isEmpty(wanted)).toBe(true);
  });

  test("tells agents of one runtime apart by their program, wherever it lies", () => {
    const agents = { flash: { runtime: "acp", command: ["/opt/bin/gemini", "--acp"] } };
    const wanted = proposal([found("gemini"), found("opencode")], { agents, roles: {} }, anything);
    expect(additions(wanted)).toMatchObject([
      { path: ["agents", "opencode"] },
      { path: ["roles", "default", "agent"], value: "flash" },
    ]);
  });

  test("never gives the role another agent than it has, and gives it one of yours where nothing was found", () => {
    const roles = { default: { agent: "mine", wipLimit: 3 } };
    expect(proposal([found("claude")], { agents: {}, roles }, anything).roleAgent).toBeUndefined();
    expect(proposal([], { agents: { mine: { runtime: "command" } }, roles: {} }, anything).roleAgent).toBe("mine");
    expect(isEmpty(proposal([], nothingYet, anything))).toBe(true);
  });

  test("is nothing that this Steward cannot drive", () => {
    const wanted = proposal([found("claude"), found("codex")], nothingYet, ({ runtime }) => runtime === "codex");
    expect(wanted).toMatchObject({ agents: [{ name: "codex" }], roleAgent: "codex" });
    expect(wanted.notDriven).toMatchObject([{ known: { name: "claude" } }]);
  });
});

describe("the settings as text", () => {
  test("a new file says exactly what is proposed, whatever a program called its version", () => {
    const evil = '1.0\n"roles": {}, // \u2028 */ {';
    const wanted = proposal([found("claude", { version: evil }), found("codex")], nothingYet, anything);
    expect(read(newSettings(wanted))).toEqual({
      agents: {
        claude: { runtime: "claude", permissions: "ask" },
        codex: { runtime: "codex", permissions: "ask" },
      },
      roles: { default: { agent: "claude", wipLimit: 1 } },
    });
  });

  test.each([
    "{}",
    '{\n  // mine\n  "limits": { "wipRuns": 2 }, // two\n}\n',
    '{\r\n  "roles": { "default": { "wipLimit": 3 } }\r\n}\r\n',
    '{"agents":{/* none */}}',
    '// nothing else\n{ "agents": { "mine": { "runtime": "command", "command": ["true"], }, }, }',
  ])("%j keeps all it says, comments too, and gains what was missing", (before) => {
    const old = read(before) as { agents?: object; roles?: { default?: object } };
    const wanted = proposal([found("codex")], nothingYet, anything);
    const after = extendedSettings(before, wanted);
    expect(read(after)).toEqual({
      ...old,
      agents: { ...old.agents, codex: { runtime: "codex", permissions: "ask" } },
      roles: { ...old.roles, default: { ...old.roles?.default, agent: "codex" } },
    });
    for (const comment of before.match(/\/\/.*|\/\*.*?\*\//g) ?? []) expect(after).toContain(comment.trimEnd());
    expect(after.includes("\r\n")).toBe(before.includes("\r\n"));
  });
});
