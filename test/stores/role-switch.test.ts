/** Roles that somebody switched off or on: what is claimed then, and how it is told. */
import { describe, expect, test } from "vitest";
import { countByRole, roleSwitches } from "../../src/run/role/role-switch.store.ts";
import { anAgent } from "../builders.ts";
import { type Desk, openDesk, sitDown } from "./desk.ts";
import { times } from "./notes.ts";
import { onEveryStore } from "./on-every-store.ts";

const agents = { worker: anAgent() };
const roles = {
  default: { agent: "worker", wipLimit: 9 },
  builder: { agent: "worker", wipLimit: 9, gates: [{ name: "true", command: "true" }] },
  tester: { agent: "worker", wipLimit: 9 },
};
const projects = { web: { directory: "/srv/web", roles: { designer: { agent: "worker" } } } };

onEveryStore((openStore, newPlace) => {
  const house = () => openDesk(openStore, { agents, roles, projects });

  describe("a role that is paused", () => {
    test("is claimed no more, hides nobody, and is again when it is resumed", async () => {
      const desk = await house();
      await desk.submit({ role: "builder", priority: 900 });
      await desk.submit({ role: "tester" });
      await desk.call("role.pause", { role: "builder" });
      expect(await claimed(desk)).toEqual(["tester"]);
      await desk.call("role.resume", { role: "builder" });
      expect(await claimed(desk)).toEqual(["builder"]);
    });

    test("has the gates of a stage that had begun run, and begins no other", async () => {
      const desk = await house();
      const [first] = [await desk.submit({ role: "builder" }), await desk.submit({ role: "builder" })];
      const claim = await desk.claim();
      await desk.call("role.pause", { role: "builder" });
      if (claim) await desk.settle(claim.run);
      expect(await desk.call("role.list", { role: "builder" })).toMatchObject({
        roles: [{ state: "paused", running: 0, queued: 2, ending: 1 }],
      });
      const gate = await desk.claim();
      expect(gate?.run).toMatchObject({ task_id: first.id, gate: "true" });
      if (gate) await desk.settle(gate.run);
      expect(await desk.state(first)).toBe("completed");
      expect(await desk.claim()).toBeUndefined();
    });

    test("tells who paused it, since when and why: in the list, to its tasks, and in the history", async () => {
      const desk = await house();
      const task = await desk.submit({ role: "builder" });
      await desk.call("role.pause", { role: "builder", reason: "the disk is being changed" });
      const since = new Date(desk.clock.now()).toISOString();
      expect(await desk.call("role.list", { role: "builder" })).toMatchObject({
        roles: [{ role: "builder", project: "default", state: "paused", by: "person:ada", since, queued: 1 }],
      });
      expect(await desk.call("task.explain", { taskId: `task-${task.id}` })).toMatchObject({
        sentence: `The role "builder" is paused by person:ada since ${since}: the disk is being changed.`,
        reasons: [{ code: "paused_role", change: "`steward role resume builder`." }],
      });
      await desk.call("role.resume", { reason: "done" });
      expect(await history(desk)).toEqual([
        ["role.paused", "person:ada", { role: "builder", project: null, reason: "the disk is being changed" }],
        ["role.resumed", "person:ada", { role: null, project: null, reason: "done" }],
      ]);
    });

    test("is refused by name where there is none, and one that the settings lost can still be resumed", async () => {
      const desk = await house();
      await expect(desk.call("role.pause", { role: "bilder" })).rejects.toMatchObject({
        code: "not_found",
        message: 'There is no role "bilder".',
      });
      await expect(desk.call("role.pause", { project: "nowhere" })).rejects.toMatchObject({ code: "not_found" });
      await expect(desk.call("role.list", { role: "agent-test" })).rejects.toMatchObject({ code: "not_found" });
      await desk.call("role.pause", { role: "tester" });
      await desk.define({ agents, roles: { default: roles.default } });
      await desk.call("role.resume", { role: "tester" });
      expect(await roleSwitches(desk.store.read)).toMatchObject([{ role: "tester", state: "on" }]);
    });

    test("is still paused for whoever opens the store next", async () => {
      const place = await newPlace();
      const first = await sitDown(await place.open(), (await house()).clock, { agents, roles });
      await first.submit({ role: "builder" });
      await first.call("role.pause", { role: "builder" });
      const second = await sitDown(await place.open(), first.clock, { agents, roles });
      expect(await second.claim()).toBeUndefined();
      await second.call("role.resume", { role: "builder" });
      expect((await first.claim())?.task.role).toBe("builder");
    });
  });

  describe("what was said last holds", () => {
    test("all, of all projects or of one; a role of all projects or of one", async () => {
      const desk = await house();
      const submitAll = async () => {
        for (const role of ["builder", "tester"]) {
          await desk.submit({ role });
          await desk.submit({ role, project: "web" });
        }
      };
      const upon = async (name: string, said: object) => {
        await submitAll();
        await desk.call(name, said);
        return (await claimed(desk)).sort();
      };
      expect(await upon("role.pause", { project: "web" })).toEqual(["builder", "tester"]);
      expect(await upon("role.resume", { role: "tester" })).toEqual(["builder", "tester", "web#tester", "web#tester"]);
      expect(await upon("role.pause", {})).toEqual([]);
      expect(await upon("role.resume", { role: "builder", project: "default" })).toEqual(["builder", "builder"]);
      await desk.call("role.resume", {});
      expect(await roleSwitches(desk.store.read)).toHaveLength(1);
      expect(new Set(await claimed(desk))).toEqual(new Set(["tester", "web#builder", "web#tester"]));
    });

    test("a project is told of where something of it is its own", async () => {
      const desk = await house();
      const told = async (input: object = {}) => {
        const { roles: seen } = (await desk.call("role.list", input)) as {
          roles: { project: string; role: string; state: string }[];
        };
        return seen.map(({ project, role, state }) => `${project}#${role} ${state}`);
      };
      const general = ["default#builder on", "default#default on", "default#tester on"];
      expect((await told()).sort()).toEqual([...general, "web#designer on"]);
      await desk.call("role.pause", { project: "web", role: "tester" });
      expect((await told()).sort()).toEqual([...general, "web#designer on", "web#tester paused"]);
      expect(await told({ project: "web", role: "builder" })).toEqual(["web#builder on"]);
    });

    test("twenty pauses and resumes at once leave one word, twenty events, and a claim that obeys the last", async () => {
      const desk = await house();
      await desk.submit({ role: "builder" });
      await Promise.all(
        times(20, (n) => desk.call(n % 2 ? "role.resume" : "role.pause", { role: "builder", reason: `${n}` })),
      );
      const [said, ...more] = await roleSwitches(desk.store.read);
      const all = await history(desk);
      expect(more).toEqual([]);
      expect(all).toHaveLength(20);
      const [topic, , data] = all.at(-1) ?? [];
      expect(said).toMatchObject({ reason: (data as { reason: string }).reason });
      expect(topic).toBe(said?.state === "off" ? "role.paused" : "role.resumed");
      expect(await claimed(desk)).toEqual(said?.state === "off" ? [] : ["builder"]);
    });
  });

  test("in standby only what was switched on is claimed, and what has begun is ended", async () => {
    const desk = await house();
    const standby = async () => (await desk.claim(undefined, "of roles that are on"))?.task.role;
    await desk.submit({ role: "builder" });
    await desk.submit({ role: "tester" });
    expect(await standby()).toBeUndefined();
    await desk.call("role.resume", { role: "builder" });
    expect(await standby()).toBe("builder");
    expect(await standby()).toBeUndefined();
    await desk.call("role.resume", {});
    expect(await standby()).toBe("tester");
  });

  test("what a role is doing is counted: what runs, and what waits", async () => {
    const desk = await house();
    await Promise.all(times(3, () => desk.submit({ role: "tester" })));
    await desk.claim("tester");
    expect(await countByRole(desk.store.read)).toEqual([
      { project_id: 1, role: "tester", running: 1, queued: 2, ending: 0 },
    ]);
  });

  test("runs of one role are listed alone, and tell who had them claimed", async () => {
    const desk = await house();
    await desk.submit({ role: "builder" });
    await desk.submit({ role: "tester" });
    await desk.claimAll();
    expect(await desk.call("run.list", { role: "tester" })).toMatchObject({
      runs: [{ role: "tester", claimedBy: null }],
      next: null,
    });
  });
});

/** Everything that can be claimed now, by role; of another project as web#tester. */
async function claimed(desk: Desk): Promise<string[]> {
  return (await desk.claimAll()).map(({ task }) => (task.project_id === 1 ? task.role : `web#${task.role}`));
}

async function history({ store }: Desk): Promise<[string, string, unknown][]> {
  const rows = await store.read.all<{ topic: string; actor: string; data: string }>(
    "SELECT topic, actor, data FROM event WHERE topic LIKE 'role.%' ORDER BY id",
  );
  return rows.map(({ topic, actor, data }) => [topic, actor, JSON.parse(data)]);
}
