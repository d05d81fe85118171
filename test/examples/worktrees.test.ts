import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { commit, git, inWorktree } from "../../examples/demo/git.ts";

let place: string;
let repository: string;

beforeEach(async () => {
  place = mkdtempSync(join(tmpdir(), "worktrees-"));
  repository = join(place, "repository");
  mkdirSync(repository);
  await git(repository, "init", "--quiet");
  await git(repository, "symbolic-ref", "HEAD", "refs/heads/main");
  await git(repository, "config", "user.name", "A test");
  await git(repository, "config", "user.email", "test@steward.invalid");
  await commit(repository, ["."], "the beginning");
});

afterEach(() => rmSync(place, { recursive: true, force: true }));

test("agents that work in one repository at the same moment do not disturb each other", async () => {
  const names = Array.from({ length: 12 }, (_, index) => `piece-${index}`);
  await Promise.all(names.map((name) => write(name, name)));
  for (const name of names) expect(await git(repository, "show", `${name}:${name}`)).toBe(name);
  expect((await git(repository, "worktree", "list")).split("\n")).toHaveLength(1);
});

test("work that is tried again begins afresh", async () => {
  await write("piece", "the first try");
  await write("piece", "the second");
  expect(await git(repository, "show", "piece:piece")).toBe("the second");
  expect((await git(repository, "log", "--oneline", "piece")).split("\n")).toHaveLength(2);
});

test("what git complains of is told", async () => {
  await expect(git(repository, "merge", "nowhere")).rejects.toThrow("git merge: merge: nowhere - not something");
});

test("a repository that another git has locked is waited for", async () => {
  const lock = join(repository, ".git", "index.lock");
  writeFileSync(lock, "");
  const waiting = commit(repository, ["."], "later");
  await git(repository, "status").finally(() => rmSync(lock));
  await expect(waiting).resolves.toMatch(/^[0-9a-f]{7}/);
});

function write(name: string, text: string): Promise<string> {
  const worktree = { repository, directory: join(place, name), branch: name, merge: [] };
  return inWorktree(worktree, async (directory) => {
    writeFileSync(join(directory, name), text);
    return await commit(directory, [name], name);
  });
}
