import { spawnSync } from "node:child_process";
import { expect, test } from "vitest";
import { catalogueOf } from "../catalogue.ts";
import type { Invocation } from "../invocation.ts";
import { completion } from "./completion.ts";

async function script(shell: string): Promise<string> {
  let written = "";
  const verb = (name: string, flags: string[]) => ({
    operation: name,
    summary: "It's one.",
    effect: "read" as const,
    args: [],
    fields: flags.map((flag) => ({
      name: flag,
      flag,
      type: "text" as const,
      ...(flag === "state" && { choices: ["queued", "running"] }),
    })),
  });
  const invocation = {
    input: { shell },
    catalogue: catalogueOf({
      task: { list: verb("task.list", ["state"]), submit: verb("task.submit", ["role", "title"]) },
    }),
    localVerbs: { run: verb("run", ["prompt-file"]) },
    aliases: {},
    out: {
      isTerminal: false,
      write: async (text: string) => {
        written += text;
      },
    },
  };
  await completion(invocation as unknown as Invocation);
  return written;
}

/** What bash would offer for these words, the last of which is being typed. */
async function offered(...words: string[]): Promise<string[]> {
  const set = `COMP_WORDS=(${words.map((word) => `'${word}'`).join(" ")}); COMP_CWORD=${words.length - 1}`;
  const program = `${await script("bash")}\n${set}\n_steward\nprintf '%s\\n' "\${COMPREPLY[@]}"`;
  const { stdout, stderr } = spawnSync("bash", ["-c", program], { encoding: "utf8" });
  expect(stderr).toBe("");
  return stdout.split("\n").filter(Boolean);
}

test("bash offers nouns, then verbs, then flags", async () => {
  expect(await offered("steward", "")).toEqual(["run", "task"]);
  expect(await offered("steward", "ta")).toEqual(["task"]);
  expect(await offered("steward", "task", "")).toEqual(["list", "submit"]);
  expect(await offered("steward", "task", "submit", "--t")).toEqual(["--title"]);
  expect(await offered("steward", "task", "list", "--")).toEqual([
    "--state",
    "--json",
    "--home",
    "--wait-limit",
    "--yes",
    "--help",
  ]);
  expect(await offered("steward", "run", "a prompt", "--p")).toEqual(["--prompt-file"]);
});

test("bash offers what may follow a flag that takes one of few words", async () => {
  expect(await offered("steward", "task", "list", "--state", "")).toEqual(["queued", "running"]);
  expect(await offered("steward", "task", "list", "--state", "q")).toEqual(["queued"]);
  expect(await offered("steward", "task", "list", "--state", "queued", "--s")).toEqual(["--state"]);
});

test("zsh and fish get every verb and flag too", async () => {
  for (const shell of ["zsh", "fish"]) {
    const text = await script(shell);
    for (const word of ["task", "submit", "title", "prompt-file", "queued running"]) expect(text).toContain(word);
  }
});

test("another shell is refused by name", async () => {
  await expect(script("tcsh")).rejects.toThrow('no completion for "tcsh"');
});
