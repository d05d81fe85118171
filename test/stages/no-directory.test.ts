/** Work that has gates and no directory: whoever submits it is told at once, before a gate is red in an empty one. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { steward } from "../lifecycle/command-line.ts";
import { aHome, type DaemonProcess, type Home, shellAgent } from "../lifecycle/daemon.ts";

const roles = {
  planner: { agent: "shell", next: { completed: "builder" } },
  builder: { agent: "shell", gates: ["npm test"], next: { completed: "merger", failed: "builder" } },
  merger: { agent: "shell", integration: { into: "next" } },
  writer: { agent: "shell" },
  housed: { agent: "housed", gates: ["true"] },
};

const agents = { housed: { runtime: "command", command: ["true"], cwd: "/" } };

interface Place extends AsyncDisposable {
  readonly home: Home;
  readonly daemon: DaemonProcess;
  readonly project: string;
}

async function standby(): Promise<Place> {
  const home = aHome();
  const project = join(home.path, "web");
  mkdirSync(project);
  home.settings({ ...shellAgent({ agents, roles }), projects: { web: { directory: project } } });
  const daemon = await home.start({ args: ["--standby"] });
  return { home, daemon, project, [Symbol.asyncDispose]: () => home[Symbol.asyncDispose]() };
}

test("a task without a directory is told of every role on its way that has gates, and what to do", async () => {
  await using place = await standby();
  const told = await steward(place.home, "task", "submit", "Build a boat", "--role", "planner");
  expect(told).toMatchObject({ code: 0, err: "" });
  expect(told.out).toBe(
    'task-1 queued\nnotice: The roles "builder", "merger" have gates, and this task has no directory: they will be run in an empty one. ' +
      "Cancel it, and submit it with a directory (`--cwd .`) or a project (`--project NAME`).\n",
  );
  for (const there of [
    ["--role", "planner", "--cwd", place.project],
    ["--role", "planner", "--project", "web"],
    ["--role", "writer"],
    ["--role", "housed"],
  ]) {
    const { out } = await steward(place.home, "task", "submit", "Build a boat", "--json", ...there);
    expect(JSON.parse(out), there.join(" ")).not.toHaveProperty("notice");
  }
}, 60_000);

test("a task that was there already is not told of again", async () => {
  await using place = await standby();
  const submit = async () =>
    JSON.parse((await steward(place.home, "task", "submit", "x", "--role", "builder", "--key", "k", "--json")).out);
  expect(await submit()).toMatchObject({ created: true, notice: expect.stringContaining("no directory") });
  expect(await submit()).not.toHaveProperty("notice");
}, 60_000);

test("an import of no project is told so once, in its rehearsal too, and one of a project is not", async () => {
  await using place = await standby();
  const queue = join(place.home.path, "SPRINT_QUEUE.json");
  const tasks = ["T001", "T002", "T003"].map((id) => ({ id, title: "Build it", status: "ready", priority: 1 }));
  writeFileSync(queue, JSON.stringify({ sprint: { id: "S-1" }, tasks }));
  const imported = async (...more: string[]) =>
    JSON.parse((await steward(place.home, "queue", "import", queue, "--json", ...more)).out).notices;
  const said = [expect.stringMatching(/"builder", "merger" have gates, and these tasks .*`--project NAME` instead\.$/)];
  expect(await imported("--dry-run")).toEqual(said);
  expect(await imported("--project", "web")).toEqual([]);
  expect(await imported()).toEqual(said);
  expect(await imported()).toEqual([]);
}, 60_000);

test("a workflow and a bug without a directory are told the same", async () => {
  await using place = await standby();
  mkdirSync(join(place.home.path, "workflows"));
  writeFileSync(
    join(place.home.path, "workflows", "two.yaml"),
    "summary: Two.\ntasks:\n  a: { prompt: x, role: builder }\n  b: { prompt: y, role: builder }\n",
  );
  const { daemon } = place;
  const said = expect.stringMatching(/^The roles "builder", "merger" have gates, and these tasks have no directory/);
  expect(await daemon.call("workflow.run", { name: "two", dryRun: true })).toMatchObject({ notices: [said] });
  expect(await daemon.call("workflow.run", { name: "two" })).toMatchObject({ notices: [said] });
  expect(await daemon.call("workflow.run", { name: "two", cwd: place.project })).toMatchObject({ notices: [] });
  const bug = (await daemon.call("bug.triage", { what: "It leaks" })) as { notice: string };
  expect(bug.notice).toMatch(/No agent fills the role "tester".* The roles "builder", "merger" have gates/s);
  expect(await daemon.call("bug.triage", { what: "It leaks" })).not.toMatchObject({
    notice: expect.stringContaining("no directory"),
  });
  expect(await daemon.call("bug.triage", { what: "It sinks", project: "web" })).not.toMatchObject({
    notice: expect.stringContaining("no directory"),
  });
}, 60_000);
