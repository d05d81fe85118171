/** An upgrade replaces the files of a program that runs: what it had not loaded yet is gone, or another's. */
import { copyFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { aHome, type DaemonProcess, shellAgent } from "../lifecycle/daemon.ts";
import { agentsOf } from "../lifecycle/processes.ts";
import { says, submit } from "../lifecycle/tasks.ts";
import { scratch } from "../scratch.ts";

const aDirectory = scratch("program");
const MAIN = join(import.meta.dirname, "../../src/main.ts");

const problemsOf = async (daemon: DaemonProcess) =>
  (await daemon.call<{ problems: string[] }>("daemon.status")).problems.filter((one) => one.includes("program"));

/** The daemon from a file of its own, which can be replaced. */
function aProgram(): string {
  const program = join(aDirectory(), "steward.ts");
  writeFileSync(
    program,
    `import { runDaemon } from ${JSON.stringify(MAIN)};
await runDaemon({ home: process.argv[3] ?? "" });
`,
  );
  return program;
}

test("an upgrade under a living daemon is told until it is restarted, and its agents run on", async () => {
  await using home = aHome(shellAgent());
  const program = aProgram();
  const first = await home.start({ program });
  await says(first, await submit(first, "echo ready; exec sleep 600"), "ready");
  expect(await problemsOf(first)).toEqual([]);
  copyFileSync(program, `${program}.new`);
  renameSync(`${program}.new`, program);
  expect(await problemsOf(first)).toEqual([expect.stringContaining("was replaced since this daemon began")]);
  await first.kill("SIGTERM");
  await first.ended;
  expect(agentsOf(home.path).length).toBeGreaterThan(0);
  const next = await home.start({ program });
  expect(await problemsOf(next)).toEqual([]);
  rmSync(program);
  expect(await problemsOf(next)).toEqual([expect.stringContaining("is gone")]);
});
