/** `steward ps` and `steward top` on a real daemon and a real terminal. */
import { writeFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { steward } from "./command-line.ts";
import { aHome, shellAgent } from "./daemon.ts";
import { STEWARD } from "./programs.ts";
import { inState, submit } from "./tasks.ts";
import { atTerminal, hasTerminal, NO_TERMINAL } from "./terminal.ts";

/** xterm: the other screen and the cursor, given back. */
const GIVEN_BACK = "\u001b[?25h\u001b[?1049l";

test("ps shows what runs, and away from a terminal top is the same", async () => {
  await using home = aHome(shellAgent({ role: { wipLimit: 1 } }));
  const daemon = await home.start();
  expect(await steward(home, "ps")).toMatchObject({ code: 0, out: "Nothing runs.\n" });
  const taskId = await submit(daemon, "sleep 600");
  await submit(daemon, "sleep 600");
  await inState(daemon, taskId, "running");
  for (const verb of ["ps", "top"]) {
    const { code, out } = await steward(home, verb);
    expect({ code, out }).toEqual({ code: 0, out: expect.stringMatching(/^task-1 {2}run-1 {2}shell {2}running /m) });
    expect(out).toMatch(/^Tasks: 1 queued$/m);
    expect(out).not.toContain("\u001b");
  }
  const { runs, tasks } = JSON.parse((await steward(home, "ps", "--json")).out);
  expect({ runs, tasks }).toMatchObject({ runs: [{ runId: "run-1", state: "running" }], tasks: { queued: 1 } });
});

describe.skipIf(!hasTerminal)(`at a terminal (skipped where ${NO_TERMINAL})`, () => {
  test("top shows what comes and goes, and gives the terminal back when q is pressed", async () => {
    await using home = aHome(shellAgent());
    const daemon = await home.start();
    const terminal = atTerminal([STEWARD, "--home", home.path, "top"]);
    await terminal.until("Nothing runs.");
    const taskId = await submit(daemon, "sleep 600");
    await terminal.until("task-1  run-1  shell  running");
    await daemon.call("task.cancel", { taskId });
    await terminal.until("Nothing runs.");
    terminal.press("q");
    expect(await terminal.ended).toBe(0);
    expect(terminal.shown().startsWith("\u001b[?1049h")).toBe(true);
    expect(terminal.shown().endsWith(GIVEN_BACK)).toBe(true);
  });

  test("Ctrl-C ends it as q does", async () => {
    await using home = aHome(shellAgent());
    await home.start();
    const terminal = atTerminal([STEWARD, "--home", home.path, "top"]);
    await terminal.until("Nothing runs.");
    terminal.press("\u0003");
    expect(await terminal.ended).toBe(0);
    expect(terminal.shown().endsWith(GIVEN_BACK)).toBe(true);
  });

  test("one that is ended by a signal gives the terminal back too", async () => {
    await using home = aHome(shellAgent());
    await home.start();
    const command = `"$@" & until [ -e ${home.ledger}/end ]; do sleep 0.02; done; kill -TERM $!; wait $!`;
    // A background job of a shell without job control would have no terminal: it is given this one's.
    const terminal = atTerminal([
      "sh",
      "-c",
      `exec 3<&0; ${command.replace('"$@" &', '"$@" <&3 &')}`,
      "sh",
      STEWARD,
      "--home",
      home.path,
      "top",
    ]);
    await terminal.until("Nothing runs.");
    writeFileSync(`${home.ledger}/end`, "");
    expect(await terminal.ended).toBe(143);
    expect(terminal.shown().endsWith(GIVEN_BACK)).toBe(true);
  });

  test("without a daemon the terminal is never taken", async () => {
    await using home = aHome(shellAgent());
    const terminal = atTerminal([STEWARD, "--home", home.path, "top"]);
    expect(await terminal.ended).toBe(3);
    expect(terminal.shown()).toContain("No daemon answers");
    expect(terminal.shown()).not.toContain("\u001b[?1049h");
  });
});
