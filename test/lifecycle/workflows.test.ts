/** Workflows as a person uses them: files in the home, `steward workflow …`, a real daemon and real agents. */
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { type Said, steward } from "./command-line.ts";
import { aHome, type Home, shellAgent } from "./daemon.ts";

const EXAMPLES = join(import.meta.dirname, "..", "..", "examples", "workflows");
const PAGE = join(import.meta.dirname, "..", "..", "docs", "workflows.md");

/** Whose agents only write down who they were. */
function aHomeFor(roles: readonly string[]): Home {
  const home = aHome();
  const agent = { command: ["sh", "-c", `echo "$STEWARD_TASK_ID" >> ${home.ledger}/order`] };
  const role = { agent: "shell", wipLimit: 4 };
  home.settings(shellAgent({ agent, roles: Object.fromEntries(roles.map((name) => [name, role])) }));
  mkdirSync(join(home.path, "workflows"));
  return home;
}

const write = (home: Home, file: string, text: string) => writeFileSync(join(home.path, "workflows", file), text);

const json = ({ code, out, err }: Said) => {
  expect({ code, err }).toEqual({ code: 0, err: "" });
  return JSON.parse(out);
};

test("each example is fine, and its tasks are done in an order that its needs allow", async () => {
  const examples = readdirSync(EXAMPLES).map((file) => [file, readFileSync(join(EXAMPLES, file), "utf8")] as const);
  expect(examples.map(([file]) => file)).toEqual(["feature.yaml", "release.yaml"]);
  await using home = aHomeFor(["planner", "builder", "tester", "writer", "integrator"]);
  for (const [file, text] of examples) write(home, file, text);
  await home.start();
  for (const [file, text] of examples) {
    expect(await steward(home, "workflow", "check", join(EXAMPLES, file))).toMatchObject({ code: 0 });
    // As its own first lines say that it is run.
    const line = /^# +steward (.*)$/m.exec(text)?.[1] ?? "";
    const words = [...line.matchAll(/(?:[^\s"]|"[^"]*")+/g)].map(([word]) => word.replaceAll('"', ""));
    const dry = json(await steward(home, ...words, "--dry-run", "--json"));
    const ran = await steward(home, ...words, "--wait");
    expect(ran, ran.err).toMatchObject({ code: 0 });
    const again = json(await steward(home, ...words, "--json"));
    expect(again).toMatchObject({ created: false, version: dry.version });
    expect(again.tasks.map(({ id }: { id: string }) => id).sort()).toEqual(
      dry.plan.map(({ id }: { id: string }) => id).sort(),
    );
    const order = readFileSync(`${home.ledger}/order`, "utf8").trim().split("\n");
    const idOf = new Map(again.tasks.map(({ id, taskId }: { id: string; taskId: string }) => [id, taskId]));
    for (const { id, needs } of dry.plan) {
      for (const need of needs)
        expect(order.indexOf(idOf.get(need.id) as string)).toBeLessThan(order.indexOf(idOf.get(id) as string));
    }
  }
}, 180_000);

test("the page's own example is drawn as the page says", async () => {
  const page = readFileSync(PAGE, "utf8");
  const block = (kind: string, text: RegExp) =>
    [...page.matchAll(/^```(\w*)\n(.*?)^```/gms)].find(
      ([, found, body = ""]) => found === kind && text.test(body),
    )?.[2] ?? "";
  await using home = aHomeFor(["builder", "reviewer"]);
  write(home, "port.yaml", block("yaml", /port.yaml/));
  await home.start();
  const drawn = await steward(home, "workflow", "run", "port", "--input", "files=a.ts,b.ts", "--dry-run");
  const withoutDirectories = drawn.out.replace(/^.* in \/.*\n/gm, "");
  expect(withoutDirectories).toBe(block("", /would submit/));
});

describe("at the command line", () => {
  test("inputs come as text, from files and as JSON, and nothing in them steers the terminal", async () => {
    await using home = aHomeFor([]);
    write(
      home,
      "say.yml",
      "summary: Say.\ninputs: { a: { type: text }, b: { type: number, default: 1 }, c: { type: list, default: [] } }\ntasks: { say: { prompt: '{{inputs.a}}|{{inputs.b}}|{{inputs.c}}' } }\n",
    );
    writeFileSync(`${home.ledger}/text`, "two\nlines \u001b[31m{{inputs.b}}");
    await home.start();
    const prompt = async (...args: string[]) =>
      json(await steward(home, "workflow", "run", "say", "--dry-run", "--json", ...args)).plan[0].prompt;
    expect(await prompt("-i", "a=x=y", "--input", "b=2.5", "--input=c=p,q")).toBe("x=y|2.5|p, q");
    expect(await prompt("--inputs", '{"a": "j", "c": ["p,q"]}', "--input", "a=@@k")).toBe("@k|1|p,q");
    expect(await prompt("--input", `a=@${home.ledger}/text`)).toBe("two\nlines \u001b[31m{{inputs.b}}|1|");
    const drawn = await steward(home, "workflow", "run", "say", "--dry-run", "--input", `a=@${home.ledger}/text`);
    expect(drawn.out).toContain("lines \\e[31m{{inputs.b}}|1|\n");
    expect(drawn.out).not.toContain("\u001b");
    for (const [wrong, told] of [
      ["a", "is not NAME=VALUE"],
      ["=x", "is not NAME=VALUE"],
      [`a=@${home.ledger}/none`, "cannot be read (ENOENT)"],
      [`a=@${home.ledger}`, "is a directory"],
      ["b=many", '"many" is not a number'],
    ] as const) {
      const { code, err } = await steward(home, "workflow", "run", "say", "--input", wrong);
      expect({ code, err }).toEqual({ code: 2, err: expect.stringContaining(told) });
    }
    expect(json(await steward(home, "task", "stats", "--json"))).toMatchObject({ total: 0 });
  });

  test("a start under a key survives its file and a killed daemon, and --wait tells how the tasks end", async () => {
    await using home = aHomeFor([]);
    write(home, "two.yaml", "summary: Two.\ntasks:\n  b: { prompt: b, needs: [a] }\n  a: { prompt: a }\n");
    const daemon = await home.start();
    const first = json(await steward(home, "workflow", "run", "two", "--key", "k", "--json"));
    expect(first).toMatchObject({
      created: true,
      tasks: [
        { id: "a", taskId: "task-1" },
        { id: "b", taskId: "task-2" },
      ],
    });
    await daemon.kill("SIGKILL");
    rmSync(join(home.path, "workflows"), { recursive: true });
    await home.start();
    const waited = await steward(home, "workflow", "run", "two", "--key", "k", "--wait");
    expect(waited).toMatchObject({
      code: 0,
      out: expect.stringContaining("k was started before; nothing is submitted.\n"),
      err: expect.stringMatching(/^task-1 completed .*\ntask-2 completed /),
    });
    expect(await steward(home, "workflow", "run", "two")).toMatchObject({ code: 4 });
    const { events } = json(await steward(home, "event", "list", "--topic", "workflow.*", "--json"));
    expect(events).toMatchObject([
      { topic: "workflow.started", data: { name: "two", key: "k", tasks: ["task-1", "task-2"] } },
    ]);
  });

  test("a file is checked without a daemon, wherever it lies; exit 1 when something is wrong with it", async () => {
    await using home = aHome();
    const file = `${home.ledger}/draft.yaml`;
    writeFileSync(file, "summary: x\ntasks:\n  a: { prompt: x, needs: [b] }\n  b: { prompt: x, needs: [a] }\n");
    expect(await steward(home, "workflow", "check", file)).toMatchObject({
      code: 1,
      out: `${file}:3:26 tasks.a.needs: needs close a circle: a → b → a; one of them has to go without\n`,
    });
    writeFileSync(file, "[".repeat(200_000));
    expect(await steward(home, "workflow", "check", file)).toMatchObject({
      code: 1,
      out: expect.stringContaining("nested deeper"),
    });
    expect(await steward(home, "workflow", "check", "/dev/zero")).toMatchObject({ code: 1 });
    expect(await steward(home, "workflow", "check", "draft")).toMatchObject({ code: 3 });
  });
});
