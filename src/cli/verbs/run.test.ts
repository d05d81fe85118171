import { chmodSync, existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { homePaths } from "../../core/home.ts";
import { refuse } from "../../core/refusal.ts";
import { aDaemon, aHome, steward } from "../command-line.testing.ts";

const PAST = "2020-01-31T10:00:00.000Z";
const FUTURE = "2120-01-31T10:00:00.000Z";

type Happened = Readonly<Record<string, unknown>>;

const spoken = (text: string, at = PAST): Happened => ({ at, type: "text", text });
const spent = (at = PAST): Happened => ({
  at,
  type: "usage",
  inputTokens: 1_200,
  outputTokens: 30,
  cacheReadTokens: 0,
  cacheWriteTokens: 0,
  costUsd: 0.05,
});

/** A task whose runs did this, each a list of events, and that ends so. */
function aTaskThat(runs: readonly (readonly Happened[])[], end: object = { state: "completed" }) {
  const names = runs.map((_, at) => `run-${at + 1}`);
  const task = {
    taskId: "task-1",
    settled: true,
    parked: null,
    endReason: null,
    notBefore: null,
    runs: names.toReversed().map((runId) => ({ runId, outcome: null, reason: null })),
    ...end,
  };
  const eventsOf = (runId: unknown) => runs[names.indexOf(String(runId))] ?? [];
  return {
    "agent.list": () => ({ agents: [{ agent: "claude", runtime: "claude" }] }),
    "task.submit": () => ({ taskId: "task-1" }),
    "task.get": ({ taskId }: Happened) => (taskId === "task-1" ? task : refuse("not_found", "There is no such task.")),
    "task.wait": () => task,
    "run.get": () => ({ agent: "claude", state: "ended" }),
    // Each item is one event; the last says that nothing comes after it.
    "run.events": ({ runId, from }: Happened) => {
      const n = Number(from ?? 0) + 1;
      return { n, next: n, ...eventsOf(runId)[n - 1], ended: n >= eventsOf(runId).length };
    },
  };
}

test("run shows what the agent does, and ends with branch, changes and what was spent", async () => {
  const home = aHome();
  const tool = { at: PAST, type: "tool", callId: "c", name: "Bash", output: null };
  const changes = { commits: 1, files: 2, insertions: 3, deletions: 4, uncommitted: 0 };
  const { calls } = await aDaemon(
    home,
    aTaskThat(
      [
        [
          spoken("Look"),
          spoken("ing.\n"),
          { ...tool, input: { command: "npm test" }, state: "running" },
          { ...tool, input: null, state: "completed" },
          spent(),
          { at: PAST, type: "of a newer daemon" },
        ],
      ],
      { state: "completed", workspace: { branch: "steward/task-1", changes } },
    ),
  );
  const said = await steward(home, ["run", "do it"]);
  expect(said).toEqual({
    code: 0,
    out: "Looking.\n  ✓ Bash  npm test\n",
    err: [
      "task-1 completed.",
      "branch steward/task-1: 1 commit, 2 files changed, +3 -4",
      "`steward workspace diff task-1` shows what changed.",
      "1.2k tokens in, 30 out, $0.05",
      "",
    ].join("\n"),
  });
  expect(calls.find(({ name }) => name === "task.submit")?.input).toEqual({ prompt: "do it", cwd: process.cwd() });
});

test("every run of a task is shown in its turn, and what they spent is one sum", async () => {
  const home = aHome();
  await aDaemon(
    home,
    aTaskThat([
      [spoken("One."), spent()],
      [spoken("Two."), spent()],
    ]),
  );
  expect(await steward(home, ["attach", "task-1"])).toEqual({
    code: 0,
    out: "One.\nTwo.\n",
    err: "task-1 completed.\n2.4k tokens in, 60 out, $0.10\n",
  });
});

test("attach --tail shows only what comes from now on, and counts all of it", async () => {
  const home = aHome();
  await aDaemon(home, aTaskThat([[spoken("Old."), spent(), spoken("New.", FUTURE), spent(FUTURE)]]));
  expect(await steward(home, ["attach", "task-1", "--tail"])).toEqual({
    code: 0,
    out: "New.\n",
    err: "task-1 completed.\n2.4k tokens in, 60 out, $0.10\n",
  });
});

test("attach to a task that is not there is exit 4, and with --json it is the task that is told", async () => {
  const home = aHome();
  await aDaemon(home, aTaskThat([[spoken("One.")]], { state: "failed", endReason: "exit 1" }));
  expect(await steward(home, ["attach", "task-2"])).toMatchObject({ code: 4, out: "" });
  const { code, out } = await steward(home, ["attach", "task-1", "--json"]);
  expect({ code, ...JSON.parse(out) }).toMatchObject({ code: 1, taskId: "task-1", state: "failed" });
});

test("a daemon that tells of no events is asked for what was printed", async () => {
  const home = aHome();
  const { "run.events": _, ...older } = aTaskThat([[]]);
  await aDaemon(home, {
    ...older,
    "run.output": ({ stream, from }) => {
      const text = stream === "stdout" && !from ? Buffer.from("printed\n").toString("base64") : "";
      return { text, next: 8, ended: from === 8 || stream === "stderr" };
    },
  });
  expect(await steward(home, ["run", "do it"])).toMatchObject({ code: 0, out: "printed\n" });
});

test("a task that waits for an answer is exit 7 where nobody can be asked, and says who can", async () => {
  const home = aHome();
  const parked = { reason: "approval", note: null, until: null };
  await aDaemon(home, aTaskThat([[spoken("May I?")]], { state: "parked", parked }));
  const { code, err } = await steward(home, ["run", "do it"]);
  expect({ code, err }).toEqual({ code: 7, err: expect.stringContaining("`steward approve` answers what it asks") });
});

/** A home without anything, and this as the only agent on the PATH. */
function nothingButClaude(script?: string) {
  const home = join(aHome(), "new");
  const bin = join(aHome(), "bin");
  mkdirSync(bin);
  if (script !== undefined) writeFileSync(join(bin, "claude"), `#!/bin/sh\n${script}\n`);
  if (script !== undefined) chmodSync(join(bin, "claude"), 0o755);
  const env = {
    PATH: `${bin}:/usr/bin:/bin`,
    ANTHROPIC_API_KEY: "",
    CLAUDE_CODE_OAUTH_TOKEN: "",
    ANTHROPIC_AUTH_TOKEN: "",
  };
  return { home, env };
}

test("without any agent on the machine run says so and how to get one, and starts nothing", async () => {
  const { home, env } = nothingButClaude();
  const said = await steward(home, ["run", "do it"], { env });
  expect(said).toMatchObject({ code: 78, out: "" });
  expect(said.err).toContain("There is no agent");
  expect(said.err).toContain("steward init");
  expect(existsSync(home)).toBe(false);
});

test("an agent that is not logged in is set up, and what to do is said before anything is queued", async () => {
  const { home, env } = nothingButClaude('case "$1" in --version) echo 1.0 ;; *) exit 1 ;; esac');
  const said = await steward(home, ["run", "do it"], { env });
  expect(said).toMatchObject({ code: 78, out: "" });
  expect(said.err).toContain("No agent was set up yet: it is claude 1.0 now, which asks before it acts");
  expect(said.err).toContain("hint: Run `claude auth login`. Then ask again.");
  expect(existsSync(homePaths(home).settings)).toBe(true);
  expect(existsSync(homePaths(home).database)).toBe(false);
});

test("a daemon that runs without any agent and without settings is given the one that is found", async () => {
  const { home, env } = nothingButClaude('case "$1" in --version) echo 1.0 ;; esac');
  mkdirSync(home, { mode: 0o700 });
  const { calls } = await aDaemon(home, {
    ...aTaskThat([]),
    "agent.list": () => ({ agents: [] }),
    "daemon.reload": () => ({}),
  });
  expect(await steward(home, ["run", "do it"], { env })).toMatchObject({ code: 0 });
  expect(calls.map(({ name }) => name).slice(0, 3)).toEqual(["agent.list", "daemon.reload", "task.submit"]);
});

test("an agent that may do anything unasked is told of before it does", async () => {
  const home = aHome();
  const task = aTaskThat([[spoken("Done.\n")]]);
  const agents = [{ agent: "claude", runtime: "claude", permissions: "yolo" }];
  await aDaemon(home, { ...task, "agent.list": () => ({ agents }) });
  const { err } = await steward(home, ["run", "do it"]);
  expect(err).toContain("claude may do anything unasked (permissions: yolo).");
});

test("a task that does not start is told why and what helps, and again only when the reason is another", async () => {
  const home = aHome();
  const done = aTaskThat([]);
  const full = (n: number) => ({ code: "wip_limit", sentence: `${n} of 1 tasks run.`, change: "One ends." });
  const sick = { code: "unhealthy_agent", sentence: "It is unhealthy.", change: "Mend it." };
  // The last answer is followed by its end.
  const answers = [[sick], [], [full(1)], [full(2)], [sick]];
  const { calls } = await aDaemon(home, {
    ...done,
    "task.submit": () => ({ taskId: "task-1", notice: "It is unhealthy. Mend it." }),
    "task.wait": () => ({
      ...done["task.wait"](),
      // The time of a retry that is over says nothing any more.
      ...(answers.length > 0 && { state: "queued", settled: false, notBefore: PAST }),
    }),
    "task.explain": () => ({ state: "queued", reasons: answers.shift() }),
  });
  const { err } = await steward(home, ["run", "do it"]);
  expect(err.split("\n")).toEqual([
    "task-1: It is unhealthy. Mend it.",
    "task-1 is queued: 1 of 1 tasks run. → One ends.",
    "task-1 is queued: It is unhealthy. → Mend it.",
    "task-1 completed.",
    "",
  ]);
  expect(calls.filter(({ name }) => name === "task.explain")).toHaveLength(5);
}, 30_000);
