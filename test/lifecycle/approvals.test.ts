/** Approvals with a real daemon: over every way in, over restarts, and asked of a person at a real terminal. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { parseId } from "../../src/core/ids.ts";
import { openSqlite } from "../../src/store/sqlite.ts";
import { migrations } from "../../src/tables.ts";
import { askApproval } from "../../src/trust/approval.store.ts";
import type { Question } from "../../src/trust/approval.ts";
import { someLimits } from "../builders.ts";
import { overHttp } from "../mcp/reader.ts";
import { TRANSPORTS } from "../transports/ways-in.ts";
import { steward } from "./command-line.ts";
import { aHome, type DaemonProcess, type Home, shellAgent } from "./daemon.ts";
import { eventually } from "./eventually.ts";
import { STEWARD } from "./programs.ts";
import { inState, lastRun, says, settled, submit } from "./tasks.ts";
import { atTerminal, hasTerminal, NO_TERMINAL } from "./terminal.ts";

type Asks = Pick<Question, "tool" | "input"> & Partial<Question>;

const A_PUSH: Asks = { tool: "Bash", input: { command: "git push" } };

/** An agent that runs on, and its daemon, which is killed, finds these questions of it when it is there again. */
async function asked(home: Home, prompt: string, questions: readonly Asks[], limits = {}) {
  const first = await home.start();
  const taskId = await submit(first, `echo up; ${prompt}`);
  await says(first, taskId, "up");
  const { runId } = lastRun(await inState(first, taskId, "running"));
  await first.kill("SIGKILL");
  const store = await openSqlite({ path: home.paths.database, migrations });
  for (const [at, question] of questions.entries()) {
    const whole = { runId: parseId("run", runId) ?? 0, key: `call-${at}`, ...question };
    await store.write((tx) => askApproval(tx, whole, someLimits(limits)));
  }
  await store.close();
  return { daemon: await home.start(), taskId, runId };
}

const show = (daemon: DaemonProcess, approvalId: string) =>
  daemon.call<Record<string, unknown>>("approval.get", { approvalId });

test("a question survives a daemon that is killed, and is answered over every way in, once", async () => {
  await using home = aHome({ ...shellAgent(), http: { port: 0 } });
  const ways = TRANSPORTS.filter(({ cannotAsk }) => cannotAsk("approval.approve") === undefined);
  const { daemon } = await asked(
    home,
    "exec sleep 600",
    ways.map(({ name }) => ({ ...A_PUSH, input: { command: `git push ${name}` } })),
  );
  for (const [at, transport] of ways.entries()) {
    const approvalId = `approval-${at + 1}`;
    const way = await transport.open(home);
    const { digest } = await show(daemon, approvalId);
    const wrong = await way.ask("approval.approve", { approvalId, digest: "0".repeat(64) });
    expect(wrong).toMatchObject({ refused: "conflict" });
    const answered = await way.ask("approval.approve", { approvalId, digest, note: "Go on." });
    expect(answered).toMatchObject({ result: { approvalId, state: "approved", note: "Go on." } });
    const again = await way.ask("approval.deny", { approvalId });
    expect(again).toMatchObject({
      refused: "conflict",
      message: expect.stringMatching(/was approved by person:\S+ at \d{4}/),
    });
    await way.close();
  }
  expect(await daemon.call("approval.list", { state: "pending" })).toEqual({ approvals: [], next: null, pending: 0 });
});

