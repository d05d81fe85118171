/** What a person who watches is told of stages and gates, and what they are told afterwards. */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { steward } from "../lifecycle/command-line.ts";
import { aHome, type Home, shellAgent } from "../lifecycle/daemon.ts";
import { done, look, submit } from "../lifecycle/tasks.ts";

const scripted = (scripts: Readonly<Record<string, string>>) =>
  Object.fromEntries(
    Object.entries(scripts).map(([name, script]) => [name, { runtime: "command", command: ["sh", "-c", script] }]),
  );

/** A builder whose gate is red at first, and a reviewer who says no at first. */
function aReview(home: Home, limits: object = {}) {
  const at = home.ledger;
  const nth = (name: string) => `echo x >> ${at}/${name}; test $(wc -l < ${at}/${name}) -ge 2`;
  home.settings({
    ...shellAgent({ limits }),
    agents: scripted({
      bob: `printf building; echo '{"summary":"Built it."}' > "$STEWARD_RESULT"`,
      rita: `echo reviewing; ${nth("reviews")} || echo '{"outcome":"failed","summary":"line 40"}' > "$STEWARD_RESULT"`,
    }),
    roles: {
      default: {
        agent: "bob",
        attempts: 3,
        gates: [{ name: "check", command: `echo begun; echo 'the boat leaks' >&2; ${nth("checks")}` }],
        next: { completed: "reviewer" },
      },
      reviewer: { agent: "rita", maxLoops: 1, next: { failed: "default" } },
    },
  });
}

const anyTime = (text: string) => text.replaceAll(/\d+ (ms|s)\b/g, "T").replaceAll(/at \d{4}-\S+Z/g, "at NOW");

test("run tells of each stage, gate and hand-over as it comes, and its story at the end", async () => {
  await using home = aHome();
  aReview(home);
  await home.start();
  const { code, out, err } = await steward(home, "run", "Build a boat", "--cwd", home.ledger);
  expect(code, err).toBe(0);
  // What agents print is theirs alone; what a gate prints is told where it is red.
  expect(out).toBe("buildingbuildingreviewing\nbuildingreviewing\n");
  const story = [
    "story:",
    "  1. default, bob: completed (run-3, after 2 goes): Built it.",
    "     gate check is green (run-4), was red before (run-2)",
    "  2. reviewer, rita: failed (run-5): the agent says: line 40",
    "     → default, because it failed",
    "  3. default, bob: completed (run-6): Built it.",
    "     gate check is green (run-7)",
    "  4. reviewer, rita: completed (run-8)",
  ];
  // Said only where the wait is longer than it takes to look.
  const lines = anyTime(err)
    .split("\n")
    .filter((line) => line !== "" && !line.endsWith("task-1 goes on at NOW."));
  expect(lines).toEqual([
    "stage 1 · default · bob (run-1)",
    "gate check runs (run-2)",
    "gate check is red (exit 1) after T; `steward run output run-2` shows all",
    "    begun",
    "    the boat leaks",
    "stage 1 · default · bob, go 2 (run-3)",
    "gate check runs (run-4)",
    "gate check is green (T)",
    "handed on to reviewer: its gates are green",
    "stage 2 · reviewer · rita (run-5)",
    "handed on to default: the agent says: line 40",
    "stage 3 · default · bob (run-6)",
    "gate check runs (run-7)",
    "gate check is green (T)",
    "handed on to reviewer: its gates are green",
    "stage 4 · reviewer · rita (run-8)",
    ...story,
    "task-1 completed after T.",
  ]);
  // An agent that did not end its line does not swallow what is told after it.
  expect(err).toContain("(run-1)\n\ngate check runs");

  const got = (await steward(home, "task", "get", "task-1")).out;
  expect(got).toContain(`state  completed\n${story.join("\n")}\n`);
  expect(got).toMatch(/^loops +1 of 1$/m);
  expect(Math.max(...got.split("\n").map((line) => line.length))).toBeLessThanOrEqual(100);
  const json = JSON.parse((await steward(home, "attach", "task-1", "--json")).out);
  expect(json.stages).toMatchObject([
    {
      redBefore: [{ gate: "check", times: 1, runId: "run-2" }],
      handedOn: { toRole: "reviewer", because: "completed" },
    },
    { redBefore: [], handedOn: { toRole: "default", because: "failed" } },
    { handedOn: { toRole: "reviewer", because: "completed" } },
    { handedOn: null },
  ]);
  expect(json.runs.map(({ stage }: { stage: number }) => stage)).toEqual([4, 3, 3, 2, 1, 1, 1, 1]);
}, 60_000);

