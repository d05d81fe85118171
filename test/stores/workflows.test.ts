import { writeFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { countTasks } from "../../src/task/task-list.store.ts";
import { openDesk } from "./desk.ts";
import { brokenLaws } from "./laws.ts";
import { times } from "./notes.ts";
import { onEveryStore } from "./on-every-store.ts";
import { boundsOf, everything, refusal, run, write } from "./workflow-files.ts";

const CHAIN = {
  summary: "One after the other.",
  inputs: {
    what: { type: "text" },
    count: { type: "number", default: 2 },
    deep: { type: "boolean", default: false },
    colour: { type: "choice", choices: ["red", "green"], default: "red" },
    files: { type: "list", default: ["a.ts", "b.ts"] },
    more: { type: "text", required: false },
  },
  tasks: {
    last: { prompt: "End {{inputs.more}}it", needs: ["first", { taskId: "middle", policy: "continue" }] },
    middle: {
      prompt: "{{inputs.what}}: {{inputs.count}} {{inputs.deep}} {{inputs.colour}} {{inputs.files}} {{{{inputs.what}}",
      title: "About {{inputs.what}}",
      needs: ["first"],
      role: "builder",
      agent: "claude",
      priority: 3,
      attempts: 4,
      timeoutSeconds: 60,
      data: { of: ["{{inputs.what}}", 7, { deep: "{{inputs.deep}}" }], "{{inputs.what}}": null },
    },
    first: { prompt: "Begin", cwd: "/srv/{{inputs.colour}}" },
  },
};

onEveryStore((openStore) => {
  describe("a workflow that is run", () => {
    test("submits its tasks with everything put in, each behind what it needs", async () => {
      const desk = await openDesk(openStore);
      write(desk, "chain.json", CHAIN);
      const ran = await run(desk, {
        name: "chain",
        inputs: { what: "{{inputs.count}} \u001b[31m", count: "5", deep: "yes", files: "x,y" },
        cwd: "/srv/all",
      });
      expect(ran).toMatchObject({
        created: true,
        version: expect.stringMatching(/^[0-9a-f]{64}$/),
        tasks: [
          { id: "first", taskId: "task-1", state: "queued" },
          { id: "middle", taskId: "task-2", state: "blocked" },
          { id: "last", taskId: "task-3", state: "blocked" },
        ],
        plan: null,
      });
      expect(await desk.call("task.get", { taskId: "task-1" })).toMatchObject({
        prompt: "Begin",
        cwd: "/srv/red",
        key: null,
      });
      expect(await desk.call("task.get", { taskId: "task-2" })).toMatchObject({
        prompt: "{{inputs.count}} \u001b[31m: 5 true red x, y {{inputs.what}}",
        title: "About {{inputs.count}} \u001b[31m",
        role: "builder",
        agent: "claude",
        priority: 3,
        attempts: { max: 4 },
        timeoutSeconds: 60,
        cwd: "/srv/all",
        data: { of: ["{{inputs.count}} \u001b[31m", 7, { deep: "true" }], "{{inputs.what}}": null },
        needs: [{ taskId: "task-1", policy: "block" }],
      });
      expect(await desk.call("task.get", { taskId: "task-3" })).toMatchObject({
        prompt: "End it",
        needs: [
          { taskId: "task-1", policy: "block" },
          { taskId: "task-2", policy: "continue" },
        ],
      });
      const event = await desk.store.read.get<{ data: string; actor: string }>(
        "SELECT * FROM event WHERE topic = 'workflow.started'",
      );
      expect(JSON.parse(event?.data ?? "")).toEqual({
        name: "chain",
        key: null,
        version: ran.version,
        tasks: ["task-1", "task-2", "task-3"],
      });
      expect(event?.actor).toBe("person:ada");
      expect(await brokenLaws(desk.store, boundsOf(desk))).toEqual([]);
    });

    test("as a dry run tells the same tasks by level and writes nothing", async () => {
      const desk = await openDesk(openStore);
      write(desk, "chain.json", CHAIN);
      const ran = await run(desk, { name: "chain", inputs: { what: "it" }, key: "k", dryRun: true });
      expect(ran).toMatchObject({
        created: false,
        tasks: [],
        plan: [
          { id: "first", level: 1, needs: [], cwd: "/srv/red" },
          { id: "middle", level: 2, needs: [{ id: "first" }], prompt: "it: 2 false red a.ts, b.ts {{inputs.what}}" },
          { id: "last", level: 3, needs: [{ id: "first" }, { id: "middle", policy: "continue" }] },
        ],
      });
      expect(await everything(desk)).toEqual({ tasks: [], events: [] });
    });

    test("makes one task of each item, and what needs them waits for all", async () => {
      const desk = await openDesk(openStore);
      write(desk, "fan.json", {
        summary: "Fan out, and in.",
        inputs: { files: { type: "list" } },
        tasks: {
          port: { each: "files", prompt: "Port {{item}} of {{inputs.files}}" },
          merge: { prompt: "Merge", needs: ["port:continue"] },
        },
      });
      const { tasks } = await run(desk, { name: "fan", inputs: { files: ["a", "{{item}}", "c"] }, key: "k" });
      expect(tasks.map(({ id }) => id)).toEqual(["port.1", "port.2", "port.3", "merge"]);
      expect(await desk.call("task.get", { taskId: "k/port.2" })).toMatchObject({
        prompt: "Port {{item}} of a, {{item}}, c",
      });
      expect(await desk.call("task.get", { taskId: "k/merge" })).toMatchObject({
        state: "blocked",
        needs: ["k/port.1", "k/port.2", "k/port.3"].map((key) => ({ key, policy: "continue" })),
      });
      const empty = await run(desk, { name: "fan", inputs: { files: [] } });
      expect(empty.tasks).toMatchObject([{ id: "merge", state: "queued" }]);
      const many = await refusal(run(desk, { name: "fan", inputs: { files: times(1000, String) } }));
      expect(many).toMatchObject({ code: "too_large", message: "fan would submit more than 1000 tasks." });
    });
  });

  describe("a key", () => {
    test("gives the tasks of the first time, whatever became of the file and of them", async () => {
      const desk = await openDesk(openStore);
      const file = write(desk, "chain.json", CHAIN);
      const first = await run(desk, { name: "chain", inputs: { what: "it" }, key: "once" });
      expect(await desk.call("task.get", { taskId: "once/middle" })).toMatchObject({ taskId: "task-2" });
      await desk.run(await desk.task("once/first"));
      const before = await everything(desk);
      writeFileSync(file, "{");
      const again = await run(desk, { name: "chain", inputs: { nothing: "fits" }, key: "once" });
      expect(again).toMatchObject({
        created: false,
        version: first.version,
        tasks: [
          { id: "first", taskId: "task-1", state: "completed" },
          { id: "middle", taskId: "task-2", state: "queued" },
          { id: "last", taskId: "task-3", state: "blocked" },
        ],
      });
      expect(await everything(desk)).toEqual(before);
    });

    test("is of one project: in another it is another start, whose tasks work in that one's directory", async () => {
      const desk = await openDesk(openStore, { projects: { web: { directory: "/srv/web" } } });
      write(desk, "chain.json", CHAIN);
      const input = { name: "chain", inputs: { what: "it" }, key: "once" };
      expect(await run(desk, input)).toMatchObject({ project: "default", created: true });
      expect(await run(desk, { ...input, project: "web" })).toMatchObject({ project: "web", created: true });
      expect(await run(desk, { ...input, cwd: "/srv/web/below" })).toMatchObject({ project: "web", created: false });
      expect(await desk.call("task.get", { taskId: "web#once/middle" })).toMatchObject({
        project: "web",
        cwd: "/srv/web",
      });
      expect(await refusal(run(desk, { ...input, project: "nowhere" }))).toMatchObject({ code: "not_found" });
    });

    test("asked for thirty times at once is started once", async () => {
      const desk = await openDesk(openStore);
      write(desk, "chain.json", CHAIN);
      const all = await Promise.all(times(30, () => run(desk, { name: "chain", inputs: { what: "it" }, key: "once" })));
      expect(all.filter(({ created }) => created)).toHaveLength(1);
      expect(new Set(all.map(({ tasks }) => tasks.map(({ taskId }) => taskId).join())).size).toBe(1);
      expect(Object.values(await countTasks(desk.store.read)).reduce((sum, n) => sum + n)).toBe(3);
    });

    test("that another workflow was started under is refused, and so is one whose task somebody else has", async () => {
      const desk = await openDesk(openStore);
      write(desk, "chain.json", CHAIN);
      write(desk, "other.json", CHAIN);
      await run(desk, { name: "chain", inputs: { what: "it" }, key: "once" });
      await desk.submit({ key: "mine/last" });
      const before = await everything(desk);
      expect(await refusal(run(desk, { name: "other", inputs: { what: "it" }, key: "once" }))).toMatchObject({
        code: "conflict",
        message: "once is the key of a start of chain.",
      });
      expect(await refusal(run(desk, { name: "chain", inputs: { what: "it" }, key: "mine" }))).toMatchObject({
        code: "conflict",
        message: "There is a task mine/last already, which came of no workflow.",
      });
      expect(await everything(desk)).toEqual(before);
    });
  });

  describe("nothing is submitted", () => {
    test("where the queue takes some of the tasks and not all", async () => {
      const desk = await openDesk(openStore, { limits: { queuedTasks: 2 } });
      write(desk, "chain.json", CHAIN);
      expect(await refusal(run(desk, { name: "chain", inputs: { what: "it" }, key: "k" }))).toMatchObject({
        code: "queue_full",
      });
      expect(await everything(desk)).toEqual({ tasks: [], events: [] });
      expect(await countTasks(desk.store.read)).toMatchObject({ queued: 0, blocked: 0 });
    });

    test.each<[object, string, string | RegExp]>([
      [{}, "invalid_input", "inputs.what: is missing"],
      [{ what: "x", cout: 1 }, "invalid_input", 'inputs.cout: is no input of chain; did you mean "count"?'],
      [{ what: "x", files: [1] }, "invalid_input", "inputs.files.0: must be a string"],
      [
        { what: "x", count: "many", colour: "blue", deep: 3, files: "[1]" },
        "invalid_input",
        'inputs.count: "many" is not a number; inputs.deep: must be true or false; inputs.colour: must be "red" or "green"; inputs.files: must be a string',
      ],
      [{ what: "\0" }, "invalid_input", "inputs.what: has a NUL byte, which no program can be given"],
      [{ what: "\ud800" }, "invalid_input", "inputs.what: has half a character (a lone surrogate)"],
      [{ what: "x".repeat(1024 * 1024) }, "too_large", /^tasks\.middle\.prompt has \d+ bytes; the limit is 1048576\.$/],
      [{ what: "x", count: Number.MAX_VALUE, toString: "y" }, "invalid_input", "inputs.toString: is no input of chain"],
    ])("of inputs that do not fit (%#)", async (inputs, code, message) => {
      const desk = await openDesk(openStore);
      write(desk, "chain.json", CHAIN);
      for (const dryRun of [true, false]) {
        const { code: given, message: told } = await refusal(run(desk, { name: "chain", inputs, dryRun }));
        expect(given).toBe(code);
        if (typeof message === "string") expect(told).toBe(message);
        else expect(told).toMatch(message);
      }
      expect(await everything(desk)).toEqual({ tasks: [], events: [] });
    });

    test("of texts that would fill memory, or that leave a task with nothing to do", async () => {
      const desk = await openDesk(openStore);
      const inputs = { a: { type: "text", required: false } };
      write(desk, "bomb.json", { summary: "x", inputs, tasks: { a: { prompt: "{{inputs.a}}".repeat(10_000) } } });
      write(desk, "void.json", { summary: "x", inputs, tasks: { a: { prompt: "{{inputs.a}}", cwd: "{{inputs.a}}" } } });
      expect(await refusal(run(desk, { name: "bomb", inputs: { a: "y".repeat(500_000) } }))).toMatchObject({
        code: "too_large",
      });
      expect(await refusal(run(desk, { name: "void" }))).toMatchObject({
        code: "invalid_input",
        message: "tasks.a.prompt: must have at least 1 character; tasks.a.cwd: must be an absolute path",
      });
    });

    test("by the agent of a run: it hands out sub-tasks of its own", async () => {
      const desk = await openDesk(openStore);
      write(desk, "chain.json", CHAIN);
      const agent = { kind: "run", name: "run-1", scope: "operate", runId: 1 } as const;
      const answer = refusal(desk.callAs(agent, "workflow.run", { name: "chain", inputs: { what: "it" } }));
      expect(await answer).toMatchObject({ code: "denied" });
    });
  });

  test("any workflow, with its needs in any order, is submitted whole and done in an order that its needs allow", async () => {
    const desk = await openDesk(openStore);
    const anyNeeds = fc.array(fc.array(fc.nat(), { maxLength: 3 }), { minLength: 1, maxLength: 8 });
    let started = 0;
    await fc.assert(
      fc.asyncProperty(anyNeeds, fc.infiniteStream(fc.nat()), async (all, order) => {
        const written = all
          .map((needs, at) => [`t${at}`, at === 0 ? [] : [...new Set(needs.map((need) => `t${need % at}`))]] as const)
          .map((entry) => [order.next().value as number, entry] as const)
          .sort(([a], [b]) => a - b)
          .map(([, [id, needs]]) => [id, { prompt: id, needs }] as const);
        const name = `w${++started}`;
        write(desk, `${name}.json`, { summary: "x", tasks: Object.fromEntries(written) });
        const { tasks } = await run(desk, { name, key: name });
        const again = await run(desk, { name, key: name });
        expect(again).toMatchObject({ created: false, tasks });
        expect(tasks).toHaveLength(all.length);
        const done: string[] = [];
        for (let claim = await desk.claim(); claim; claim = await desk.claim()) {
          await desk.settle(claim.run);
          done.push(claim.task.key?.split("/")[1] ?? "");
        }
        expect([...done].sort()).toEqual(written.map(([id]) => id).sort());
        for (const [id, { needs }] of written) {
          for (const need of needs) expect(done.indexOf(need)).toBeLessThan(done.indexOf(id));
        }
      }),
      { numRuns: 25 },
    );
    expect(await brokenLaws(desk.store, boundsOf(desk))).toEqual([]);
  });
});
