import { writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { expect, onTestFinished, test, vi } from "vitest";
import { homePaths } from "../core/home.ts";
import { REFUSALS, type RefusalCode, refuse } from "../core/refusal.ts";
import { aDaemon, aHome, startSteward, steward } from "./command-line.testing.ts";

test("one verb is one call, shown for people or as JSON", async () => {
  const home = aHome();
  await aDaemon(home, { ping: () => ({ pong: true, timestamp: 5 }) });
  expect(await steward(home, ["ping"])).toEqual({ code: 0, out: "pong       yes\ntimestamp  5\n", err: "" });
  expect(await steward(home, ["ping", "--json"])).toEqual({ code: 0, out: '{"pong":true,"timestamp":5}\n', err: "" });
});

test("flags and positions become the input that the operation knows", async () => {
  const home = aHome();
  const { calls } = await aDaemon(home, { "task.submit": () => ({ taskId: "task-1" }) });
  const flags = ["--priority", "-5", "--timeout", "15m", "--needs=a,b", "--data", '{"a":1}', "--cwd", "here"];
  expect(await steward(home, ["task", "submit", "fix it", ...flags])).toMatchObject({ code: 0, err: "" });
  expect(calls).toEqual([
    {
      name: "task.submit",
      input: {
        prompt: "fix it",
        priority: -5,
        timeoutSeconds: 900,
        needs: ["a", "b"],
        data: { a: 1 },
        cwd: join(process.cwd(), "here"),
      },
    },
  ]);
});

test("a dash in the place of the prompt stands for stdin", async () => {
  const home = aHome();
  const { calls } = await aDaemon(home, { "task.submit": () => ({ taskId: "task-1" }) });
  await steward(home, ["task", "submit", "-"], { stdin: "from\na pipe" });
  expect(calls[0]?.input).toEqual({ prompt: "from\na pipe" });
});

test("--home is taken before, between and after the words", async () => {
  const home = aHome();
  await aDaemon(home, { "task.stats": () => ({ total: 0 }) });
  for (const args of [
    ["--home", home, "task", "stats"],
    ["task", `--home=${home}`, "stats"],
    ["task", "stats", "--home", home],
  ]) {
    expect(await steward("/nowhere", args)).toMatchObject({ code: 0, err: "" });
  }
});

test("without a daemon the exit code is 3 and the way to start one is said", async () => {
  const home = aHome();
  const { socket } = homePaths(home);
  expect(await steward(home, ["status"])).toEqual({
    code: 3,
    out: "",
    err: `error: No daemon answers at ${socket}.\nhint: Start one with \`steward start\`.\n`,
  });
  writeFileSync(socket, ""); // what a crash may leave: a path that nobody listens at
  expect(await steward(home, ["status", "--json"])).toMatchObject({
    code: 3,
    out: "",
    err: expect.stringContaining('"no_daemon"'),
  });
});

test("a home whose path is too long for a socket is served and asked all the same", async () => {
  const home = join(aHome(), "x".repeat(120));
  await aDaemon(home, { ping: () => ({ pong: true }) });
  expect(await steward(home, ["ping", "--json"])).toMatchObject({ code: 0, out: '{"pong":true}\n' });
});

test("a daemon that takes the question and is silent is given up after the limit, exit 8", async () => {
  const home = aHome();
  await aDaemon(home, { ping: () => new Promise(() => {}) });
  const { code, err } = await steward(home, ["ping", "--wait-limit", "300ms"]);
  expect({ code, err }).toEqual({ code: 8, err: expect.stringContaining("did not answer within 0.3 s") });
});

test("who waits at the daemon is given that long on top of the limit", async () => {
  const home = aHome();
  await aDaemon(home, {
    "task.wait": () => new Promise((resolve) => setTimeout(() => resolve({ settled: true }), 600)),
  });
  expect(await steward(home, ["task", "wait", "task-1", "--wait", "5s", "--wait-limit", "100ms"])).toMatchObject({
    code: 0,
  });
});

test.each([
  ["closes without a word", "", "closed the connection without an answer"],
  ["speaks another language", "HTTP/1.1 400 Bad Request\n\n", "is no daemon of Steward"],
])("a socket that %s is exit 8 with a clear sentence", async (_, answer, sentence) => {
  const home = aHome();
  const server = createServer((socket) => socket.once("data", () => socket.end(answer))).listen(homePaths(home).socket);
  onTestFinished(() => void server.close());
  expect(await steward(home, ["ping"])).toMatchObject({ code: 8, err: expect.stringContaining(sentence) });
});

test("each refusal has its exit code, its sentence and its hint", async () => {
  const home = aHome();
  await aDaemon(home, {
    "task.get": ({ taskId }) => refuse(taskId as RefusalCode, `No: ${taskId}.`, { hint: "Do this." }),
  });
  await Promise.all(
    Object.entries(REFUSALS).map(async ([code, { exit }]) => {
      const ended = await steward(home, ["task", "get", code]);
      expect(ended).toEqual({ code: exit, out: "", err: `error: No: ${code}.\nhint: Do this.\n` });
    }),
  );
});

test("with --json a refusal is the JSON-RPC error object, on stderr", async () => {
  const home = aHome();
  await aDaemon(home, {
    "task.get": () => refuse("not_found", "No such task.", { hint: "List.", data: { taskId: "x" } }),
  });
  const { code, out, err } = await steward(home, ["task", "get", "x", "--json"]);
  expect({ code, out, error: JSON.parse(err) }).toEqual({
    code: 4,
    out: "",
    error: {
      code: -32000,
      message: "No such task.",
      data: { taskId: "x", code: "not_found", hint: "List.", retry: "no" },
    },
  });
});

test("a bug in the daemon is exit 70 and shows its id", async () => {
  const home = aHome();
  await aDaemon(home, {
    ping: () => {
      throw new Error("secret");
    },
  });
  const { code, err } = await steward(home, ["ping"]);
  expect({ code, err }).toEqual({ code: 70, err: expect.stringMatching(/bug-[0-9a-f]{12}/) });
  expect(err).not.toContain("secret");
});

test.each([
  [["submit"], 'There is no verb "submit".', "steward task submit"],
  [["list", "x"], 'There is no verb "list".', "steward task list"],
  [["tsk"], 'There is no verb "tsk".', "steward task"],
  [["task", "sumbit"], 'There is no verb "task sumbit".', "steward task submit"],
  [["task", "list", "--sate", "x"], "There is no flag --sate.", "--state"],
  [["completion"], "SHELL is missing: bash, zsh or fish?", "steward completion --help"],
  [["task", "submit"], "PROMPT is missing.", "steward task submit --help"],
  [["task", "submit", "a", "b"], '"b" is one argument too many.', "in quotes"],
  [["task", "submit", "a", "--timeout", "soon"], '--timeout: "soon" is not a duration.', "90s"],
  [["task", "submit", "a", "--priority"], "--priority needs a value.", "--help"],
  [["../etc", "x"], 'There is no verb "../etc".', "--help"],
  [["--nonsense"], "There is no flag --nonsense.", "--help"],
])("%j is a usage error that says what was meant", async (args, message, hint) => {
  const { code, out, err } = await steward(aHome(), args);
  expect({ code, out }).toEqual({ code: 2, out: "" });
  expect(err).toContain(`error: ${message}`);
  expect(err).toContain(hint);
});

test("help needs no daemon and tells of every flag", async () => {
  const home = aHome();
  const [all, noun, verb, same] = await Promise.all(
    [["--help"], ["task", "--help"], ["task", "submit", "--help"], ["help", "task", "submit"]].map((args) =>
      steward(home, args),
    ),
  );
  expect(all).toMatchObject({ code: 0, err: "", out: expect.stringContaining("task submit") });
  expect(noun?.out).toContain("task explain");
  expect(noun?.out).not.toContain("run list");
  for (const flag of ["--priority <number>", "--timeout <duration>", "--wait ", "--json", "--home <path>"])
    expect(verb?.out).toContain(flag);
  expect(same).toEqual(verb);
  for (const flag of ["--home <path>", "--version", "--yes", "--wait-limit <duration>"])
    expect(all?.out).toContain(flag);
  expect(verb?.out).not.toContain("--yes");
  expect((await steward(home, ["task", "cancel", "--help"])).out).toContain("--yes");
});

test("with --json what is no verb is told as JSON too", async () => {
  const [bare, asked, noun] = await Promise.all(
    [["--json"], ["--help", "--json"], ["task", "--json"]].map((args) => steward(aHome(), args)),
  );
  const { verbs } = JSON.parse(bare?.out ?? "") as { verbs: { verb: string }[] };
  expect(verbs.map(({ verb }) => verb)).toContain("task submit");
  expect(bare).toEqual(asked);
  expect(noun).toMatchObject({ code: 2, out: "" });
  expect(JSON.parse(noun?.err ?? "")).toMatchObject({ data: { code: "invalid_input", hint: expect.anything() } });
});

test("the version needs no daemon either", async () => {
  expect(await steward(aHome(), ["version"])).toMatchObject({
    code: 0,
    out: expect.stringMatching(/^\d+\.\d+\.\d+\n$/),
  });
});

test("what agents wrote cannot steer the terminal, as text or as JSON", async () => {
  const home = aHome();
  const evil = "\u001b]0;owned\u0007\u009b31m\u202e\r";
  await aDaemon(home, {
    "task.get": () => ({ title: evil, list: [{ evil }] }),
    "task.list": () => refuse("conflict", evil),
  });
  const shown = await steward(home, ["task", "get", "x"]);
  const json = await steward(home, ["task", "get", "x", "--json"]);
  const refused = await steward(home, ["task", "list"]);
  for (const text of [shown.out, json.out, refused.err]) {
    for (const control of [...evil].filter((character) => !/[\]0;ownedm31]/.test(character)))
      expect(text).not.toContain(control);
  }
  expect(JSON.parse(json.out)).toEqual({ title: evil, list: [{ evil }] });
});