test("attach --tail tells nothing of what was over when it came", async () => {
  await using home = aHome();
  aReview(home);
  const daemon = await home.start();
  await done(daemon, "Build a boat", { cwd: home.ledger });
  const { out, err } = await steward(home, "attach", "task-1", "--tail");
  expect({ out, said: anyTime(err).split("\n")[0] }).toEqual({ out: "", said: "story:" });
}, 60_000);

test("what people did by hand is in the story, and in its data", async () => {
  await using home = aHome({ ...shellAgent() });
  const daemon = await home.start();
  const failed = await done(daemon, "exit 77", { cwd: home.ledger });
  await steward(home, "task", "resume", failed.taskId, "--note", "the key is there now");
  await done(daemon, "true");
  await steward(home, "task", "cancel", failed.taskId, "--yes");
  await steward(home, "task", "retry", failed.taskId, "--reason", "wanted after all");
  const { byHand } = await look(daemon, failed.taskId);
  expect(byHand).toMatchObject([
    { what: "resumed", note: "the key is there now", as: null, by: expect.stringMatching(/^person:/) },
    { what: "retried", note: "wanted after all", as: "task-3" },
  ]);
  const { out } = await steward(home, "task", "get", failed.taskId);
  expect(out).toMatch(/resumed by person:\S+ at \S+ \S+Z: the key is there now\n.*retried as task-3 by/);
}, 60_000);

test("a task of a workflow says so; others say that they are of none", async () => {
  await using home = aHome(shellAgent());
  mkdirSync(join(home.path, "workflows"));
  const file = join(home.path, "workflows", "boat.yaml");
  writeFileSync(file, "name: boat\nsummary: A boat.\ntasks:\n  hull:\n    prompt: 'true'\n");
  const daemon = await home.start();
  const ran = await steward(home, "workflow", "run", "boat", "--key", "first", "--json");
  expect(ran, ran.err).toMatchObject({ code: 0 });
  const { version } = JSON.parse(ran.out);
  expect(await look(daemon, "task-1")).toMatchObject({ workflow: { name: "boat", version, key: "first" } });
  expect((await steward(home, "task", "get", "task-1")).out).toMatch(/^workflow +boat \(key first\)$/m);
  expect(await look(daemon, await submit(daemon, "true"))).toMatchObject({ workflow: null });
  expect(readFileSync(file, "utf8")).toContain("boat");
}, 60_000);

test("work --once with nothing to do says so, in its own words or as data", async () => {
  await using home = aHome(shellAgent());
  await home.start();
  expect(await steward(home, "work", "--role", "default", "--once")).toMatchObject({
    code: 9,
    out: "",
    err: "Nothing to do for default, or a limit is reached: `steward task list --role default` shows its tasks.\n",
  });
  expect(await steward(home, "work", "--role", "default", "--once", "--json")).toMatchObject({
    ...{ code: 9, out: '{"runId":null,"taskId":null}\n', err: "" },
  });
}, 60_000);

test("an update that changes nothing is refused, with what could be changed, and leaves no event", async () => {
  await using home = aHome(shellAgent());
  const daemon = await home.start({ args: ["--standby"] });
  const taskId = await submit(daemon, "true");
  for (const argv of [
    ["task", "update", taskId],
    ["task", "update", taskId, "--reason", "just so"],
  ]) {
    const { code, out, err } = await steward(home, ...argv);
    expect({ code, out }).toEqual({ code: 2, out: "" });
    expect(err).toMatch(/^error: Nothing to change was named\.\nhint: Name at least one of: title, priority, .*needs/);
  }
  const { events } = await daemon.call<{ events: unknown[] }>("event.list", { topic: "task.updated" });
  expect(events).toEqual([]);
  expect(await steward(home, "task", "update", taskId, "--priority", "2")).toMatchObject({ code: 0 });
}, 60_000);
