import { mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { systemClock } from "../../core/clock.ts";
import { CustodyUnavailable, probeCustody } from "./custody.ts";
import { agent, aRoom, eventually, workingCustodies } from "./launched-run.testing.ts";
import { type Proc, systemProc } from "./proc.ts";
import { resolveProgram } from "./program.ts";
import { terminate } from "./terminate.ts";

test("the best level that works here is taken, and says what it is and what gets away", async () => {
  const custody = await probeCustody("auto");
  const [best] = await workingCustodies();
  expect(custody.level).toBe(best?.level);
  expect(custody.how).toMatch(/\.$/);
  expect(custody.tried.at(-1)).toEqual({ level: custody.level, works: true, why: custody.how });
  if (custody.level === "scan") expect(custody.hole).toMatch(/clears its environment/);
});

test("where neither unshare nor a cgroup2 mount is to be had, runs are held by looking, and why is told", async () => {
  const bare: Proc = { ...systemProc, read: (path) => (path === "mounts" ? "" : systemProc.read(path)) };
  // A directory with the two programs that the trial itself needs, and without unshare.
  const tools = onlySetsid();
  const custody = await probeCustody("auto", { proc: bare, path: tools });
  expect(custody.level).toBe("scan");
  expect(custody.tried.map(({ level, works }) => [level, works])).toContainEqual(["cgroup", false]);
  expect(custody.tried[0]?.why).toMatch(/unshare/);
  rmSync(tools, { recursive: true });
});

test("a level that was asked for and does not work is not silently replaced", async () => {
  const refused = probeCustody("namespace", { path: "/nowhere" });
  await expect(refused).rejects.toThrow(CustodyUnavailable);
  await expect(refused).rejects.toThrow(/unshare could not be started/);
});

test("a run is ended by the level that it was launched under, whatever today's is", async () => {
  const custodies = await workingCustodies();
  for (const launchedUnder of custodies) {
    for (const today of custodies) {
      await using room = aRoom(launchedUnder);
      const run = await room.launch([agent("double-forks-with-marker"), "stay"]);
      await run.says("ready");
      expect(await terminate({ ...run, custody: today, graceMs: 50, clock: systemClock })).toBe("gone");
      await eventually(() => run.living().length === 0);
    }
  }
});

function onlySetsid(): string {
  const directory = mkdtempSync(join(tmpdir(), "steward-path-"));
  for (const name of ["setsid", "env"]) {
    const program = resolveProgram(name, { PATH: process.env.PATH ?? "", cwd: "/" });
    if (!program) throw new Error(`${name} is part of every Linux that has unshare`);
    symlinkSync(program, join(directory, name));
  }
  return directory;
}
