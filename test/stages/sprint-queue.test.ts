/** A sprint queue through a real daemon and the command line: in, worked at, out again, and the sprint ended and begun. */
import { mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { steward } from "../lifecycle/command-line.ts";
import { aHome, shellAgent } from "../lifecycle/daemon.ts";
import { settled } from "../lifecycle/tasks.ts";

const QUEUE = {
  sprint: 4,
  status: "in_progress",
  sprint_id: "SPRINT-2025-004",
  wip_limits: { planner: 1, builder: 1, tester: 1 },
  tasks: [
    { id: "A", title: "Größe → 🚤", type: "Build", status: "ready", priority: 1, agent: null, dependencies: [] },
    { id: "B", title: "Test it", type: "Test", status: "blocked", priority: 2, agent: null, dependencies: ["A"] },
    { id: "C", title: "Later", type: "Story", status: "needs_plan", priority: 5, agent: null, dependencies: [] },
  ],
  metadata: { total_tasks: 3, done_tasks: 0, updated: "2025-10-06T07:57:00+02:00" },
};

const TEXT = `${JSON.stringify(QUEUE, null, 2)}\n`;

async function aHarbour() {
  const home = aHome();
  home.settings({
    ...shellAgent(),
    agents: { worker: { runtime: "command", command: ["true"] } },
    roles: { builder: { agent: "worker" }, tester: { agent: "worker" } },
  });
  const daemon = await home.start();
  const file = join(home.ledger, "queue.json");
  writeFileSync(file, TEXT);
  return { home, daemon, file };
}

test("a queue goes in, is worked at, and comes out into its own file, and the next sprint has what was left", async () => {
  const { home, daemon, file } = await aHarbour();
  await using _ = home;
  expect(await steward(home, "queue", "import", file)).toMatchObject({ code: 0 });
  for (const key of ["A", "B"]) expect(await settled(daemon, key)).toMatchObject({ state: "completed" });
  const refused = await steward(home, "sprint", "complete", "SPRINT-2025-003");
  expect(refused).toMatchObject({ code: 4, err: expect.stringContaining("SPRINT-2025-004") });

  expect(await steward(home, "queue", "export", file, "--dry-run")).toMatchObject({
    code: 0,
    out: expect.stringMatching(/^3 tasks of SPRINT-2025-004: 2 changed.*\nWould be written/),
  });
  expect(readFileSync(file, "utf8")).toBe(TEXT);
  expect(await steward(home, "queue", "export", file)).toMatchObject({ code: 0 });
  const written = JSON.parse(readFileSync(file, "utf8"));
  expect(Object.keys(written)).toEqual(Object.keys(QUEUE));
  expect(written.tasks).toMatchObject([
    { title: "Größe → 🚤", status: "done", assigned_to_builder: expect.stringMatching(/Z$/) },
    { status: "done", assigned_to_tester: expect.stringMatching(/Z$/), completed: expect.stringMatching(/Z$/) },
    QUEUE.tasks[2],
  ]);
  expect(written.metadata).toMatchObject({ total_tasks: 3, done_tasks: 2 });
  expect(readdirSync(home.ledger).filter((name) => name.endsWith(".new"))).toEqual([]);
  const { out } = await steward(home, "queue", "export");
  expect(out).toBe(readFileSync(file, "utf8"));

  expect((await steward(home, "sprint", "status")).out).toMatch(/2 of 3 tasks done \(66 %\)/);
  expect(await steward(home, "sprint", "complete")).toMatchObject({ code: 0 });
  expect((await steward(home, "sprint", "new", "--goal", "Sail")).out).toContain("SPRINT-2025-005");
  expect((await steward(home, "triage", "It sinks", "--key", "leak")).out).toContain("leak-T01");
  const next = JSON.parse((await steward(home, "queue", "export", "--sprint", "5")).out);
  expect(next.tasks.map(({ id }: { id: string }) => id)).toEqual(["C", "leak-B01", "leak-T01"]);
});

test("no file is lost to an export: links, other queues and unknown tasks are refused", async () => {
  const { home, file } = await aHarbour();
  await using _ = home;
  await steward(home, "queue", "import", file);
  const at = (name: string) => join(home.ledger, name);
  symlinkSync(file, at("link.json"));
  writeFileSync(at("other.json"), JSON.stringify({ ...QUEUE, sprint_id: "SPRINT-2025-009" }));
  writeFileSync(at("more.json"), JSON.stringify({ ...QUEUE, tasks: [{ id: "Z", subtasks: [{ id: "Z-B01" }] }] }));
  writeFileSync(at("notes.txt"), "not a queue");
  mkdirSync(at("directory"));
  const said = async (name: string, ...more: string[]) => {
    const { code, err } = await steward(home, "queue", "export", at(name), ...more);
    return [code, err.split("\n")[0]];
  };
  expect(await said("link.json", "--force")).toEqual([2, expect.stringContaining("is a link")]);
  expect(await said("directory", "--force")).toEqual([2, expect.stringContaining("not a regular file")]);
  expect(await said("other.json")).toEqual([5, expect.stringContaining("another queue: SPRINT-2025-009")]);
  expect(await said("more.json")).toEqual([5, expect.stringMatching(/2 tasks that would be lost: Z, Z-B01/)]);
  expect(await said("notes.txt")).toEqual([5, expect.stringContaining("is no sprint queue")]);
  expect(await said("nowhere/queue.json")).toEqual([2, expect.stringContaining("ENOENT")]);
  expect(readFileSync(file, "utf8")).toBe(TEXT);
  expect(readFileSync(at("notes.txt"), "utf8")).toBe("not a queue");
  writeFileSync(at("other.json"), "{}", { mode: 0o600 });
  expect(await said("notes.txt", "--force")).toEqual([0, ""]);
  expect(JSON.parse(readFileSync(at("notes.txt"), "utf8")).sprint_id).toBe("SPRINT-2025-004");
  expect(statSync(at("new.json"), { throwIfNoEntry: false })).toBeUndefined();
  expect(await said("new.json")).toEqual([0, ""]);
});
