/** The temporary place of the demo: a home for the daemon and a git repository for the agents, in one directory. */
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { commit, git } from "./git.ts";
import { demoSettings } from "./settings.ts";

export interface Place {
  readonly root: string;
  /** `$STEWARD_HOME`. */
  readonly home: string;
  readonly repository: string;
  remove(): void;
}

/** Local, so that neither the person's git nor the machine's has to know anybody, sign anything or run a hook. */
const GIT_CONFIG = {
  "user.name": "Steward demo",
  "user.email": "demo@steward.invalid",
  "commit.gpgSign": "false",
  "tag.gpgSign": "false",
  "core.hooksPath": "/dev/null",
  "core.autocrlf": "false",
  // Nothing that git would leave running in the background.
  "gc.auto": "0",
  "maintenance.auto": "false",
};

const PACKAGE = {
  name: "greet",
  version: "1.0.0",
  type: "module",
  bin: "bin/greet.js",
  scripts: { test: "node --test" },
};

export function makePlace(): Place {
  // The shortest prefix that still says whose it is: a unix socket has to fit below it.
  const root = mkdtempSync(join(realpathSync(tmpdir()), "steward-demo-"));
  return {
    root,
    home: join(root, "home"),
    repository: join(root, "greet"),
    remove: () => rmSync(root, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 }),
  };
}

export async function furnish({ home, repository }: Place): Promise<void> {
  mkdirSync(home, { mode: 0o700 });
  writeFileSync(join(home, "steward.json"), `${JSON.stringify(demoSettings(repository), null, 2)}\n`);
  mkdirSync(repository);
  await git(repository, "init", "--quiet");
  await git(repository, "symbolic-ref", "HEAD", "refs/heads/main");
  for (const [name, value] of Object.entries(GIT_CONFIG)) await git(repository, "config", name, value);
  // What the queue's first task, done long ago, left behind.
  writeFileSync(join(repository, "package.json"), `${JSON.stringify(PACKAGE, null, 2)}\n`);
  await commit(repository, ["package.json"], "G001: Set the repository up");
}
