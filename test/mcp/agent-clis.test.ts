/** The lines of docs/mcp.md, tried with the real command lines of agents. They are too big to be installed for every run. */
import { execFile } from "node:child_process";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { aHome, type Home, shellAgent } from "../lifecycle/daemon.ts";
import { STEWARD } from "../lifecycle/programs.ts";
import { scratch } from "../scratch.ts";

/** The directory with `claude`, `codex`, `gemini` and `opencode` in it. */
const CLIS = process.env.STEWARD_AGENT_CLIS ?? "";
const WHY_NOT = "it is only tried when STEWARD_AGENT_CLIS names the directory in which it is";
const missing = (name: string) => CLIS === "" || !existsSync(join(CLIS, name));
const newDirectory = scratch("agent-clis");

/** Nothing of the machine's own settings or keys is seen: an empty home, and almost no environment. */
function aTerminal() {
  const directory = newDirectory();
  const env = {
    HOME: directory,
    PATH: `${join(process.execPath, "..")}:/usr/bin:/bin`,
    DISABLE_AUTOUPDATER: "1",
    CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: "1",
    CODEX_HOME: join(directory, ".codex"),
    GEMINI_API_KEY: "none",
    GEMINI_CLI_TRUST_WORKSPACE: "true",
    OPENCODE_DISABLE_AUTOUPDATE: "1",
    OPENCODE_DISABLE_MODELS_FETCH: "1",
    OPENCODE_DISABLE_DEFAULT_PLUGINS: "1",
  };
  mkdirSync(env.CODEX_HOME);
  const type = async (command: string, ...args: readonly string[]) => {
    const { stdout, stderr } = await promisify(execFile)(join(CLIS, command), args, { env, cwd: directory });
    return stdout + stderr;
  };
  return { directory, type };
}

const ours = (home: Home) => [STEWARD, "mcp", "--home", home.path, "--start"];

test("Claude Code connects", async ({ skip }) => {
  skip(missing("claude"), WHY_NOT);
  const { type } = aTerminal();
  await type("claude", "mcp", "add", "steward", "--", ...ours(aHome(shellAgent())));
  expect(await type("claude", "mcp", "list")).toMatch(/steward: .* Connected/);
});

test("Gemini CLI connects", async ({ skip }) => {
  skip(missing("gemini"), WHY_NOT);
  const { type } = aTerminal();
  await type("gemini", "mcp", "add", "--scope", "user", "steward", ...ours(aHome(shellAgent())));
  expect(await type("gemini", "mcp", "list")).toMatch(/steward: .* Connected/);
});

test("OpenCode connects", async ({ skip }) => {
  skip(missing("opencode"), WHY_NOT);
  const { type, directory } = aTerminal();
  const mcp = { steward: { type: "local", command: ours(aHome(shellAgent())) } };
  writeFileSync(join(directory, "opencode.json"), JSON.stringify({ mcp }));
  expect(await type("opencode", "mcp", "list")).toMatch(/steward .*connected/);
});

test("Codex takes the line; it connects when it runs", async ({ skip }) => {
  skip(missing("codex"), WHY_NOT);
  const { type } = aTerminal();
  await type("codex", "mcp", "add", "steward", "--", ...ours(aHome(shellAgent())));
  expect(await type("codex", "mcp", "list")).toMatch(/steward .* enabled/);
});
