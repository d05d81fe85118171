/** Repositories for tests, made with the real git and nothing of the machine's configuration. */
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { onTestFinished } from "vitest";
import type { Home } from "../lifecycle/daemon.ts";
import { eventually } from "../lifecycle/eventually.ts";

export interface TestRepository {
  readonly path: string;
  /** What git says, without its last line break. */
  git(...args: readonly string[]): string;
  write(file: string, text: string): void;
  /** Commits everything; returns the commit. */
  commit(message: string): string;
  branches(): string[];
}

const ENVIRONMENT = {
  PATH: process.env.PATH ?? "",
  HOME: "/nonexistent",
  GIT_CONFIG_NOSYSTEM: "1",
  GIT_AUTHOR_NAME: "Ada",
  GIT_AUTHOR_EMAIL: "ada@example.org",
  GIT_COMMITTER_NAME: "Ada",
  GIT_COMMITTER_EMAIL: "ada@example.org",
};

/** What agents of tests are given, so that they can commit. */
export const COMMITTER: Readonly<Record<string, string>> = {
  GIT_AUTHOR_NAME: "An agent",
  GIT_AUTHOR_EMAIL: "agent@example.org",
  GIT_COMMITTER_NAME: "An agent",
  GIT_COMMITTER_EMAIL: "agent@example.org",
};

/** `name` is the last part of its path. */
export function emptyRepository(name = "project"): TestRepository {
  const place = realpathSync(mkdtempSync(join(tmpdir(), "steward-repository-")));
  onTestFinished(() => rmSync(place, { recursive: true, force: true }));
  const path = join(place, name);
  mkdirSync(path);
  const repository = repositoryAt(path);
  repository.git("init", "--quiet", "--initial-branch=main");
  return repository;
}

/** With one commit: `readme` and `src/code`. */
export function aRepository(name?: string): TestRepository {
  const repository = emptyRepository(name);
  repository.write("readme", "hello\n");
  repository.write("src/code", "1\n2\n3\n");
  repository.commit("The beginning");
  return repository;
}

export function repositoryAt(path: string): TestRepository {
  const git = (...args: readonly string[]) =>
    execFileSync("git", ["-C", path, ...args], {
      env: ENVIRONMENT,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "pipe"],
    }).replace(/\n$/, "");
  return {
    path,
    git,
    write(file, text) {
      mkdirSync(dirname(join(path, file)), { recursive: true });
      writeFileSync(join(path, file), text);
    },
    commit(message) {
      git("add", "--all");
      git("commit", "--quiet", "--allow-empty", "-m", message);
      return git("rev-parse", "HEAD");
    },
    branches: () => git("for-each-ref", "--format=%(refname:short)", "refs/heads").split("\n").filter(Boolean),
  };
}

/** A checkout that takes as long as the test wants, by a filter of the user's own. */
export function slowRepository(home: Home) {
  const repository = aRepository();
  repository.write(".gitattributes", "slow filter=slow\n");
  repository.write("slow", "content\n");
  repository.commit("A file that takes its time");
  const [began, go] = [join(home.ledger, "began"), join(home.ledger, "go")];
  const filter = `sh -c 'echo $$ >${began}; until [ -e ${go} ]; do sleep 0.02; done; cat'`;
  writeFileSync(join(home.ledger, ".gitconfig"), `[filter "slow"]\n smudge = "${filter}"\n`);
  const busy = () => eventually("git is at it", () => existsSync(began) && readFileSync(began, "utf8").trim());
  return { repository, go: () => writeFileSync(go, ""), busy, env: { HOME: home.ledger } };
}
