/** Stages of real agents with real gates: a task goes from role to role until it is done, and nobody carries it. */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { steward } from "../lifecycle/command-line.ts";
import { aHome, type Home, shellAgent } from "../lifecycle/daemon.ts";
import { eventually } from "../lifecycle/eventually.ts";
import { done, inState, look, settled, submit } from "../lifecycle/tasks.ts";

/** Agents that run a script of their own, whatever they are told: what they are told is on their standard input and in a file. */
const scripted = (scripts: Readonly<Record<string, string>>) =>
  Object.fromEntries(
    Object.entries(scripts).map(([name, script]) => [name, { runtime: "command", command: ["sh", "-c", script] }]),
  );

const aHouse = (home: Home, scripts: Readonly<Record<string, string>>, roles: object, more: object = {}) =>
  home.settings({ ...shellAgent(more), agents: scripted(scripts), roles });

test("a task goes from builder to tester to integrator, and its story tells what each left", async () => {
  await using home = aHome();
  const at = home.ledger;
  aHouse(
    home,
    {
      bob: `echo '{"summary":"Built it.","value":{"files":2}}' > "$STEWARD_RESULT"; touch ${at}/built`,
      tess: `cat > ${at}/told; cp "$STEWARD_HANDOVER" ${at}/handover.json; echo '{"summary":"Works."}' > "$STEWARD_RESULT"`,
      ingrid: "true",
    },
    {
      default: {
        agent: "bob",
        gates: [{ name: "built", command: `test -e ${at}/built` }],
        next: { completed: "tester" },
      },
      tester: { agent: "tess", instructions: "Be strict.", next: { completed: "integrator" } },
      integrator: { agent: "ingrid" },
    },
  );
  const daemon = await home.start();
  const task = await done(daemon, "Build a boat", { cwd: at });
  expect(task).toMatchObject({ state: "completed", role: "integrator", stage: 3 });
  expect(task.stages).toMatchObject([
    {
      stage: 1,
      role: "default",
      agent: "bob",
      goes: 1,
      last: { outcome: "completed", left: { summary: "Built it.", value: { files: 2 } } },
      gates: [{ gate: "built", outcome: "completed" }],
    },
    { stage: 2, role: "tester", last: { left: { summary: "Works." } }, gates: [] },
    { stage: 3, role: "integrator", last: { outcome: "completed" } },
  ]);
  const told = readFileSync(join(at, "told"), "utf8");
  for (const part of ["Build a boat", "Be strict.", "> Built it.", "Gate built was green", "it goes to integrator"]) {
    expect(told).toContain(part);
  }
  expect(JSON.parse(readFileSync(join(at, "handover.json"), "utf8"))).toMatchObject({
    role: "tester",
    stage: 2,
    before: [{ role: "default", last: { left: { value: { files: 2 } } } }],
  });
});

test("a red gate sends it back with what the gate printed, until it is green", async () => {
  await using home = aHome();
  const at = home.ledger;
  aHouse(
    home,
    {
      bob: `echo try >> ${at}/tries; cat > ${at}/told-bob`,
      mend: `cat > ${at}/told; touch ${at}/mended`,
    },
    {
      default: {
        agent: "bob",
        gates: [{ name: "check", command: `echo "the boat leaks" >&2; test -e ${at}/mended` }],
        next: { failed: "refiner" },
      },
      refiner: { agent: "mend", next: { completed: "default" } },
    },
  );
  const daemon = await home.start();
  const task = await done(daemon, "Build a boat", { cwd: at });
  expect(task).toMatchObject({ state: "completed", loops: 1, stage: 3, role: "default" });
  expect(task.stages.map(({ role, gates }) => [role, ...gates.map(({ outcome }) => outcome)])).toEqual([
    ["default", "failed"],
    ["refiner"],
    ["default", "completed"],
  ]);
  expect(readFileSync(join(at, "told"), "utf8")).toMatch(/gate check is red \(exit 1\)[\s\S]*the boat leaks/);
  expect(readFileSync(join(at, "tries"), "utf8")).toBe("try\ntry\n");
});