test("an agent's own token sees no approval and answers none, over HTTP and as MCP", async () => {
  await using home = aHome({ ...shellAgent(), http: { port: 0 } });
  const { daemon, runId } = await asked(home, "exec sleep 600", [A_PUSH]);
  const { token } = await daemon.call<{ token: string }>("token.create", { name: "agent", scope: "admin", runId });
  const { addresses } = await daemon.call<{ addresses: string[] }>("daemon.status");
  const url = addresses.find((address) => address.startsWith("http://")) ?? "";
  const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
  for (const [method, path] of [
    ["GET", "/approvals"],
    ["GET", "/approvals/approval-1"],
    ["POST", "/approvals/approval-1/approve"],
    ["POST", "/approvals/approval-1/deny"],
  ] as const) {
    const body = method === "POST" ? { body: "{}" } : {};
    const response = await fetch(`${url}/api/v1${path}`, { method, headers, ...body });
    expect([method, path, response.status]).toEqual([method, path, 403]);
    expect(await response.text()).not.toContain("git push");
  }
  const reader = await overHttp(`${url}/mcp`, token);
  const { tools } = await reader.client.listTools();
  expect(tools.map(({ name }) => name).filter((name) => name.startsWith("approval"))).toEqual([]);
  expect(await show(daemon, "approval-1")).toMatchObject({ state: "pending" });
});

test("a task that is parked for an approval goes on when it is answered", async () => {
  await using home = aHome(shellAgent());
  const [go, second] = [join(home.ledger, "go"), join(home.ledger, "second")];
  const yields = `printf '{"waitsFor":"approval"}' > "$STEWARD_RESULT"; touch ${second}; exit 77`;
  const script = `[ -e ${second} ] && exit 0; until [ -e ${go} ]; do sleep 0.02; done; ${yields}`;
  const { daemon, taskId } = await asked(home, script, [A_PUSH]);
  writeFileSync(go, "");
  expect(await settled(daemon, taskId)).toMatchObject({ state: "parked", parked: { reason: "approval" } });
  expect(await show(daemon, "approval-1")).toMatchObject({ state: "pending" });
  const said = await steward(home, "approval", "approve", "approval-1");
  expect(said).toMatchObject({ code: 0, out: "approval-1 approved: shell may use Bash, once.\n" });
  const ended = await eventually("it went on to its end", async () => {
    const task = await settled(daemon, taskId);
    return task.state === "completed" && task;
  });
  expect(ended.runs).toHaveLength(2);
});

test("a question whose time ran out while no daemon lived is a no as soon as one does, and one that runs out later then", async () => {
  await using home = aHome(shellAgent());
  const { daemon } = await asked(home, "exec sleep 600", [A_PUSH], { approvalSeconds: 1 });
  const expired = await eventually("it has expired", async () => {
    const seen = await show(daemon, "approval-1");
    return seen.state === "expired" && seen;
  });
  expect(expired).toMatchObject({ expiredBecause: "time", decidedBy: "host:clock" });
  const { code, err } = await steward(home, "approval", "approve", "approval-1");
  expect(code).toBe(5);
  expect(err).toMatch(/approval-1 expired at/);
});