test("a long answer arrives whole through a slow pipe, and a reader that leaves is no error", async () => {
  const home = aHome();
  const text = "x".repeat(3_000_000);
  await aDaemon(home, { "task.get": () => ({ text }) });
  const { out } = await steward(home, ["task", "get", "x", "--json"]);
  expect(out.length).toBe(text.length + '{"text":""}\n'.length);
  const { child, ended } = startSteward(home, ["task", "get", "x", "--json"]);
  child.stdout.once("data", () => child.stdout.destroy());
  expect(await ended).toMatchObject({ code: 0, err: "" });
});

test("a reader that is gone before the first byte is no error either", async () => {
  const home = aHome();
  const gone = Promise.withResolvers<void>();
  await aDaemon(home, { ping: () => gone.promise.then(() => ({ pong: true })) });
  const { child, ended } = startSteward(home, ["ping"]);
  child.stdout.once("close", () => gone.resolve());
  child.stdout.destroy();
  expect(await ended).toMatchObject({ code: 0, err: "" });
});

test("an older Node is told what to do before anything is tried", async () => {
  const older = 'data:text/javascript,Object.defineProperty(process.versions,"node",{value:"20.1.0"})';
  const { code, err } = await steward(aHome(), ["ping"], { node: ["--import", older] });
  expect({ code, err }).toEqual({
    code: 78,
    err: expect.stringContaining("Steward needs Node 24 or newer; this is 20.1.0."),
  });
});

