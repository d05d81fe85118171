/** An agent that is talked with and turns on the files of its own run: it harms itself and nobody else. */
import { chmodSync, existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { aHome, type Home } from "./daemon.ts";
import { eventually } from "./eventually.ts";
import { agentsOf } from "./processes.ts";
import { inState, settled, submit } from "./tasks.ts";

/** A program that speaks just enough of Claude Code's protocol to be taken for it, and then does `deed` in its run's directory. */
function hostile(deed: string, { first = "sleep 0.3", limits = {} }: { first?: string; limits?: object } = {}): Home {
  const home = aHome();
  const program = join(home.path, "agent.sh");
  const greet = `echo '{"type":"control_response","response":{"subtype":"success","request_id":"steward-greeting"}}'`;
  writeFileSync(
    program,
    `#!/bin/sh\nIFS= read -r line\ncd "\${STEWARD_RESULT%/*}" || exit 9\n${first}\n${greet}\nsleep 0.5\n${deed}\necho "$PWD" >"${home.ledger}/did"\nexec sleep 600\n`,
  );
  chmodSync(program, 0o755);
  home.settings({
    limits: { terminateGraceSeconds: 1, runInterruptSeconds: 1, backoffFirstSeconds: 1, ...limits },
    agents: {
      hostile: { runtime: "claude", command: [program] },
      shell: { runtime: "command", command: ["sh", "-c", "{prompt}"] },
    },
    roles: { default: { agent: "hostile", attempts: 1 }, other: { agent: "shell" } },
    host: { maxRuns: 4 },
  });
  return home;
}

const did = (home: Home) => eventually("it did what it wanted", () => agentsOf(home.path).length > 0 && didFile(home));

function didFile(home: Home): boolean {
  return existsSync(join(home.ledger, "did"));
}

const FILES = ["agent.sock", "stdin.log", "events.jsonl", "prompt.md", "dialogue.json.new", "stdout.log"];

test.each(
  FILES.flatMap((file) => [
    [file, `rm -f ${file}; mkfifo ${file}`],
    [file, `rm -f ${file}; mkdir ${file}`],
    [file, `rm -f ${file}; ln -s /etc/passwd ${file}`],
  ]),
)("%s replaced (%s): the daemon answers, others work, and the run is ended when it is cancelled", async (_, deed) => {
  await using home = hostile(":", { first: `sleep 0.3; ${deed}` });
  const daemon = await home.start();
  const taskId = await submit(daemon, "Be hostile.");
  await did(home);
  expect(await settled(daemon, await submit(daemon, "echo on", { role: "other" }))).toMatchObject({
    state: "completed",
  });
  await daemon.call("task.cancel", { taskId });
  await inState(daemon, taskId, "cancelled");
  await eventually("nothing of it lives", () => agentsOf(home.path).length === 0);
});

test.each([
  ["is gone", "rm -f dialogue.json"],
  ["is a directory", "rm -f dialogue.json; mkdir dialogue.json"],
  ["says something else", "echo '{}' >dialogue.json"],
])("where nobody can say how its work went, because what stands in dialogue.json %s, it has failed", async (_, deed) => {
  await using home = hostile(deed);
  let daemon = await home.start();
  const taskId = await submit(daemon, "Be hostile.");
  await did(home);
  await daemon.kill("SIGKILL");
  daemon = await home.start();
  expect(await settled(daemon, taskId)).toMatchObject({
    state: "failed",
    runs: [{ outcome: "failed", reason: "what was said with its agent can no longer be read" }],
  });
  await eventually("nothing of it lives", () => agentsOf(home.path).length === 0);
});

test("lines without end keep nobody from being answered, and are ended by the limit of its output", async () => {
  await using home = hostile(":", {
    first: "exec yes",
    limits: { runOutputKeptBytes: 1_000_000, runOutputMaxBytes: 50_000_000 },
  });
  const daemon = await home.start();
  const taskId = await submit(daemon, "Talk.");
  expect(await settled(daemon, await submit(daemon, "echo on", { role: "other" }))).toMatchObject({
    state: "completed",
  });
  expect(await settled(daemon, taskId)).toMatchObject({ state: "failed", runs: [{ reason: "output_limit" }] });
});

test("what it makes of the marks of a setup that never was ends nobody but itself", async () => {
  await using home = hostile(":", {
    first: "touch setup.log; ln -s setup.ended setup.ended; sleep 600",
    limits: { runHandshakeSeconds: 1, runIdleSeconds: 4 },
  });
  const daemon = await home.start();
  const taskId = await submit(daemon, "Do not greet.");
  expect(await settled(daemon, taskId)).toMatchObject({
    state: "failed",
    runs: [{ reason: "idle_timeout" }],
  });
});

test("a line without end, however little of it is on the disk, keeps nobody from being answered", async () => {
  await using home = hostile("truncate -s 1T stdout.log");
  const daemon = await home.start();
  const taskId = await submit(daemon, "Say nothing at great length.");
  await did(home);
  expect(await settled(daemon, await submit(daemon, "echo on", { role: "other" }))).toMatchObject({
    state: "completed",
  });
  expect(await settled(daemon, taskId)).toMatchObject({ state: "failed", runs: [{ reason: "output_limit" }] });
});
