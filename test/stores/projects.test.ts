import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { unhealthyAgents } from "../../src/agent/agent.store.ts";
import { agentLimits } from "../../src/agent/limit.store.ts";
import { applyDefinitions } from "../../src/project/definition.store.ts";
import { projectNamed } from "../../src/project/project.store.ts";
import { ProjectName } from "../../src/project/project.ts";
import { migrations } from "../../src/tables.ts";
import { submitTask } from "../../src/task/task.service.ts";
import { NewTask } from "../../src/task/task.ts";
import { anAgent, aTask, someLimits } from "../builders.ts";
import { testClock } from "../clock.ts";
import { type Desk, type DeskOptions, openDesk, sitDown } from "./desk.ts";
import { brokenLaws } from "./laws.ts";
import { onEveryStore } from "./on-every-store.ts";

/** Real queues lie beside the repository because they are not ours to publish. */
const REAL = new URL("../../../shared/fixtures/", import.meta.url);
const QUEUES = ["sprint-queue-current.json", "sprint-queue-backup.json"].map((name) => new URL(name, REAL));

const WEB = { directory: "/srv/web" };
const API = { directory: "/srv/api" };
const TWO: DeskOptions = {
  agents: { worker: anAgent(), other: anAgent() },
  roles: {
    default: { agent: "worker", wipLimit: 1000 },
    builder: { agent: "worker", attempts: 1, instructions: "Build." },
  },
  projects: {
    web: { ...WEB, roles: { builder: { wipLimit: 1 } } },
    api: { ...API, roles: { builder: { wipLimit: 2 } } },
  },
};