test("what goes back too often waits for a person, whose word lets the next role go on", async () => {
  await using home = aHome();
  const at = home.ledger;
  aHouse(
    home,
    { bob: "true", mend: `cat > ${at}/told; cp "$STEWARD_HANDOVER" ${at}/handover.json; echo mended >> ${at}/mended` },
    {
      default: {
        agent: "bob",
        gates: [{ name: "good", command: `test -e ${at}/good` }],
        maxLoops: 1,
        next: { failed: "refiner" },
      },
      refiner: { agent: "mend", next: { completed: "default" } },
    },
  );
  const daemon = await home.start();
  const parked = await done(daemon, "Build a boat", { cwd: at });
  expect(parked).toMatchObject({
    state: "parked",
    role: "refiner",
    parked: { reason: "person", note: expect.stringMatching(/went back once, .*gate good is red/) },
  });
  expect(readFileSync(join(at, "mended"), "utf8")).toBe("mended\n");
  writeFileSync(join(at, "good"), "");
  await daemon.call("task.resume", { taskId: parked.taskId, note: "I fixed the slipway." });
  expect(await settled(daemon, parked.taskId)).toMatchObject({ state: "completed", loops: 0 });
  expect(readFileSync(join(at, "mended"), "utf8")).toBe("mended\nmended\n");
  expect(readFileSync(join(at, "told"), "utf8")).toMatch(/\n\nA person says: I fixed the slipway\.$/);
  expect(JSON.parse(readFileSync(join(at, "handover.json"), "utf8"))).toMatchObject({ note: "I fixed the slipway." });
});

test("what a person says while a gate waits is told to whoever has the task next", async () => {
  await using home = aHome();
  const at = home.ledger;
  const asksFirst = `test -e ${at}/asked && exit 1; touch ${at}/asked; exit 78`;
  aHouse(
    home,
    { bob: "true", mend: `cat > ${at}/told` },
    {
      default: { agent: "bob", gates: [{ name: "asks", command: asksFirst }], next: { failed: "refiner" } },
      refiner: { agent: "mend" },
    },
  );
  const daemon = await home.start();
  const parked = await done(daemon, "Build a boat", { cwd: at });
  expect(parked).toMatchObject({ state: "parked", parked: { reason: "person" } });
  await expect(daemon.call("task.retry", { taskId: parked.taskId })).rejects.toMatchObject({
    hint: expect.stringContaining(`task resume ${parked.taskId}`),
  });
  await daemon.call("task.resume", { taskId: parked.taskId, note: "The key is under the mat." });
  expect(await settled(daemon, parked.taskId)).toMatchObject({ state: "completed", role: "refiner" });
  expect(readFileSync(join(at, "told"), "utf8")).toContain("A person says: The key is under the mat.");
});

test("a daemon that is killed while a gate runs finds its verdict afterwards, and runs nothing twice", async () => {
  await using home = aHome();
  const at = home.ledger;
  aHouse(
    home,
    { bob: `echo built >> ${at}/built`, tess: `echo tested >> ${at}/tested` },
    {
      default: {
        agent: "bob",
        gates: [{ name: "slow", command: `echo ran >> ${at}/ran; until [ -e ${at}/go ]; do sleep 0.02; done` }],
        next: { completed: "tester" },
      },
      tester: { agent: "tess" },
    },
  );
  const first = await home.start();
  const taskId = await submit(first, "Build a boat", { cwd: at });
  await eventually("the gate runs", () => existsSync(join(at, "ran")));
  first.kill("SIGKILL");
  await first.ended;
  writeFileSync(join(at, "go"), "");
  const second = await home.start();
  expect(await settled(second, taskId)).toMatchObject({ state: "completed", stage: 2 });
  for (const name of ["built", "ran", "tested"])
    expect(readFileSync(join(at, name), "utf8").split("\n")).toHaveLength(2);
});

test("a gate that takes too long is red, with all that it started ended", async () => {
  await using home = aHome();
  aHouse(
    home,
    { bob: "true" },
    { default: { agent: "bob", attempts: 1, gates: [{ name: "slow", command: "sleep 600", timeoutSeconds: 1 }] } },
  );
  const daemon = await home.start();
  const task = await done(daemon, "Build a boat", { cwd: home.ledger });
  expect(task).toMatchObject({ state: "failed", endReason: "gate slow is red (wall_timeout)" });
  expect(task.stages[0]?.gates).toMatchObject([{ gate: "slow", outcome: "failed" }]);
});

test("a cancelled task runs no further gate and has no further stage", async () => {
  await using home = aHome();
  const at = home.ledger;
  aHouse(
    home,
    { bob: "true", tess: `touch ${at}/tested` },
    {
      default: {
        agent: "bob",
        gates: [
          { name: "slow", command: `touch ${at}/ran; sleep 600` },
          { name: "late", command: `touch ${at}/late` },
        ],
        next: { completed: "tester" },
      },
      tester: { agent: "tess" },
    },
  );
  const daemon = await home.start();
  const taskId = await submit(daemon, "Build a boat", { cwd: at });
  await eventually("the gate runs", () => existsSync(join(at, "ran")));
  await daemon.call("task.cancel", { taskId });
  const task = await settled(daemon, taskId);
  expect(task.state).toBe("cancelled");
  expect([existsSync(join(at, "late")), existsSync(join(at, "tested"))]).toEqual([false, false]);
});

