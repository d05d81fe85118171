import { expect, test } from "vitest";
import type { Agent } from "../../agent.ts";
import { codexRuntime } from "./codex.ts";
import { serversIn } from "./command-line.ts";

const planOf = (agent: Partial<Agent>) =>
  codexRuntime.plan({ runtime: "codex", ...agent } as Agent, {
    ...{ prompt: "p", promptFile: "/r/prompt", taskId: "task-1", runId: "run-1", workspace: "/w" },
    ...{ session: null, configDirectory: "/c", bridge: null },
  });

const argvOf = (agent: Partial<Agent>) => planOf(agent).argv;
const PROVIDER = 'model_providers.mine={name="mine",base_url="http://x/v1",env_key="MY_KEY",wire_api="responses"}';

test("the user's arguments stand before the subcommand, where Codex reads those of any kind", () => {
  expect(argvOf({ command: ["/bin/codex", "-c", "a=1", "--search"] })).toEqual([
    ...["/bin/codex", "-c", "a=1", "--search", "app-server"],
  ]);
});

test("whoever wrote the subcommand gets it once", () => {
  expect(argvOf({ command: ["docker", "exec", "-i", "box", "codex", "app-server", "-c", "a=1"] })).toEqual([
    ...["docker", "exec", "-i", "box", "codex", "app-server", "-c", "a=1"],
  ]);
});

test("without a key the home of its user is left as it is", () => {
  expect(planOf({}).env).toEqual({ TMPDIR: "/c/temporary" });
});

test.each([
  ["a key of OpenAI", { env: { OPENAI_API_KEY: "k" } }],
  ["the key of a provider of the user's own", { command: ["codex", "-c", PROVIDER], env: { MY_KEY: "k" } }],
  ["the word", { configDirectory: "scratch" }],
])("%s gives it a home of its own", (_, agent) => {
  expect(planOf(agent as Partial<Agent>).env).toMatchObject({ CODEX_HOME: "/c" });
});

test("a key is named on the command line and never shown there, and its tools do not get it", () => {
  const env = { CODEX_API_KEY: "secret-1", OPENAI_API_KEY: { env: "OPENAI_API_KEY" } };
  const argv = argvOf({ env });
  expect(argv).toEqual([
    ...["codex", "app-server", "-c"],
    'model_providers.openai-key={name="OpenAI",base_url="https://api.openai.com/v1",env_key="CODEX_API_KEY",wire_api="responses"}',
    ...["-c", 'model_provider="openai-key"'],
    ...["-c", 'shell_environment_policy.exclude=["CODEX_API_KEY","OPENAI_API_KEY"]'],
  ]);
  expect(argv.join(" ")).not.toContain("secret-1");
});

test("where the user names a provider, none is put beside it", () => {
  const argv = argvOf({ command: ["codex", "-c", PROVIDER, "-c", 'model_provider="mine"'], env: { MY_KEY: "k" } });
  expect(argv.slice(-3)).toEqual(["app-server", "-c", 'shell_environment_policy.exclude=["MY_KEY"]']);
});

test("nothing of ours stands against an environment that the user chose for its tools", () => {
  const command = ["codex", "-c", 'shell_environment_policy.inherit="core"'];
  expect(argvOf({ command, env: { OPENAI_API_KEY: "k" } }).join(" ")).not.toContain("policy.exclude");
});

test("with the user's own configuration a key in its environment is the user's business", () => {
  const plan = planOf({ configDirectory: "own", env: { OPENAI_API_KEY: "k" } });
  expect(plan.argv).toEqual(["codex", "app-server"]);
  expect(plan.env).not.toHaveProperty("CODEX_HOME");
});

test("servers of which the user's arguments speak are known", () => {
  const args = ["codex", "-c", 'mcp_servers.one.command="x"', "-c", 'mcp_servers."two.b"={command="y"}', "three"];
  expect(serversIn(args)).toEqual(["one", "two.b"]);
});