test("queue import reads the file here and sends its text", async () => {
  const home = aHome();
  const { calls } = await aDaemon(home, { "queue.import": () => ({ tasks: 1 }) });
  const file = join(home, "queue.json");
  writeFileSync(file, '{"tasks":[]}');
  expect(await steward(home, ["queue", "import", file, "--dry-run", "--json"])).toMatchObject({
    code: 0,
    out: '{"tasks":1}\n',
  });
  expect(calls).toEqual([{ name: "queue.import", input: { text: '{"tasks":[]}', file, dryRun: true } }]);
  expect(await steward(home, ["queue", "import", `${file}.gone`])).toMatchObject({
    code: 2,
    err: expect.stringContaining("ENOENT"),
  });
  writeFileSync(file, "# no JSON");
  expect(await steward(aHome(), ["queue", "import", file, "--dry-run"])).toMatchObject({
    code: 2,
    err: expect.stringContaining(`error: ${file}: `),
  });
});

/** A task that has one run; the run writes `stdout` and the task ends as `state`. */
function aTaskThatEnds(state: string, stdout = "hello\n") {
  const output = (stream: unknown) => (stream === "stderr" ? "" : stdout);
  return {
    "task.submit": () => ({ taskId: "task-1" }),
    "task.wait": () => ({
      taskId: "task-1",
      state,
      settled: true,
      parked: null,
      endReason: null,
      runs: [{ runId: "run-1" }],
    }),
    "run.output": ({ stream, from, encoding }: Record<string, unknown>) => {
      const rest = Buffer.from(output(stream)).subarray(Number(from ?? 0));
      const text = rest.toString(encoding === "base64" ? "base64" : "utf8");
      return { text, next: Number(from ?? 0) + rest.length, ended: rest.length === 0 };
    },
  };
}