onEveryStore((openStore) => {
  describe("the project of a task", () => {
    test("is the one that it names, and it works in its directory", async () => {
      const desk = await openDesk(openStore, TWO);
      const { taskId } = await desk.call("task.submit", aTask({ project: "web" }));
      expect(await desk.call("task.get", { taskId })).toMatchObject({ project: "web", cwd: "/srv/web" });
    });

    test("is the innermost one around its directory, also by a link; else the default one", async () => {
      const root = aDirectory();
      mkdirSync(join(root, "web/deep"), { recursive: true });
      symlinkSync(join(root, "web"), join(root, "link"));
      const projects = { all: { directory: root }, web: { directory: join(root, "link") } };
      const desk = await openDesk(openStore, { projects });
      const projectOf = async (cwd?: string) => {
        const { taskId } = await desk.call("task.submit", aTask(cwd === undefined ? {} : { cwd }));
        return (await desk.call("task.get", { taskId })) as { project: string; cwd: string | null };
      };
      expect(await projectOf(join(root, "web/deep"))).toMatchObject({ project: "web", cwd: join(root, "web/deep") });
      expect(await projectOf(join(root, "link"))).toMatchObject({ project: "web" });
      expect(await projectOf(root)).toMatchObject({ project: "all" });
      expect(await projectOf("/elsewhere")).toMatchObject({ project: "default" });
      expect(await projectOf()).toMatchObject({ project: "default", cwd: null });
    });

    test("must be in the settings; one that was taken out of them is kept with its tasks and its number", async () => {
      const desk = await openDesk(openStore, TWO);
      await expect(desk.call("task.submit", aTask({ project: "wbe" }))).rejects.toMatchObject({ code: "not_found" });
      await desk.call("task.submit", aTask({ project: "web", key: "A" }));
      const before = await projectNamed(desk.store.read, "web");
      await desk.define({ ...TWO, projects: { web: { directory: "/srv/moved" } } });
      expect(await projectNamed(desk.store.read, "web")).toMatchObject({ id: before?.id, directory: "/srv/moved" });
      expect(await desk.call("task.list", { project: "web" })).toMatchObject({ tasks: [{ key: "A", project: "web" }] });
    });
  });

  describe("keys", () => {
    test("are a project's own: two tasks of one key, each submitted once", async () => {
      const desk = await openDesk(openStore, TWO);
      const first = await desk.call("task.submit", aTask({ project: "web", key: "A" }));
      const second = await desk.call("task.submit", aTask({ project: "api", key: "A" }));
      const again = await desk.call("task.submit", aTask({ project: "web", key: "A" }));
      expect([first.created, second.created, again.created]).toEqual([true, true, false]);
      expect(again.taskId).toBe(first.taskId);
      expect(second.taskId).not.toBe(first.taskId);
    });

    test("find a task where one project has it, and name the candidates where several do", async () => {
      const desk = await openDesk(openStore, TWO);
      const a = await desk.call("task.submit", aTask({ project: "web", key: "A" }));
      const only = await desk.call("task.submit", aTask({ project: "api", key: "only" }));
      const b = await desk.call("task.submit", aTask({ project: "api", key: "A" }));
      const found = async (taskId: string) => (await desk.call("task.get", { taskId })).taskId;
      expect(await found("only")).toBe(only.taskId);
      expect(await found("web#A")).toBe(a.taskId);
      expect(await found("api#A")).toBe(b.taskId);
      await expect(found("A")).rejects.toMatchObject({
        code: "conflict",
        message: expect.stringContaining("web#A, api#A"),
        data: { candidates: ["web#A", "api#A"] },
      });
      for (const nothing of ["web#only", "nowhere#A", "#A", "A#", "web#A#"]) {
        await expect(found(nothing)).rejects.toMatchObject({ code: "not_found" });
      }
      await expect(desk.call("task.cancel", { taskId: "A" })).rejects.toMatchObject({ code: "conflict" });
    });

    test("in needs mean the task's own project first, and then any", async () => {
      const desk = await openDesk(openStore, TWO);
      await desk.call("task.submit", aTask({ project: "web", key: "A" }));
      const own = await desk.call("task.submit", aTask({ project: "api", key: "A" }));
      const only = await desk.call("task.submit", aTask({ project: "web", key: "only" }));
      const { taskId } = await desk.call(
        "task.submit",
        aTask({ project: "api", needs: ["A", "only", "web#A:continue"] }),
      );
      const { needs } = (await desk.call("task.get", { taskId })) as { needs: { taskId: string }[] };
      expect(needs.map((need) => need.taskId)).toEqual(expect.arrayContaining([own.taskId, only.taskId]));
      expect(needs).toHaveLength(3);
      await desk.call("task.update", { taskId, needs: ["A"] });
      expect(await desk.call("task.get", { taskId })).toMatchObject({ needs: [{ taskId: own.taskId }] });
      const elsewhere = desk.call("task.submit", aTask({ needs: ["A"] }));
      await expect(elsewhere).rejects.toMatchObject({ code: "conflict" });
    });
  });

  describe("roles", () => {
    test("have their limit in each project for itself", async () => {
      const desk = await openDesk(openStore, TWO);
      for (const project of ["web", "api"]) {
        for (let n = 0; n < 3; n++) await desk.call("task.submit", aTask({ project, role: "builder" }));
      }
      const claims = await desk.claimAll();
      const names = await Promise.all(
        claims.map(async ({ task }) => (await desk.call("task.get", { taskId: `task-${task.id}` })).project),
      );
      expect(names.toSorted()).toEqual(["api", "api", "web"]);
      const { tasks } = (await desk.call("task.list", { project: "web", state: "queued" })) as {
        tasks: { taskId: string }[];
      };
      expect(await desk.call("task.explain", { taskId: tasks[0]?.taskId })).toMatchObject({
        reasons: expect.arrayContaining([
          expect.objectContaining({ code: "wip_limit", data: { running: 1, limit: 1 } }),
        ]),
      });
    });

    test("are field by field over those of the default project", async () => {
      const desk = await openDesk(openStore, TWO);
      const web = await projectNamed(desk.store.read, "web");
      const current = desk.catalog.current();
      expect(current.role(web?.id ?? 0, "builder")?.body).toEqual({
        agent: "worker",
        attempts: 1,
        instructions: "Build.",
        wipLimit: 1,
      });
      expect(current.role(web?.id ?? 0, "default")?.body).toEqual({ agent: "worker", wipLimit: 1000 });
      expect(current.role(1, "builder")?.body).not.toHaveProperty("wipLimit");
    });

    test("of one project are nobody's elsewhere", async () => {
      const desk = await openDesk(openStore, {
        ...TWO,
        projects: { web: { ...WEB, roles: { sculptor: { agent: "other" } } }, api: API },
      });
      await desk.call("task.submit", aTask({ project: "api", role: "sculptor" }));
      expect(await desk.claim()).toBeUndefined();
      await desk.call("task.submit", aTask({ project: "web", role: "sculptor" }));
      expect((await desk.claim())?.run.agent).toBe("other");
    });

    test("decide in their own project how often a task is tried", async () => {
      const desk = await openDesk(openStore, {
        ...TWO,
        projects: { web: { ...WEB, roles: { builder: { attempts: 2 } } } },
      });
      const first = await desk.submit({ project: "web", role: "builder" });
      expect((await desk.run(first, { exit: 1 })).state).toBe("scheduled");
      const second = await desk.submit({ role: "builder" });
      expect((await desk.run(second, { exit: 1 })).state).toBe("failed");
    });
  });

  describe("agents are of the host", () => {
    test("one that is ill or at its limit in a project is so for all", async () => {
      const desk = await openDesk(openStore, TWO);
      const ill = await desk.submit({ project: "web", agent: "other" });
      await desk.submit({ project: "api", agent: "other" });
      await desk.run(ill, { known: { outcome: "configuration", reason: "not logged in" } });
      expect([...(await unhealthyAgents(desk.store.read)).keys()]).toEqual(["other"]);
      expect([...desk.catalog.current().unhealthy.keys()]).toEqual(["other"]);
      expect(await desk.claim()).toBeUndefined();

      const limited = await desk.submit({ project: "web" });
      await desk.run(limited, { known: { outcome: "limited", reason: "used up", until: desk.clock.now() + 60_000 } });
      expect([...(await agentLimits(desk.store.read)).keys()]).toEqual(["worker"]);
      await desk.submit({ project: "api" });
      expect(await desk.claim()).toBeUndefined();
    });
  });

  test("a part that an agent hands on stays in the project of the whole", async () => {
    const desk = await openDesk(openStore, TWO);
    await desk.submit({ project: "web" });
    const claim = await desk.claim();
    const actor = { kind: "run", name: "run-1", scope: "operate", runId: claim?.run.id ?? 0 } as const;
    const { taskId } = await desk.callAs(actor, "task.delegate", { prompt: "A part" });
    expect(await desk.call("task.get", { taskId })).toMatchObject({ project: "web", cwd: "/srv/web" });
  });

  test("a task that is done again stays in its project", async () => {
    const desk = await openDesk(openStore, TWO);
    const old = await desk.submit({ project: "web", key: "A" });
    await desk.cancel(old);
    const again = await desk.retry(old);
    expect(again.project_id).toBe(old.project_id);
  });

  test("lists and counts are of all projects, or of one", async () => {
    const desk = await openDesk(openStore, TWO);
    await desk.submit();
    await desk.submit({ project: "web" });
    await desk.cancel(await desk.submit({ project: "web" }));
    const projects = async (input: object) =>
      ((await desk.call("task.list", input)).tasks as { project: string }[]).map(({ project }) => project);
    expect(await projects({})).toEqual(["web", "web", "default"]);
    expect(await projects({ project: "web", state: "queued" })).toEqual(["web"]);
    expect(await projects({ project: "default" })).toEqual(["default"]);
    expect(await desk.call("task.stats", {})).toMatchObject({ total: 3, queued: 2, cancelled: 1 });
    expect(await desk.call("task.stats", { project: "web" })).toMatchObject({
      total: 2,
      queued: 1,
      cancelled: 1,
      failed: 0,
    });
    expect(await desk.call("task.stats", { project: "default" })).toMatchObject({ total: 1, queued: 1 });
    expect(await desk.call("task.stats", { project: "api" })).toMatchObject({ total: 0 });
    await expect(desk.call("task.list", { project: "gone" })).rejects.toMatchObject({ code: "not_found" });
  });

  describe("two imported queues", () => {
    const text = (note: string) =>
      JSON.stringify({
        sprint_id: "S1",
        wip_limits: { builder: note === "web" ? 1 : 3 },
        tasks: [
          { id: "T1", title: note, status: "ready" },
          { id: "T2", title: note, status: "ready", dependencies: ["T1"] },
        ],
      });

    test("with the same ids never meet", async () => {
      const desk = await openDesk(openStore, TWO);
      for (const project of ["web", "api"]) {
        expect(await desk.call("queue.import", { text: text(project), project })).toMatchObject({
          created: 2,
          project,
        });
      }
      for (const project of ["web", "api"]) {
        expect(await desk.call("task.get", { taskId: `${project}#T2` })).toMatchObject({
          title: project,
          project,
          cwd: `/srv/${project}`,
          needs: [{ taskId: (await desk.call("task.get", { taskId: `${project}#T1` })).taskId }],
        });
      }
      await desk.call("task.cancel", { taskId: "web#T1" });
      expect(await desk.call("task.get", { taskId: "api#T1" })).toMatchObject({ state: "queued" });
      const again = await desk.call("queue.import", { text: text("web"), project: "web", dryRun: true });
      expect(again).toMatchObject({ created: 0, skipped: ["T1", "T2"] });
    });

    test("go by where their file lies, and bring their limits into their own project", async () => {
      const desk = await openDesk(openStore, { ...TWO, projects: { web: WEB, api: API } });
      await desk.call("queue.import", { text: text("web"), file: "/srv/web/sprint.json" });
      await desk.call("queue.import", { text: text("api"), file: "/srv/api/deep/sprint.json" });
      expect(await desk.call("queue.import", { text: text("x"), file: "sprint.json" })).toMatchObject({
        project: "default",
      });
      await desk.catalog.renewed();
      const limits = await Promise.all(
        ["web", "api"].map(async (name) => {
          const id = (await projectNamed(desk.store.read, name))?.id ?? 0;
          return desk.catalog.current().role(id, "builder")?.body.wipLimit;
        }),
      );
      expect(limits).toEqual([1, 3]);
    });

    test("the real ones, both in one home", async ({ skip }) => {
      skip(!QUEUES.every((url) => existsSync(url)), "the real queues are not there");
      const desk = await openDesk(openStore, TWO);
      const names = ["web", "api"];
      const counts: number[] = [];
      for (const [at, url] of QUEUES.entries()) {
        const whole = readFileSync(url, "utf8");
        for (const project of names) {
          if (at > 0 && project === "api") continue;
          const { created } = await desk.call("queue.import", { text: whole, project: at > 0 ? "default" : project });
          counts.push(Number(created));
        }
      }
      expect(counts[0]).toBeGreaterThan(0);
      expect(counts[1]).toBe(counts[0]);
      for (const [at, project] of ["web", "api", "default"].entries()) {
        expect(await desk.call("task.stats", { project })).toMatchObject({ total: counts[at] });
      }
      expect(await crossings(desk)).toEqual([]);
      expect(await brokenLaws(desk.store, { maxRuns: 1000, wipLimits: {}, now: desk.clock.now() })).toEqual([]);
    });
  });
});