test("an agent that was asked for by name does its own role, and no other", async () => {
  await using home = aHome();
  aHouse(
    home,
    { bob: "true", bea: "true", tess: "true" },
    { default: { agent: "bob", next: { completed: "tester" } }, tester: { agent: "tess" } },
  );
  const daemon = await home.start();
  const task = await done(daemon, "Build a boat", { agent: "bea" });
  expect(task.stages.map(({ agent }) => agent)).toEqual(["bea", "tess"]);
});

test("in standby the gates of a stage that was begun are run, and no other stage is begun", async () => {
  await using home = aHome();
  aHouse(
    home,
    { bob: "true", tess: "true" },
    { default: { agent: "bob", gates: ["true"], next: { completed: "tester" } }, tester: { agent: "tess" } },
  );
  const daemon = await home.start({ args: ["--standby"] });
  const taskId = await submit(daemon, "Build a boat", { cwd: home.ledger });
  await daemon.call("run.start", { role: "default" });
  await eventually("the first stage is over", async () => (await look(daemon, taskId)).stage === 2);
  expect(await inState(daemon, taskId, "queued")).toMatchObject({ role: "tester", stage: 2 });
});

test("roles of which a task would never end are refused where they stand", async () => {
  await using home = aHome();
  aHouse(home, {}, { a: { next: { completed: "b" } }, b: { next: { completed: "a" } } });
  const { code, out, err } = await steward(home, "config", "check");
  expect(code).toBe(78);
  expect(out + err).toContain("would never end: a → b → a");
});

test("gates that change their places while one of them runs are all run", async () => {
  await using home = aHome();
  const at = home.ledger;
  const lint = { name: "lint", command: `touch ${at}/ran; until [ -e ${at}/go ]; do sleep 0.02; done` };
  const check = { name: "check", command: `test -e ${at}/good` };
  const settings = (gates: object[]) =>
    aHouse(home, { bob: "true" }, { default: { agent: "bob", attempts: 1, gates } });
  settings([lint, check]);
  const daemon = await home.start();
  const taskId = await submit(daemon, "Build a boat", { cwd: at });
  await eventually("the gate runs", () => existsSync(join(at, "ran")));
  settings([check, lint]);
  await daemon.call("daemon.reload");
  writeFileSync(join(at, "go"), "");
  expect(await settled(daemon, taskId)).toMatchObject({ state: "failed", endReason: "gate check is red (exit 1)" });
});

test("a role that is taken away while its gate runs completes nothing: a person is asked, and its gates go on when it is back", async () => {
  await using home = aHome();
  const at = home.ledger;
  const slow = { name: "slow", command: `touch ${at}/ran; until [ -e ${at}/go ]; do sleep 0.02; done` };
  const gates = [slow, { name: "check", command: `touch ${at}/checked` }];
  const roles = { default: { agent: "bob", gates } };
  aHouse(home, { bob: `echo go >> ${at}/goes` }, roles);
  const daemon = await home.start();
  const taskId = await submit(daemon, "Build a boat", { cwd: at });
  await eventually("the gate runs", () => existsSync(join(at, "ran")));
  aHouse(home, { bob: "true" }, {});
  await daemon.call("daemon.reload");
  writeFileSync(join(at, "go"), "");
  expect(await settled(daemon, taskId)).toMatchObject({
    state: "parked",
    parked: { reason: "person", note: expect.stringContaining("role was taken away") },
  });
  aHouse(home, { bob: "true" }, roles);
  await daemon.call("daemon.reload");
  await daemon.call("task.resume", { taskId });
  expect(await settled(daemon, taskId)).toMatchObject({ state: "completed" });
  expect([existsSync(join(at, "checked")), readFileSync(join(at, "goes"), "utf8")]).toEqual([true, "go\n"]);
});

test("an agent that says without end that it waits for sub-tasks, and has none, has failed", async () => {
  await using home = aHome();
  aHouse(
    home,
    { bob: `echo '{"waitsFor":"subtasks"}' > "$STEWARD_RESULT"; exit 77` },
    { default: { agent: "bob", attempts: 1 } },
  );
  const daemon = await home.start();
  expect(await done(daemon, "Build a boat", { cwd: home.ledger })).toMatchObject({
    state: "failed",
    endReason: "it waits for sub-tasks and has none",
  });
});