test.each([
  ["completed", 0],
  ["failed", 1],
  ["cancelled", 1],
])("run shows what the task wrote, and its exit code says that it is %s", async (state, code) => {
  const home = aHome();
  await aDaemon(home, aTaskThatEnds(state));
  expect(await steward(home, ["run", "do it"])).toEqual({ code, out: "hello\n", err: `task-1 ${state}.\n` });
});

test("who interrupts run is told that the task goes on, and how to end it", async () => {
  const home = aHome();
  const asked = Promise.withResolvers<void>();
  await aDaemon(home, {
    ...aTaskThatEnds("completed"),
    "task.wait": () => {
      asked.resolve();
      return new Promise(() => {});
    },
  });
  const { child, ended } = startSteward(home, ["run", "do it"]);
  await asked.promise;
  child.kill("SIGINT");
  expect(await ended).toEqual({
    code: 130,
    out: "",
    err: "\ntask-1 goes on. `steward attach task-1` shows it again, `steward task cancel task-1` ends it.\n",
  });
});

test("what an agent or a webhook is found to be is the exit code of its test", async () => {
  const home = aHome();
  await aDaemon(home, {
    "agent.test": ({ agent }) => ({ agent, healthy: agent === "good" }),
    "webhook.test": ({ webhook }) => ({ webhook, delivered: webhook === "good" }),
  });
  const codes = async (name: string) => [
    (await steward(home, ["agent", "test", name])).code,
    (await steward(home, ["webhook", "test", name, "--json"])).code,
  ];
  expect(await codes("good")).toEqual([0, 0]);
  expect(await codes("bad")).toEqual([1, 1]);
});

test("what is wrong with a field is told of the flag or the position that it was typed as", async () => {
  const home = aHome();
  const fields = [
    { field: "state", problem: "must be one of a, b or c" },
    { field: "taskId", problem: "is strange" },
  ];
  const message = fields.map(({ field, problem }) => `${field}: ${problem}`).join("; ");
  await aDaemon(home, {
    "task.list": () => refuse("invalid_input", message, { data: { fields } }),
    "task.get": () => refuse("invalid_input", message, { data: { fields } }),
  });
  expect((await steward(home, ["task", "list", "--state", "q"])).err).toContain(
    "error: --state: must be one of a, b or c; taskId: is strange\n",
  );
  expect((await steward(home, ["task", "get", "x"])).err).toContain("; TASKID: is strange\n");
  expect(JSON.parse((await steward(home, ["task", "get", "x", "--json"])).err)).toMatchObject({ message });
});

test("config check tells what is not there, and config show how many runs this machine may have", async () => {
  const home = aHome();
  const agents = { a: { runtime: "command", command: ["true", "{promt}"] } };
  writeFileSync(homePaths(home).settings, JSON.stringify({ agents }));
  expect(await steward(home, ["config", "check"])).toMatchObject({
    code: 0,
    out: expect.stringContaining("can be used, but:\n  agents.a.command[1]: {promt}"),
  });
  const shown = JSON.parse((await steward(home, ["config", "show"])).out);
  expect(shown.host.maxRuns).toBeGreaterThanOrEqual(2);
});

test("daemon alone lists its verbs and starts nothing", async () => {
  const home = aHome();
  const { code, err } = await steward(home, ["daemon"]);
  expect({ code, err }).toEqual({ code: 2, err: expect.stringContaining("daemon reload") });
});

