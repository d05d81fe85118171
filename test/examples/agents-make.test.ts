/** The Makefile fragment, run by make against a real daemon: roles start, stop and tell how they are, by name or all. */
import { execFileSync, spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { aHome, type Home, shellAgent } from "../lifecycle/daemon.ts";
import { STEWARD, STEWARD_ENV } from "../lifecycle/programs.ts";
import { done, inState, look, settled, submit } from "../lifecycle/tasks.ts";

const FRAGMENT = join(import.meta.dirname, "../../examples/agents.mk");
const ROLES = { builder: { agent: "shell", wipLimit: 8 }, tester: { agent: "shell", wipLimit: 8 } };

const hasMake = (() => {
  try {
    execFileSync("make", ["-n", "-f", FRAGMENT, "agents-status"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
})();

describe.skipIf(!hasMake)(`examples/agents.mk${hasMake ? "" : ": make is not there"}`, () => {
  test("starts a daemon that works for one role, then all, tells how they are, and stops them", async () => {
    await using home = aHome(shellAgent({ roles: ROLES }));
    expect(await make(home, "agents-status")).toMatchObject({ code: 2 });
    expect(await make(home, "agents-stop")).toMatchObject({ code: 0, out: "No daemon is running.\n" });
    expect(await make(home, "agents-start", "ROLE=builder")).toMatchObject({ code: 0 });
    expect(await make(home, "agents-status", "ROLE=builder")).toMatchObject({
      code: 0,
      out: expect.stringMatching(/On: 1 of 1\n$/),
    });
    expect(await make(home, "agents-status")).toMatchObject({ code: 2, out: expect.stringMatching(/On: 1 of 3\n$/) });
    expect(await make(home, "agents-start")).toMatchObject({ code: 0, out: expect.stringMatching(/On: 3 of 3\n$/) });
    expect(await make(home, "agents-stop", "ROLE=tester")).toMatchObject({
      code: 0,
      out: expect.stringMatching(/On: 0 of 1\n$/),
    });
    expect(await make(home, "agents-status")).toMatchObject({ code: 2, out: expect.stringMatching(/On: 2 of 3\n$/) });
    expect(await make(home, "agents-restart")).toMatchObject({ code: 0, out: expect.stringMatching(/On: 3 of 3\n$/) });
  });

  test("waits for what runs unless it is forced, and FORCE=0 forces nothing", async () => {
    await using home = aHome(shellAgent({ roles: ROLES }));
    const daemon = await home.start();
    const long = await submit(daemon, `until [ -e ${home.ledger}/go ]; do sleep 0.02; done`, { role: "builder" });
    await inState(daemon, long, "running");
    for (const word of ["FORCE=0", "FORCE=", "FORCE=no", "FORCE=false"]) {
      const { code, err } = await make(home, "agents-stop", word, "AGENTS_TIMEOUT=100ms");
      expect(code).toBe(2);
      expect(err).toContain("1 task still at work");
    }
    expect(await make(home, "agents-stop", "FORCE=1")).toMatchObject({
      code: 0,
      out: expect.stringMatching(/On: 0 of 3\n$/),
    });
    expect(await make(home, "agents-restart", "ROLE=builder", "FORCE=1")).toMatchObject({
      code: 0,
      out: expect.stringMatching(/On: 1 of 1\n$/),
    });
    expect(await look(daemon, long)).toMatchObject({ state: "running" });
    writeFileSync(join(home.ledger, "go"), "");
    expect(await settled(daemon, long)).toMatchObject({ state: "completed" });
  });

  test("shows the logs of the role that is named, and no other", async () => {
    await using home = aHome(shellAgent({ roles: ROLES }));
    const daemon = await home.start();
    await done(daemon, "echo built", { role: "builder" });
    await done(daemon, "echo tested", { role: "tester" });
    const { out } = await make(home, "agents-logs", "ROLE=tester", "FOLLOW=0", "LINES=5");
    expect(out).toBe("run-2 | tested\nrun-2 | (task-2: completed)\n");
    expect((await make(home, "agents-logs", "LINES=1")).out).toBe("run-2 | (task-2: completed)\n");
  });
});

interface Made {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

async function make(home: Home, ...words: readonly string[]): Promise<Made> {
  const child = spawn("make", ["-f", FRAGMENT, `STEWARD=${STEWARD}`, ...words], {
    stdio: ["ignore", "pipe", "pipe"],
    cwd: tmpdir(),
    env: { PATH: process.env.PATH ?? "", STEWARD_HOME: home.path, ...STEWARD_ENV },
  });
  const read = async (stream: NodeJS.ReadableStream) => {
    let text = "";
    for await (const chunk of stream) text += String(chunk);
    return text;
  };
  const code = new Promise<number | null>((resolve) => child.once("close", resolve));
  const [out, err] = await Promise.all([read(child.stdout), read(child.stderr)]);
  return { code: await code, out, err };
}
