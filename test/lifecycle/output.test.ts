/** What an agent prints can be read while it runs, by whoever asks, and never with a secret in it. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { aHome, type DaemonProcess, type Home, shellAgent } from "./daemon.ts";
import { done, inState, lastRun, says, settled, submit } from "./tasks.ts";

const SECRET = "sk-live-4f9a1c77e2";

let home: Home;
let daemon: DaemonProcess;

interface Piece {
  readonly text: string;
  readonly from: number;
  readonly next: number;
  readonly ended: boolean;
}

beforeAll(async () => {
  home = aHome();
  writeFileSync(join(home.path, "key"), `${SECRET}\n`);
  home.settings(shellAgent({ agent: { env: { API_KEY: { file: "key" } } } }));
  daemon = await home.start();
});

afterAll(() => home[Symbol.asyncDispose]());

const output = (runId: string, more: object = {}) => daemon.call<Piece>("run.output", { runId, ...more });

test("a reader that waits gets what is printed as it is printed, to the end", async () => {
  const go = join(home.ledger, "go");
  const taskId = await submit(daemon, `echo one; until [ -e ${go} ]; do sleep 0.02; done; echo two`);
  const { runId } = lastRun(await inState(daemon, taskId, "running"));
  const first = await output(runId, { waitMs: 20_000 });
  expect(first).toMatchObject({ text: "one\n", from: 0, next: 4, ended: false });
  const second = output(runId, { from: 4, waitMs: 20_000 });
  writeFileSync(go, "");
  expect(await second).toMatchObject({ text: "two\n", from: 4, next: 8 });
  expect(await output(runId, { from: 8, waitMs: 20_000 })).toMatchObject({ text: "", next: 8, ended: true });
});

test("a reader whose agent is silent is answered when its wait is over, and costs nobody else anything", async () => {
  const taskId = await submit(daemon, "echo ready; exec sleep 60");
  await says(daemon, taskId, "ready");
  const { runId } = lastRun(await inState(daemon, taskId, "running"));
  const before = performance.now();
  expect(await output(runId, { from: 6, waitMs: 400 })).toMatchObject({ text: "", next: 6, ended: false });
  expect(performance.now() - before).toBeGreaterThan(390);
  await daemon.call("task.cancel", { taskId });
  await settled(daemon, taskId);
});

test("both streams are kept apart", async () => {
  const { runId } = lastRun(await done(daemon, "echo to stdout; echo to stderr >&2"));
  expect((await output(runId)).text).toBe("to stdout\n");
  expect((await output(runId, { stream: "stderr" })).text).toBe("to stderr\n");
});

test("a secret is given to the agent and shown to nobody: output, result, list, log", async () => {
  const task = await done(
    daemon,
    'echo "key=$API_KEY"; echo "$API_KEY" >&2; [ "$(printf %s "$API_KEY" | wc -c)" = 18 ]',
  );
  expect(task).toMatchObject({ state: "completed", result: { value: `key=${"*".repeat(SECRET.length)}\n` } });
  const { runId } = lastRun(task);
  expect((await output(runId)).text).not.toContain(SECRET);
  expect((await output(runId, { stream: "stderr" })).text).not.toContain(SECRET);
  const { text } = await output(runId, { encoding: "base64" });
  expect(Buffer.from(text, "base64").toString()).not.toContain(SECRET);
  expect(JSON.stringify(await daemon.call("agent.list"))).not.toContain(SECRET);
});

test("a secret that is read in pieces stays hidden over every seam", async () => {
  const { runId } = lastRun(await done(daemon, 'printf "before %s after" "$API_KEY"'));
  let whole = "";
  for (let from = 0; ; ) {
    const piece = await output(runId, { from, limit: 5 });
    whole += piece.text;
    if (piece.next === from) break;
    from = piece.next;
  }
  expect(whole).toBe(`before ${"*".repeat(SECRET.length)} after`);
});

test("a secret in the result file is not shown either", async () => {
  const task = await done(daemon, `echo "{\\"said\\":\\"$API_KEY\\"}" >"$STEWARD_RESULT"`);
  expect(task.state).toBe("completed");
  expect(JSON.stringify(task)).not.toContain(SECRET);
});

test("a secret in what an agent says of its failure is not shown either", async () => {
  const task = await done(
    daemon,
    `echo "{\\"outcome\\":\\"failed\\",\\"reason\\":\\"bad $API_KEY\\"}" >"$STEWARD_RESULT"`,
  );
  expect(task.state).toBe("failed");
  expect(JSON.stringify(task)).not.toContain(SECRET);
  expect(JSON.stringify(await daemon.call("event.list", { limit: 500 }))).not.toContain(SECRET);
});

test("an agent's environment holds what it was given, and nothing of the daemon's own", async () => {
  const task = await done(daemon, "env | cut -d= -f1 | sort | tr '\\n' ' '");
  const names = String(task.result?.value).trim().split(" ");
  expect(names).toEqual(
    expect.arrayContaining([
      ...["API_KEY", "PATH", "STEWARD_HANDOVER", "STEWARD_RESULT", "STEWARD_RUN_ID", "STEWARD_TASK_ID"],
    ]),
  );
  expect(names.filter((name) => /^STEWARD_|NODE/.test(name))).toHaveLength(4);
});
