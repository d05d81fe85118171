import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import { scratch } from "../../test/scratch.ts";
import { bestAgent, type Discovery, discoverAgents } from "./discover.ts";
import { KNOWN_AGENTS } from "./known-agents.ts";
import { nativeProgram } from "./native-program.ts";

const directory = scratch("discover");

interface Answers {
  readonly version?: string;
  /** Exit code and words of the question about its login. */
  readonly login?: readonly [number | null, string];
}

/** A machine on which these programs lie in /bin; what each was asked is noted. */
function machine(programs: Readonly<Record<string, Answers>>, env: Discovery["env"] = {}) {
  const asked: { argv: readonly string[]; env: Readonly<Record<string, string>>; emptyHome: boolean }[] = [];
  const discovery: Discovery = {
    env: { PATH: "/bin", HOME: "/home/ada", ...env },
    findProgram: (name) => (name in programs ? `/bin/${name}` : undefined),
    ask: async (argv, { env: given, emptyHome }) => {
      asked.push({ argv, env: given, emptyHome });
      const { version, login } = programs[argv[0].slice("/bin/".length)] ?? {};
      if (argv[1] === "--version") return { code: version === undefined ? null : 0, said: version ?? "" };
      return { code: login?.[0] ?? null, said: login?.[1] ?? "" };
    },
  };
  return { asked, discovery };
}

const seen = async ({ discovery }: ReturnType<typeof machine>) =>
  (await discoverAgents(discovery)).map(({ known, version, loggedIn, passEnv }) => ({
    name: known.name,
    version,
    loggedIn,
    passEnv,
  }));

test.each([
  ["2.1.329 (Claude Code)", "2.1.329"],
  ["WARNING: no aliases\ncodex-cli 0.170.0-alpha.3\n", "0.170.0-alpha.3"],
  ["GitHub Copilot CLI 1.0.102.\nRun 'copilot update'", "1.0.102"],
  ["\u001b]0;owned\u0007 1.2\u202e", "1.2"],
  ["soon", null],
  [`1.${"9".repeat(1000)}`, `1.${"9".repeat(58)}`],
])("of %j the version is %s", async (version, told) => {
  expect(await seen(machine({ claude: { version } }))).toMatchObject([{ version: told }]);
});

describe("what is on the PATH", () => {
  test("is found with its version, and asked by its own program whether it is logged in", async () => {
    const both = machine({
      codex: { version: "WARNING: no aliases\ncodex-cli 0.169.0\n", login: [1, "Not logged in"] },
      claude: { version: "2.1.329 (Claude Code)", login: [0, '{"loggedIn":true}'] },
    });
    expect(await seen(both)).toEqual([
      { name: "claude", version: "2.1.329", loggedIn: "yes", passEnv: [] },
      { name: "codex", version: "0.169.0", loggedIn: "no", passEnv: [] },
    ]);
    expect(both.asked.map(({ argv, emptyHome }) => [argv.join(" "), emptyHome])).toEqual([
      ["/bin/claude --version", true],
      ["/bin/claude auth status", false],
      ["/bin/codex --version", true],
      ["/bin/codex login status", false],
    ]);
  });

  test.each<[string, Answers, string]>([
    ["claude", { login: [null, ""] }, "unknown"],
    ["claude", { login: [127, "no such command"] }, "unknown"],
    ["opencode", { login: [0, "└  0 credentials"] }, "unknown"],
    ["opencode", { login: [0, "└  2 credentials"] }, "yes"],
    ["opencode", { login: [0, "└  0 credentials\n└  1 environment variable"] }, "yes"],
    ["opencode", { login: [1, "2 credentials"] }, "unknown"],
    ["gemini", {}, "unknown"],
  ])("%s that answers %j is logged in: %s", async (name, answers, loggedIn) => {
    expect(await seen(machine({ [name]: answers }))).toMatchObject([{ name, version: null, loggedIn }]);
  });

  test("a key in the environment lets it in, and is named, never shown", async () => {
    const env = { GEMINI_API_KEY: "hunter2", HTTPS_PROXY: "http://proxy:1", GOOGLE_API_KEY: "", OTHER: "x" };
    const there = machine({ gemini: { version: "0.61.0" } }, env);
    const found = await seen(there);
    expect(found).toMatchObject([{ loggedIn: "yes", passEnv: ["GEMINI_API_KEY", "HTTPS_PROXY"] }]);
    expect(JSON.stringify(found)).not.toContain("hunter2");
  });

  test("nothing of our environment goes along but what it needs: to be asked for a version, no key at all", async () => {
    const env = { AWS_SECRET_ACCESS_KEY: "x", CLAUDE_CONFIG_DIR: "/c", CLAUDECODE: "1", LANG: "C" };
    const { asked, discovery } = machine({ claude: { version: "1.0", login: [0, ""] } }, env);
    await discoverAgents(discovery);
    expect(asked.map(({ env: given }) => Object.keys(given).sort())).toEqual([
      ["HOME", "LANG", "PATH"],
      ["CLAUDE_CONFIG_DIR", "HOME", "LANG", "PATH"],
    ]);
  });
});

test.each([
  [{ claude: "unknown", codex: "yes" }, "codex"],
  [{ claude: "yes", codex: "yes" }, "claude"],
  [{ claude: "no", gemini: "unknown" }, "gemini"],
  [{ codex: "no", gemini: "no" }, "codex"],
  [{}, undefined],
] as const)("of %j the best is %s", (states, best) => {
  const found = KNOWN_AGENTS.flatMap((known) => {
    const loggedIn = (states as Record<string, "yes" | "no" | "unknown">)[known.name];
    return loggedIn ? [{ known, program: "", native: "", version: null, loggedIn, passEnv: [] }] : [];
  });
  expect(bestAgent(found)?.known.name).toBe(best);
});

describe("the program behind an npm package's", () => {
  /** An executable file below a new directory. */
  function files(...paths: string[]): string {
    const root = directory();
    for (const path of paths) {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      writeFileSync(join(root, path), "");
      chmodSync(join(root, path), 0o755);
    }
    return root;
  }
  const shim = "lib/node_modules/@openai/codex/bin/codex.js";
  const native = "@openai/codex-linux-x64/vendor/x86_64-unknown-linux-musl/bin/codex";

  test.each([
    ["beside its package", `lib/node_modules/${native}`],
    ["inside of its package", `lib/node_modules/@openai/codex/node_modules/${native}`],
  ])("is found %s, through the link that is on the PATH", (_, place) => {
    const root = files(shim, place);
    symlinkSync(join(root, shim), join(root, "codex"));
    expect(nativeProgram(join(root, "codex"), "x64")).toBe(join(root, place));
  });

  test("is the program itself where there is none: another machine's, another package's, no script, no file", () => {
    const root = files(shim, `lib/node_modules/${native}`, "lib/node_modules/@openai/codexx/bin/codex.js", "bin/codex");
    for (const [path, arch] of [
      [shim, "arm64"],
      ["lib/node_modules/@openai/codexx/bin/codex.js", "x64"],
      ["bin/codex", "x64"],
      ["bin/gone", "x64"],
    ] as const)
      expect(nativeProgram(join(root, path), arch)).toBe(join(root, path));
  });
});
