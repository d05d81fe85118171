/** What the doctor finds out by trying: agents, sandbox, custody. */
import { existsSync, readFileSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { eventually } from "../../../test/lifecycle/eventually.ts";
import { agents } from "./agents.ts";
import { around, directory, lines, program, told } from "./around.testing.ts";
import { custody } from "./custody.ts";
import { sandbox } from "./sandbox.ts";

describe("agents", () => {
  const configured = (command: string[]) => ({ agents: { mine: { runtime: "command" as const, command } } });

  test("a configured program that is not there is a problem, with what to do", async () => {
    const all = await told(agents, around({ settings: configured(["/no/such/program"]) }));
    expect(all[0]).toMatch(/^problem: The program "\/no\/such\/program" of agent "mine".*steward agent test mine/);
    expect((await told(agents, around({ settings: configured(["sh"]) })))[0]).toMatch(/^ok: Agent "mine" runs .*\/sh/);
  });

  test("a known one is asked for its version with nothing of our environment and an empty home", async () => {
    const { PATH } = program("claude", 'echo "9.9 (home: $(ls -A "$HOME" | wc -l), key: $SECRET)"');
    const all = await told(agents, around({ env: { PATH, SECRET: "hunter2", HOME: "/root" } }));
    expect(all).toContainEqual(expect.stringMatching(/^ok: claude is installed: .*\(9\.9 \(home: 0, key: \)\)/));
  });

  test("one that hangs, floods and leaves something behind is ended with all of it", async () => {
    const ran = directory();
    const { PATH } = program("codex", `sleep 1000 & echo $! > ${ran}/pid; yes | head -c 5000000; wait`);
    const all = await told(agents, around({ env: { PATH } }));
    expect(all).toContainEqual(expect.stringMatching(/^note: codex is installed .* does not tell its version/));
    await eventually("what it left is gone", () => {
      const pid = Number(readPid(ran));
      return !existsSync(`/proc/${pid}`) || isZombie(pid);
    });
  });

  test("a name that leads nowhere is not installed", async () => {
    const bin = directory();
    symlinkSync("/no/such/file", join(bin, "gemini"));
    expect((await told(agents, around({ env: { PATH: bin } })))[0]).toMatch(/^note: None of claude/);
  });
});

describe("the sandbox", () => {
  test("is tried: one that is installed and forbidden is told with its own words", async () => {
    const { PATH, path } = program("bwrap", "echo 'bwrap: No permissions to create new namespace' >&2; exit 1");
    expect(await told(sandbox, around({ env: { PATH } }))).toEqual(
      lines(new RegExp(`^note: ${path} is installed and does not work here: bwrap: No permissions`)),
    );
    const works = program("bwrap", "exit 0");
    expect((await told(sandbox, around({ env: { PATH: works.PATH } })))[0]).toMatch(/^ok: .* works here, tried/);
    expect((await told(sandbox, around({ env: { PATH: "/nowhere" } })))[0]).toMatch(/^note: bubblewrap is not/);
  });
});

describe("custody", () => {
  test("that leaks is a warning with its hole and what would be better", async () => {
    const all = await told(custody, around({ settings: { custody: "scan" } }));
    expect(all).toEqual(lines(/^warning: scan, tried: .*gets away.*→ Better: allow user namespaces/));
  });
});

function readPid(path: string): string {
  return readFileSync(join(path, "pid"), "utf8").trim();
}

/** Dead, and not yet fetched by whoever inherits orphans here. */
function isZombie(pid: number): boolean {
  return /\) Z /.test(readFileSync(`/proc/${pid}/stat`, "latin1"));
}