describe("steward approve", () => {
  test("is for a person: without a terminal it says what a program asks instead", async () => {
    await using home = aHome(shellAgent());
    for (const more of [[], ["--json"], ["approval-1"]]) {
      const { code, err } = await steward(home, "approve", ...more);
      expect(code).toBe(2);
      expect(err).toMatch(/asks a person at a terminal/);
      expect(err).toMatch(/steward approval list --state pending --json/);
    }
  });

  test("goes through what is open, the longest waiting first: approve, deny with a reason, skip", async ({ skip }) => {
    skip(!hasTerminal, NO_TERMINAL);
    await using home = aHome(shellAgent());
    const edit = { file_path: "a.ts", old_string: "one\ntwo", new_string: "one\n2" };
    const { daemon } = await asked(home, "exec sleep 600", [
      { ...A_PUSH, title: "Push it", why: "The tests\nare green." },
      { tool: "Edit", input: edit },
      { tool: "Bash", input: { command: "\u001b[2Jls\u202e" } },
    ]);
    const person = atTerminal([STEWARD, "--home", home.path, "approve"]);
    await person.until("[q]uit");
    expect(person.shown()).toMatch(/tool +Bash\r\n *input +command: git push/);
    expect(person.shown()).toMatch(/why +│ The tests\r\n +│ are green\./);
    person.press("x");
    person.press("a");
    await person.until("approval-1 approved");
    await person.until("[q]uit");
    expect(person.shown()).toMatch(/│ {3}one\r\n +│ - two\r\n +│ \+ 2/);
    person.press("d");
    await person.until("Why");
    person.press("not now\r");
    await person.until("approval-2 denied");
    await person.until("[q]uit");
    expect(person.shown()).toContain("command: \\e[2Jls\\u202e");
    person.press("s");
    expect(await person.ended).toBe(0);
    expect(person.shown()).toContain("1 approved, 1 denied, 1 skipped.");
    expect(await show(daemon, "approval-1")).toMatchObject({ state: "approved", note: null });
    expect(await show(daemon, "approval-2")).toMatchObject({ state: "denied", note: "not now" });
    expect(await show(daemon, "approval-3")).toMatchObject({ state: "pending" });
  });

  test("takes no answer before all was shown, whatever was typed", async ({ skip }) => {
    skip(!hasTerminal, NO_TERMINAL);
    await using home = aHome(shellAgent());
    const content = Array.from({ length: 60 }, (_, at) => `line ${at + 1}`).join("\n");
    const { daemon } = await asked(home, "exec sleep 600", [{ tool: "Write", input: { file_path: "a", content } }]);
    const person = atTerminal([STEWARD, "--home", home.path, "approve", "approval-1"]);
    person.press("aaaaaaaaa");
    await person.until("more lines");
    person.press("a");
    await person.until("more lines");
    expect(await show(daemon, "approval-1")).toMatchObject({ state: "pending" });
    person.press(" ");
    await person.until("line 60");
    await person.until("[q]uit");
    expect(await show(daemon, "approval-1")).toMatchObject({ state: "pending" });
    person.press("a");
    expect(await person.ended).toBe(0);
    expect(await show(daemon, "approval-1")).toMatchObject({ state: "approved" });
    const lines = person.shown().match(/│ line (\d+)/g) ?? [];
    expect(new Set(lines).size).toBe(60);
  });

  test.for([
    ["q", "q"],
    ["Ctrl-C", "\u0003"],
    ["Ctrl-D", "\u0004"],
  ] as const)("leaves everything open after %s", async ([, key], { skip }) => {
    skip(!hasTerminal, NO_TERMINAL);
    await using home = aHome(shellAgent());
    const { daemon } = await asked(home, "exec sleep 600", [A_PUSH]);
    const person = atTerminal([STEWARD, "--home", home.path, "approve"]);
    await person.until("[q]uit");
    person.press(key);
    expect(await person.ended).toBe(0);
    expect(person.shown()).toContain("Nothing was answered.");
    expect(await show(daemon, "approval-1")).toMatchObject({ state: "pending" });
  });

  test("tells when somebody else was faster, and goes on", async ({ skip }) => {
    skip(!hasTerminal, NO_TERMINAL);
    await using home = aHome(shellAgent());
    const { daemon } = await asked(home, "exec sleep 600", [A_PUSH]);
    const person = atTerminal([STEWARD, "--home", home.path, "approve"]);
    await person.until("[q]uit");
    await daemon.call("approval.deny", { approvalId: "approval-1" });
    person.press("a");
    await person.until("was denied by person:");
    expect(await person.ended).toBe(0);
    expect(await show(daemon, "approval-1")).toMatchObject({ state: "denied" });
  });

  test("says so when nothing is open", async ({ skip }) => {
    skip(!hasTerminal, NO_TERMINAL);
    await using home = aHome(shellAgent());
    await home.start();
    const person = atTerminal([STEWARD, "--home", home.path, "approve"]);
    expect(await person.ended).toBe(0);
    expect(person.shown()).toContain("No agent waits for an answer.");
    expect(readFileSync(home.paths.log, "utf8")).not.toContain("unexpectedly");
  });
});