onEveryStore((openStore, newPlace) => {
  test("a store of before there were projects keeps its tasks, all of the default one", async () => {
    const place = await newPlace();
    const ours = ["project/places", "task/project"];
    const older = await place.open({
      migrations: migrations.filter(({ name }) => !ours.includes(name)),
      synced: false,
    });
    await older.write(async (tx) => {
      await applyDefinitions(tx, {
        ...{ projectId: 1, source: "settings", actor: "host:settings", complete: true },
        declared: [{ kind: "role", name: "builder", body: { wipLimit: 4 } }],
      });
      const old = NewTask.parse({ prompt: "Of before", key: "A", role: "builder" });
      await submitTask(tx, old, "person:ada", someLimits(), { projectId: 1 });
    });
    await older.close();
    const store = await place.open({ synced: false });
    const desk = await sitDown(store, testClock(), TWO);
    expect(await desk.call("task.get", { taskId: "A" })).toMatchObject({ project: "default", title: "Of before" });
    await desk.call("task.submit", aTask({ project: "web", key: "A" }));
    expect(await desk.call("task.stats", { project: "default" })).toMatchObject({ total: 1 });
    expect(await desk.call("task.get", { taskId: "default#A" })).toMatchObject({ title: "Of before" });
    expect(await desk.call("project.list", {})).toMatchObject({
      projects: [
        { project: "default", directory: null, trust: "none" },
        { project: "web", directory: "/srv/web" },
        { project: "api" },
      ],
    });
  });

  test("only a person trusts a project's files: no agent, and nothing that starts by itself", async () => {
    const directory = aDirectory();
    mkdirSync(join(directory, ".steward"));
    writeFileSync(join(directory, ".steward/project.json"), '{ "roles": { "builder": { "wipLimit": 9 } } }');
    const desk = await openDesk(openStore, { ...TWO, projects: { web: { directory } } });
    const { pending } = (await desk.call("project.get", { project: "web" })) as { pending: { digest: string } };
    const input = { project: "web", digest: pending.digest };
    const actors = [
      { kind: "run", name: "run-1", scope: "admin", runId: 1 },
      { kind: "automation", name: "nightly", scope: "admin" },
      { kind: "person", name: "ada", scope: "operate" },
    ] as const;
    for (const actor of actors) {
      await expect(desk.callAs(actor, "project.trust", input)).rejects.toMatchObject({ code: "denied" });
      await expect(desk.callAs(actor, "project.untrust", { project: "web" })).rejects.toMatchObject({ code: "denied" });
    }
    expect(await desk.call("project.trust", input)).toMatchObject({ trust: "trusted", trustedBy: "person:ada" });
    await desk.catalog.renewed();
    const id = (await projectNamed(desk.store.read, "web"))?.id ?? 0;
    expect(desk.catalog.current().role(id, "builder")?.body).toMatchObject({ wipLimit: 9, agent: "worker" });
    expect(desk.catalog.current().role(1, "builder")?.body).not.toHaveProperty("wipLimit");
    await desk.call("project.trust", input);
    const told = await desk.store.read.all("SELECT 1 FROM event WHERE topic = 'project.trusted'");
    expect(told).toHaveLength(1);
  });

  test("what the settings say of a project's role wins over its trusted file, and that over what all have", async () => {
    const directory = aDirectory();
    mkdirSync(join(directory, ".steward"));
    const file = { roles: { builder: { wipLimit: 9, attempts: 7, instructions: "Theirs." } } };
    writeFileSync(join(directory, ".steward/project.json"), JSON.stringify(file));
    const desk = await openDesk(openStore, {
      ...TWO,
      projects: { web: { directory, roles: { builder: { wipLimit: 1 } } } },
    });
    const { pending } = (await desk.call("project.get", { project: "web" })) as { pending: { digest: string } };
    expect(pending).toMatchObject({
      roles: [
        {
          fields: [
            { field: "attempts", from: 1, to: 7 },
            { field: "instructions", from: "Build.", to: "Theirs." },
          ],
        },
      ],
    });
    await desk.call("project.trust", { project: "web", digest: pending.digest });
    await desk.catalog.renewed();
    const id = (await projectNamed(desk.store.read, "web"))?.id ?? 0;
    const { body } = desk.catalog.current().role(id, "builder") ?? {};
    expect(body).toEqual({ agent: "worker", wipLimit: 1, attempts: 7, instructions: "Theirs." });
  });

  test("the same files at another place are to be trusted anew", async () => {
    const places = [aDirectory(), aDirectory()];
    for (const place of places) {
      mkdirSync(join(place, ".steward"));
      writeFileSync(join(place, ".steward/project.json"), "{}");
    }
    const projects = Object.fromEntries(places.map((directory, at) => [`p${at}`, { directory }]));
    const desk = await openDesk(openStore, { projects });
    const digests = await Promise.all(
      ["p0", "p1"].map(async (project) => {
        const { pending } = (await desk.call("project.get", { project })) as { pending: { digest: string } };
        return pending.digest;
      }),
    );
    expect(digests[0]).not.toBe(digests[1]);
    const elsewhere = desk.call("project.trust", { project: "p1", digest: digests[0] });
    await expect(elsewhere).rejects.toMatchObject({ code: "conflict" });
  });
});

test("the name of the project of all other tasks is nobody's to give", () => {
  expect(ProjectName.safeParse("default").success).toBe(false);
  expect(ProjectName.safeParse("web").success).toBe(true);
});

/** Needs and parents that lead from one project to another. */
async function crossings({ store }: Desk): Promise<unknown[]> {
  return await store.read.all(
    `SELECT a.id FROM need n JOIN task a ON a.id = n.task_id JOIN task b ON b.id = n.on_task_id WHERE a.project_id <> b.project_id
     UNION ALL SELECT a.id FROM task a JOIN task b ON b.id = a.parent_id WHERE a.project_id <> b.project_id`,
  );
}

function aDirectory(): string {
  const path = mkdtempSync(join(tmpdir(), "steward-projects-"));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}