test("run and submit --wait do not wait for what only a person can end", async () => {
  const home = aHome();
  const parked = { reason: "person", note: "3 loops", until: null };
  const { calls } = await aDaemon(home, {
    ...aTaskThatEnds("parked"),
    "task.wait": () => ({ taskId: "task-1", state: "parked", settled: true, parked, endReason: null, runs: [] }),
  });
  const { code, err } = await steward(home, ["task", "submit", "do it", "--role", "builder", "--wait"]);
  expect({ code, err }).toEqual({ code: 1, err: expect.stringContaining("parked (person: 3 loops)") });
  expect(calls[0]?.input).toEqual({ prompt: "do it", role: "builder" });
});

test("run output gives every byte as it was when nobody looks", async () => {
  const home = aHome();
  const bytes = "\u001b[31mred\u0000\r\n";
  await aDaemon(home, aTaskThatEnds("completed", bytes));
  expect(await steward(home, ["run", "output", "run-1"])).toEqual({ code: 0, out: bytes, err: "" });
});

test("a task is waited for through a restart of the daemon", async () => {
  const home = aHome();
  const asked = Promise.withResolvers<void>();
  const first = await aDaemon(home, {
    ...aTaskThatEnds("completed"),
    "task.wait": () => {
      asked.resolve();
      return new Promise(() => {});
    },
  });
  const { ended } = startSteward(home, ["task", "submit", "do it", "--wait", "--json"]);
  await asked.promise;
  await first.server.close();
  await aDaemon(home, aTaskThatEnds("completed"));
  expect(await ended).toMatchObject({ code: 0, out: expect.stringContaining('"completed"') });
});

const stageOf = (outcome: string | null, ...gates: (string | null)[]) => ({
  stage: 1,
  last: { runId: "run-1", outcome, reason: null },
  gates: gates.map((each, at) => ({ gate: "test", runId: `run-${at + 2}`, outcome: each, reason: null })),
});
const inStage = (state: string, ...gates: (string | null)[]) => ({
  state,
  stage: 1,
  stages: [stageOf("completed", ...gates)],
});

test.each([
  ["its only stage is over", "completed", [inStage("completed")], 0],
  ["it failed", "failed", [{ state: "scheduled", stage: 1, stages: [stageOf("failed")] }], 1],
  ["another role has it", "completed", [inStage("queued"), { ...inStage("queued", "completed"), stage: 2 }], 0],
  [
    "a gate is red and its agent tries again",
    "completed",
    [inStage("running", null), inStage("scheduled", "failed")],
    1,
  ],
  [
    "a gate was lost and then green",
    "completed",
    [inStage("scheduled", "lost"), inStage("running", null), inStage("completed", "completed")],
    0,
  ],
  ["it was cancelled before its gate", "completed", [inStage("queued"), inStage("cancelled")], 1],
])("work --once ends as its stage ends: %s", async (_, outcome, tasks, code) => {
  const home = aHome();
  const run = { runId: "run-1", taskId: "task-1", state: "ended", outcome, reason: null };
  let asked = 0;
  await aDaemon(home, {
    "run.start": () => ({ runId: "run-1", taskId: "task-1" }),
    "run.wait": () => run,
    "task.wait": () => tasks[asked++],
  });
  const ended = await steward(home, ["work", "--role", "builder", "--once"]);
  expect(ended).toMatchObject({ code, err: "" });
  expect(ended.out).toMatch(new RegExp(`^task-1: run-1 started\ntask-1: run-1 ${outcome}\n`));
  expect(asked).toBe(tasks.length);
});

test("work --once with nothing to do is exit 9; without --once it waits until it is interrupted", async () => {
  const home = aHome();
  await aDaemon(home, { "run.start": () => ({ runId: null, taskId: null }) });
  expect(await steward(home, ["work", "--role", "builder", "--once"])).toMatchObject({ code: 9 });
  const { child, said, ended } = startSteward(home, ["work", "--role", "builder"]);
  await vi.waitFor(() => expect(said().err).toContain("Nothing to do"), 20_000);
  child.kill("SIGINT");
  expect(await ended).toMatchObject({ code: 0 });
});
