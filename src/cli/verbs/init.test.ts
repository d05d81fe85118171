import { chmodSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { KNOWN_AGENTS, NETWORK_VARIABLES } from "../../agent/known-agents.ts";
import { homePaths } from "../../core/home.ts";
import { aDaemon, aHome, steward } from "../command-line.testing.ts";

/** Programs of these names in a directory that is the PATH, beside the system's own, and none of our own variables for agents. */
function programs(scripts: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const bin = join(aHome(), "bin");
  mkdirSync(bin);
  for (const [name, script] of Object.entries(scripts)) {
    writeFileSync(join(bin, name), `#!/bin/sh\n${script}\n`);
    chmodSync(join(bin, name), 0o755);
  }
  const variables = [
    ...KNOWN_AGENTS.flatMap(({ keys, variables: names }) => [...keys, ...names]),
    ...NETWORK_VARIABLES,
  ];
  return { ...Object.fromEntries(variables.map((name) => [name, ""])), PATH: `${bin}:/usr/bin:/bin` };
}

const CLAUDE = 'case "$1" in --version) echo "2.1.329 (Claude Code)" ;; *) exit 0 ;; esac';
const CODEX = 'case "$1" in --version) echo "codex-cli 0.169.0" ;; *) echo "Not logged in"; exit 1 ;; esac';

test("init writes settings for the agents it finds, which the daemon can read, and names the next command", async () => {
  const home = join(aHome(), "new");
  const env = programs({ claude: CLAUDE, codex: CODEX });
  const said = await steward(home, ["init"], { env });
  expect(said).toMatchObject({ code: 0, err: "" });
  expect(said.out).toMatch(/^ {2}claude {2}2\.1\.329, logged in$/m);
  expect(said.out).toMatch(/^ {2}codex {3}0\.169\.0, not logged in\. Run `codex login`\.$/m);
  expect(said.out).toMatch(/^Not here: gemini, opencode, copilot, qwen\.$/m);
  expect(said.out).toContain(`Wrote ${homePaths(home).settings}.`);
  expect(said.out).toMatch(/^Next: {2}steward run ".+"$/m);
  expect(await steward(home, ["config", "check"])).toMatchObject({ code: 0, out: expect.stringContaining("is fine") });
  const shown = JSON.parse((await steward(home, ["config", "show"])).out);
  expect(shown).toMatchObject({ agents: { claude: { permissions: "ask" } }, roles: { default: { agent: "claude" } } });
});

test("settings that are there are added to only with --yes; everything else says what it would add", async () => {
  const home = aHome();
  const { settings } = homePaths(home);
  const before = '{\n  // mine\n  "limits": { "wipRuns": 2 }\n}\n';
  writeFileSync(settings, before);
  const env = programs({ codex: CODEX });
  const said = await steward(home, ["init"], { env });
  expect(said).toMatchObject({ code: 1, err: "" });
  expect(said.out).toContain('agents.codex: {"runtime":"codex","permissions":"ask"}');
  expect(said.out).toContain("steward init --yes");
  expect(readFileSync(settings, "utf8")).toBe(before);
  const { calls } = await aDaemon(home, { "daemon.reload": () => ({ changed: true, problems: [] }) });
  const json = await steward(home, ["init", "--yes", "--json"], { env });
  expect(json).toMatchObject({ code: 0, err: "" });
  expect(JSON.parse(json.out)).toMatchObject({
    settings: "extended",
    daemon: "reloaded",
    agents: [{ name: "codex", loggedIn: "no", version: "0.169.0" }],
    added: [{ at: "agents.codex" }, { at: "roles.default.agent", value: "codex" }],
  });
  expect(calls.map(({ name }) => name)).toEqual(["daemon.reload"]);
  expect(readFileSync(settings, "utf8")).toContain("// mine");
  expect(await steward(home, ["init"], { env })).toMatchObject({
    code: 0,
    out: expect.stringContaining("it was not changed"),
  });
});

test("without any agent nothing is written, and how to install one is said", async () => {
  const home = aHome();
  const said = await steward(home, ["init"], { env: programs({}) });
  expect(said).toMatchObject({ code: 1, err: "" });
  expect(said.out).toContain("npm install -g @anthropic-ai/claude-code");
  expect(await steward(home, ["config", "check"])).toMatchObject({ out: expect.stringContaining("There is no") });
});

test("where the settings have agents of their own, none that Steward knows is needed, and what was done is said", async () => {
  const home = aHome();
  const { settings, roles } = homePaths(home);
  writeFileSync(settings, '{ "agents": { "mine": { "runtime": "command", "command": ["true"] } } }');
  const env = programs({});
  const said = await steward(home, ["init", "--preset", "review"], { env });
  expect(said).toMatchObject({ code: 1, err: "" });
  expect(said.out).toContain('`steward init --preset review --yes` adds to it:\n  roles.default.agent: "mine"');
  const done = await steward(home, ["init", "--preset", "review", "--yes"], { env });
  expect(done).toMatchObject({ code: 0, err: "" });
  for (const part of [`Added to ${settings}:`, `  ${join(roles, "reviewer.md")}`, "Next:"])
    expect(done.out).toContain(part);
  expect(readFileSync(join(roles, "reviewer.md"), "utf8")).toContain('agent: "mine"');
});

test("where a role file says something else nothing is changed at all, and it is said how to go on", async () => {
  const home = aHome();
  const { settings, roles } = homePaths(home);
  const before = '{ "limits": { "wipRuns": 2 } }';
  writeFileSync(settings, before);
  mkdirSync(roles);
  const mine = join(roles, "reviewer.md");
  writeFileSync(mine, "Look closely.");
  const env = programs({ claude: CLAUDE });
  const asked = ["init", "--preset", "review", "--yes"];
  const said = await steward(home, asked, { env });
  expect(said).toMatchObject({ code: 5, out: "" });
  for (const part of [`${mine} is there already`, "nothing was changed", "--existing keep", "--existing replace"])
    expect(said.err).toContain(part);
  expect([readFileSync(settings, "utf8"), readdirSync(roles)]).toEqual([before, ["reviewer.md"]]);
  expect(await steward(home, ["init", "--preset", "review", "--yes", "--existing", "mine"], { env })).toMatchObject({
    code: 2,
  });

  const kept = await steward(home, [...asked, "--existing", "keep"], { env });
  expect(kept).toMatchObject({ code: 0, err: "", out: expect.stringContaining(`Kept as they are: ${mine}.`) });
  expect(readdirSync(roles).sort()).toEqual(["default.md", "reviewer.md"]);
  expect(readFileSync(mine, "utf8")).toBe("Look closely.");
  const replaced = await steward(home, [...asked, "--existing", "replace"], { env });
  expect(replaced).toMatchObject({ code: 0, out: expect.stringContaining(`What they replaced: ${mine}.~1~.`) });
  expect(readFileSync(mine, "utf8")).toContain("agent:");
  expect(readFileSync(`${mine}.~1~`, "utf8")).toBe("Look closely.");
});

test("the second agent of a preset may be one of your own, and is none that is not logged in", async () => {
  const reviewer = async (agents: object, scripts: Readonly<Record<string, string>>) => {
    const home = aHome();
    const { settings, roles } = homePaths(home);
    const all = { claude: { runtime: "claude" }, ...agents };
    writeFileSync(settings, JSON.stringify({ agents: all, roles: { default: { agent: "claude" } } }));
    const env = programs({ claude: CLAUDE, ...scripts });
    expect(await steward(home, ["init", "--preset", "review", "--yes"], { env })).toMatchObject({ code: 0, err: "" });
    return /^agent: "(.*)"$/m.exec(readFileSync(join(roles, "reviewer.md"), "utf8"))?.[1];
  };
  const own = { mine: { runtime: "command", command: ["true"] } };
  expect(await reviewer(own, {})).toBe("mine");
  expect(await reviewer({ second: { runtime: "codex" }, ...own }, { codex: CODEX })).toBe("mine");
  expect(await reviewer({ second: { runtime: "codex" } }, { codex: CODEX })).toBe("claude");
  expect(await reviewer({}, { codex: CODEX.replace("exit 1", "exit 0") })).toBe("codex");
});

test("settings that cannot be read are told, exit 78, and left alone", async () => {
  const home = aHome();
  const { settings } = homePaths(home);
  writeFileSync(settings, '{ "agents": 1 }');
  const said = await steward(home, ["init", "--yes"], { env: programs({ claude: CLAUDE }) });
  expect(said).toMatchObject({ code: 78, out: "", err: expect.stringContaining(`${settings}:1:`) });
  expect(readFileSync(settings, "utf8")).toBe('{ "agents": 1 }');
});

test("a key of this shell is named where agents find it, and its value is nowhere", async () => {
  const home = aHome();
  const env = { ...programs({ claude: CLAUDE }), ANTHROPIC_API_KEY: "sk-hunter2" };
  const said = await steward(home, ["init"], { env });
  expect(said.out).toContain(
    "The shell that starts the daemon has to have ANTHROPIC_API_KEY: it is passed on to them.",
  );
  const text = readFileSync(homePaths(home).settings, "utf8");
  expect(text).toContain('"passEnv": ["ANTHROPIC_API_KEY"');
  expect(said.out + text).not.toContain("hunter2");
});

test("what a program says cannot steer the terminal", async () => {
  const said = await steward(aHome(), ["init"], {
    env: programs({ claude: `printf '1.0 \\033]0;owned\\007\\n'`, codex: "sleep 0" }),
  });
  expect(said.out).not.toContain("\u001b");
  expect(said.out).toContain("(no version told)");
});
