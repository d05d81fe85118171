/** Whatever a repository or an agent says, no program of theirs is run by the daemon, and odd repositories get a worktree or a plain word. */
import { chmodSync, chownSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import { steward } from "../lifecycle/command-line.ts";
import { aHome, type Home, shellAgent } from "../lifecycle/daemon.ts";
import { done, printed, settled, submit } from "../lifecycle/tasks.ts";
import { aRepository, COMMITTER, repositoryAt, type TestRepository } from "./repository.ts";

const COMMIT = "echo mine >mine && git add mine && git commit -qm mine";
const home = () => aHome(shellAgent({ agent: { env: COMMITTER } }));

/** A program that leaves a trace when anybody runs it. */
function trap(home: Home): { readonly program: string; wasSprung(): string } {
  const program = join(home.ledger, "trap");
  const trace = join(home.ledger, "sprung");
  writeFileSync(program, `#!/bin/sh\necho "$0 $*" >>${trace}\ncat 2>/dev/null\nexit 0\n`, { mode: 0o755 });
  return { program, wasSprung: () => (existsSync(trace) ? readFileSync(trace, "utf8") : "") };
}

/** Every setting known to make git run a program. */
function setTraps({ git, path }: TestRepository, program: string): void {
  const hooks = join(path, ".git", "hooks");
  mkdirSync(hooks, { recursive: true });
  for (const name of [
    "post-checkout",
    "post-commit",
    "pre-commit",
    "reference-transaction",
    "post-index-change",
    "post-merge",
  ]) {
    writeFileSync(join(hooks, name), readFileSync(program));
    chmodSync(join(hooks, name), 0o755);
  }
  const settings = {
    "core.hooksPath": hooks,
    "core.fsmonitor": program,
    "core.pager": program,
    "core.editor": program,
    "core.sshCommand": program,
    "core.askPass": program,
    "core.alternateRefsCommand": program,
    "credential.helper": program,
    "diff.external": program,
    "diff.evil.command": program,
    "diff.evil.textconv": program,
    "merge.evil.driver": `${program} %A %O %B`,
    "filter.evil.clean": program,
    "filter.evil.smudge": program,
    "filter.a=b.c.smudge": program,
    "filter.a=b.c.clean": program,
    "filter.slow.process": program,
    "filter.slow.required": "true",
    "gpg.program": program,
    "commit.gpgSign": "true",
    "gc.auto": "1",
    "remote.origin.url": `ext::${program}`,
    "remote.origin.promisor": "true",
    "submodule.recurse": "true",
    "alias.status": `!${program}`,
  };
  for (const [name, value] of Object.entries(settings)) git("config", name, value);
}

const ATTRIBUTES = "*.a filter=evil diff=evil merge=evil\n*.b filter=a=b.c\n*.c filter=slow diff=evil\n";

describe("programs that a repository names", () => {
  test("are never run: not when a worktree is made, looked at, compared, merged or removed", async () => {
    await using here = home();
    const { program, wasSprung } = trap(here);
    const repository = aRepository();
    repository.write(".gitattributes", ATTRIBUTES);
    for (const name of ["x.a", "x.b", "x.c"]) repository.write(name, "content\n");
    repository.commit("Files that ask for a filter");
    setTraps(repository, program);
    const daemon = await here.start();
    const cwd = repository.path;
    // Agents run no git here: what they run is theirs.
    const change = (text: string) => `echo ${text} >>x.a; echo ${text} >new.a; echo ${text} >x.c; rm x.b`;
    const task = await done(daemon, change("one"), { cwd });
    expect(task).toMatchObject({ state: "completed", workspace: { changes: { uncommitted: 4 } } });
    await daemon.call("workspace.get", { taskId: "task-1" });
    const { text } = await daemon.call<{ text: string }>("workspace.diff", { taskId: "task-1" });
    expect(text).toContain("+one");
    await daemon.call("workspace.remove", { taskId: "task-1", force: true });
    expect(wasSprung()).toBe("");
  });

  test("not even where two branches are merged that ask for a merge driver: that is a conflict", async () => {
    await using here = home();
    const { program, wasSprung } = trap(here);
    const repository = aRepository();
    repository.write(".gitattributes", ATTRIBUTES);
    repository.write("x.a", "content\n");
    repository.commit("Files that ask for a filter");
    const daemon = await here.start();
    const cwd = repository.path;
    const change = (text: string) => `echo ${text} >x.a; git add x.a; git commit -qm ${text}`;
    const needs = [await submit(daemon, change("one"), { cwd }), await submit(daemon, change("two"), { cwd })];
    for (const id of needs) await settled(daemon, id);
    setTraps(repository, program);
    const last = await settled(daemon, await submit(daemon, "true", { cwd, needs }));
    expect(last.parked?.note).toContain("does not merge with");
    expect(wasSprung()).toBe("");
  });

  test("nor those that an agent puts there while it works", async () => {
    await using here = home();
    const { program, wasSprung } = trap(here);
    const repository = aRepository();
    const daemon = await here.start();
    const evil = [
      `git config filter.late.clean ${program}`,
      `git config extensions.worktreeConfig true`,
      `git config --worktree filter.later.clean ${program}`,
      `git config core.fsmonitor ${program}`,
      `git config include.path more`,
      `printf '[filter "included"]\\n clean = ${program}\\n' >"$(git rev-parse --git-common-dir)/more"`,
      "echo '*.x filter=late' >.gitattributes; echo '*.y filter=later' >>.gitattributes; echo '*.z filter=included' >>.gitattributes",
      "echo 1 >f.x; echo 2 >f.y; echo 3 >f.z",
    ].join("; ");
    const task = await done(daemon, evil, { cwd: repository.path });
    expect(task).toMatchObject({ state: "completed", workspace: { changes: { uncommitted: 4 } } });
    await daemon.call("workspace.diff", { taskId: "task-1" });
    await expect(daemon.call("workspace.remove", { taskId: "task-1" })).rejects.toThrow("4 files");
    expect(wasSprung()).toBe("");
  });
});

describe("a worktree that an agent took apart", () => {
  test.each([
    ["without its .git", "rm .git"],
    ["with a .git that leads elsewhere", "echo 'gitdir: /nonexistent' >.git"],
    [
      "with a .git that leads to a repository of the agent's",
      'git init -q /tmp/$$-evil; echo "gitdir: /tmp/$$-evil/.git" >.git; rm -rf /tmp/$$-evil',
    ],
    ["with a broken index", 'echo broken >"$(git rev-parse --git-dir)/index"'],
    ["emptied", "rm -rf .git * .[a-z]*"],
    ["with directories that nobody may write to", "mkdir -p a/b; touch a/b/c; chmod 0 a/b; chmod 500 a"],
    [
      "with names of every kind",
      "touch -- '-rf' '$(x)' ':(glob)*' \"$(printf 'a\\nb')\" \"$(printf '\\377')\" 'ü'; mkfifo pipe",
    ],
  ])("%s: the end of its run is told all the same, and it can be removed", async (_, prompt) => {
    await using here = home();
    const repository = aRepository();
    const daemon = await here.start();
    const task = await done(daemon, `${prompt}; true`, { cwd: repository.path });
    expect(task.state).toBe("completed");
    await daemon.call("workspace.diff", { taskId: "task-1" }).catch(() => {});
    await daemon.call("workspace.get", { taskId: "task-1" }).catch(() => {});
    expect((await steward(here, "workspace", "remove", "task-1", "--force")).code).toBe(0);
    expect(existsSync(join(here.paths.workspaces, "task-1"))).toBe(false);
    expect(repository.git("worktree", "list").split("\n")).toHaveLength(1);
    expect(await done(daemon, "true", { cwd: repository.path })).toMatchObject({ state: "completed" });
  });
});

describe("an odd repository", () => {
  /** What its agent sees, and where its branch is. */
  async function works(cwd: string, at: TestRepository, prompt = COMMIT) {
    await using here = home();
    const daemon = await here.start();
    const task = await done(daemon, prompt, { cwd });
    expect(task).toMatchObject({
      state: "completed",
      workspace: { branch: "steward/task-1", changes: { commits: 1 } },
    });
    expect(at.git("show", "steward/task-1:mine")).toBe("mine");
    expect((await steward(here, "workspace", "remove", "task-1", "--force")).code).toBe(0);
    return await printed(daemon, "task-1");
  }

  test.each(["a project", "a\nb", "-rf", "$(touch x)", "ü '\"", "a=b", " "])("called %j is worked in", async (name) => {
    const repository = aRepository(name);
    await works(join(repository.path, "src"), repository, `cat code; cd .. && ${COMMIT}`);
  });

  test("with a detached HEAD is worked in from there", async () => {
    const repository = aRepository();
    repository.git("checkout", "--quiet", "--detach");
    repository.write("detached", "");
    const head = repository.commit("On no branch");
    expect(await works(repository.path, repository, `git rev-parse HEAD; ${COMMIT}`)).toBe(`${head}\n`);
    expect(repository.git("rev-parse", "HEAD")).toBe(head);
  });

  test("that is itself a worktree begins with what is checked out there", async () => {
    const repository = aRepository();
    const other = `${repository.path}-other`;
    repository.git("worktree", "add", "--quiet", "-b", "other", other);
    const worktree = repositoryAt(other);
    worktree.write("other", "");
    worktree.commit("Other");
    expect(await works(other, repository, `ls; ${COMMIT}`)).toBe("other\nreadme\nsrc\n");
  });

  test("that is a submodule is one of its own", async () => {
    const inner = aRepository("inner");
    const outer = aRepository("outer");
    outer.git("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", inner.path, "sub");
    outer.commit("With a submodule");
    const sub = repositoryAt(join(outer.path, "sub"));
    expect(await works(sub.path, sub, `ls; ${COMMIT}`)).toBe("readme\nsrc\n");
    expect(outer.branches()).toEqual(["main"]);
  });

  test("with a submodule is worked in, and one that an agent filled is not removed unasked", async () => {
    await using here = home();
    const inner = aRepository("inner");
    const outer = aRepository("outer");
    outer.git("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", inner.path, "sub");
    outer.commit("With a submodule");
    const daemon = await here.start();
    await done(daemon, "git -c protocol.file.allow=always submodule update -q --init", { cwd: outer.path });
    await expect(daemon.call("workspace.remove", { taskId: "task-1" })).rejects.toThrow("submodules");
    await daemon.call("workspace.remove", { taskId: "task-1", force: true });
  });

  test("that is shallow is worked in", async () => {
    const repository = aRepository();
    repository.commit("Later");
    const clone = `${repository.path}-shallow`;
    repository.git("clone", "--quiet", "--depth=1", `file://${repository.path}`, clone);
    await works(clone, repositoryAt(clone));
  });

  test("that is bare, with a .git that leads to it, is worked in; a bare one by itself is a directory", async () => {
    const repository = aRepository();
    const place = dirname(repository.path);
    renameSync(join(repository.path, ".git"), join(place, "bare"));
    rmSync(repository.path, { recursive: true });
    const bare = repositoryAt(join(place, "bare"));
    bare.git("config", "core.bare", "true");
    writeFileSync(join(place, ".git"), "gitdir: ./bare\n");
    await works(place, bare);
    rmSync(join(place, ".git"));
    await using here = home();
    const daemon = await here.start();
    const task = await done(daemon, "pwd", { cwd: join(place, "bare") });
    expect(task).toMatchObject({ state: "completed", workspace: null });
  });

  test("whose .git is empty, broken or leads nowhere ends its task with a plain word, or is a directory", async () => {
    await using here = home();
    const daemon = await here.start();
    const at = (name: string) => join(here.ledger, name);
    mkdirSync(join(at("empty"), ".git"), { recursive: true });
    mkdirSync(at("nowhere"));
    writeFileSync(join(at("nowhere"), ".git"), "gitdir: /nonexistent\n");
    const broken = aRepository();
    rmSync(join(broken.path, ".git/objects"), { recursive: true });
    expect(await done(daemon, "true", { cwd: at("empty") })).toMatchObject({ state: "completed", workspace: null });
    for (const cwd of [at("nowhere"), broken.path]) {
      const task = await done(daemon, "true", { cwd });
      expect(task).toMatchObject({ state: "failed" });
      expect(task.endReason).toMatch(/^its workspace could not be made: git /);
    }
  });

  test.skipIf(process.getuid?.() !== 0)(
    "of another user's is not worked in before somebody says that git may trust it",
    async () => {
      await using here = home();
      const repository = aRepository();
      chownSync(join(repository.path, ".git"), 65_534, 65_534);
      const daemon = await here.start({ env: { HOME: here.ledger } });
      const task = await done(daemon, "true", { cwd: repository.path });
      expect(task.parked?.note).toContain(`git config --global --add safe.directory ${repository.path}`);
      writeFileSync(join(here.ledger, ".gitconfig"), `[safe]\n directory = ${repository.path}\n`);
      expect(await done(daemon, "true", { cwd: repository.path })).toMatchObject({ state: "completed" });
    },
  );

  test("that is locked for a moment is waited for", async () => {
    const repository = aRepository();
    writeFileSync(join(repository.path, ".git/packed-refs.lock"), "");
    writeFileSync(join(repository.path, ".git/index.lock"), "");
    await works(repository.path, repository);
  });
});
