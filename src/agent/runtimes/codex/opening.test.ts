import { describe, expect, test } from "vitest";
import { ACCOUNT, begun, HELLO, hears, working } from "../../../../test/fixtures/codex-talk.ts";
import type { Agent } from "../../agent.ts";

describe("how its thread is opened", () => {
  test("a session is taken up again with all that holds for a new one, because Codex does not remember it", () => {
    const session = { id: "thread-0", usage: null, isDeferred: false };
    const { said } = hears(begun({}, { session }), HELLO, ACCOUNT);
    expect(said.at(-1)).toMatchObject({
      method: "thread/resume",
      params: { threadId: "thread-0", cwd: "/w", sandbox: "read-only", approvalPolicy: "on-request" },
    });
  });

  const configured = (config: object) => ({ id: 3, result: { config } });

  test("in the user's home a repository's configuration is not trusted, nor that of what it lies in, and its instructions are told of", () => {
    const configuration = configured({ developer_instructions: "Be brief." });
    const { said } = hears(begun({ env: {} }, { workspace: "/a/b" }), HELLO, ACCOUNT, configuration);
    const trust_level = "untrusted";
    expect(said.at(-1)).toMatchObject({
      params: {
        config: { projects: { "/a/b": { trust_level }, "/a": { trust_level } } },
        developerInstructions: expect.stringMatching(/^Be brief\.\n\n.*AGENTS\.md/),
      },
    });
  });

  test("a directory that the settings name keeps its servers, and what is trusted in it does not count", () => {
    const configuration = configured({ mcp_servers: { mine: { command: "x" } } });
    const { said } = hears(begun({ configDirectory: "/home/ada/second" }), HELLO, ACCOUNT, configuration);
    expect(said.at(-1)).toMatchObject({ params: { config: { mcp_servers: {}, projects: { "/w": {} } } } });
    expect(said.at(-1)).not.toHaveProperty("params.config.mcp_servers.mine");
  });

  test("in a home of the task's own nothing is trusted, and nothing has to be said of it", () => {
    const { said } = hears(begun(), HELLO, ACCOUNT);
    expect(said.at(-1)).not.toHaveProperty("params.config.projects");
    expect(said.at(-1)).not.toHaveProperty("params.developerInstructions");
  });

  test("servers of the user's own configuration are switched off, but for those that the agent's arguments speak of", () => {
    const agent = { env: {}, command: ["codex", "-c", "mcp_servers.kept.startup_timeout_sec=2"] };
    const configuration = {
      id: 3,
      result: { config: { mcp_servers: { mine: { command: "x" }, kept: { command: "y" } } } },
    };
    const { said } = hears(begun(agent as Partial<Agent>), HELLO, ACCOUNT, configuration);
    expect(said.at(-2)).toMatchObject({ method: "config/read" });
    expect(said.at(-1)).toMatchObject({ params: { config: { mcp_servers: { mine: { enabled: false } } } } });
    expect(JSON.stringify(said.at(-1))).not.toContain("kept");
  });

  test("a version that cannot tell its configuration is worked with all the same", () => {
    const { said } = hears(begun({ env: {} }), HELLO, ACCOUNT, { id: 3, error: { code: -32600, message: "unknown" } });
    expect(said.at(-1)).toMatchObject({ method: "thread/start" });
  });

  test("the way to Steward's tools is a server that is waited for", () => {
    const { said } = working({}, { bridge: { command: "/bin/steward", args: ["mcp"] } });
    expect(said.at(-2)).toMatchObject({
      params: {
        config: { mcp_servers: { steward_run: { command: "/bin/steward" } }, mcp_optional_startup_grace_ms: 10_000 },
      },
    });
  });

  test.each([
    ["ask", { type: "readOnly", networkAccess: false }],
    ["deny", { type: "readOnly", networkAccess: false }],
    ["workspace-edits", { type: "workspaceWrite", networkAccess: false, writableRoots: [], excludeSlashTmp: true }],
    ["yolo", { type: "dangerFullAccess" }],
  ] as const)("with %s the sandbox is %j", (permissions, sandboxPolicy) => {
    const { said } = working({ permissions });
    expect(said.at(-2)).toMatchObject({ params: { sandbox: "read-only" } });
    expect(said.at(-1)).toMatchObject({
      params: { sandboxPolicy, approvalPolicy: "on-request", approvalsReviewer: "user" },
    });
  });
});
