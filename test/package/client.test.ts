/** The package as somebody installs it: the client's types hold in a plain TypeScript project, and it runs without our dependencies. */
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { aHome } from "../lifecycle/daemon.ts";
import { scratch } from "../scratch.ts";

const ROOT = join(import.meta.dirname, "../..");
const aDirectory = scratch("package");

const CONSUMER = `import { connect, type EventWatchItem, StewardRefusal } from "steward/client";

await using steward = await connect({ home: process.argv[2], timeoutMs: 10_000 });
const { taskId, created } = await steward.task.submit({ prompt: "true", priority: 3 }, { requestId: "mine" });
const { state }: { state: "queued" | "running" | string } = await steward.task.get({ taskId });
const total: number = (await steward.task.stats()).total;
try {
  await steward.task.cancel({ taskId: "task-99" });
} catch (error) {
  if (!(error instanceof StewardRefusal)) throw error;
  const code: "not_found" | "conflict" | string = error.code;
  console.log(JSON.stringify({ taskId, created, state, total, code, hint: typeof error.hint }));
}
const first: EventWatchItem[] = [];
for await (const event of steward.event.watch({ after: 0 }, { onGap: ({ next }) => console.log(next?.toFixed()) })) {
  if (first.push(event) === 1) break;
}
for await (const part of steward.run.output.stream({ runId: "run-1" })) console.log(part.text.length + part.next);
`;

const WRONG = [
  ["an operation that there is not", "await steward.task.sumbit({ prompt: 'x' });"],
  ["a field that is missing", "await steward.task.submit({ role: 'builder' });"],
  ["a field of another kind", "await steward.task.submit({ prompt: 'x', priority: 'high' });"],
  ["an answer's field that there is not", "(await steward.task.stats()).finished;"],
  ["a call as a stream", "for await (const _ of steward.task.stats()) {}"],
] as const;

let project: string;

/** The tarball's content as a dependency, and nothing else but what TypeScript on Node brings. */
beforeAll(() => {
  project = aDirectory();
  const [packed] = JSON.parse(npm("pack", "--ignore-scripts", "--json", "--pack-destination", project));
  const installed = join(project, "node_modules", "steward");
  mkdirSync(installed, { recursive: true });
  execFileSync("tar", ["xzf", join(project, packed.filename), "-C", installed, "--strip-components=1"]);
  for (const name of ["@types/node", "undici-types"]) {
    mkdirSync(dirname(join(project, "node_modules", name)), { recursive: true });
    symlinkSync(join(ROOT, "node_modules", name), join(project, "node_modules", name));
  }
  writeFileSync(join(project, "package.json"), '{ "type": "module" }');
});

function npm(...args: string[]): string {
  return execFileSync("npm", args, { cwd: ROOT, encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
}

/** What the compiler complains of, strict and with every library checked. */
function complaints(text: string): string {
  writeFileSync(join(project, "consumer.ts"), text);
  const options = ["--strict", "--module", "nodenext", "--target", "es2022", "--lib", "es2022,esnext.disposable"];
  try {
    execFileSync(join(ROOT, "node_modules", ".bin", "tsc"), [...options, "--types", "node", "consumer.ts"], {
      cwd: project,
      encoding: "utf8",
    });
    return "";
  } catch (error) {
    return (error as { stdout: string }).stdout;
  }
}

test("a TypeScript program compiles against the package, and does what it says against a daemon", async () => {
  expect(complaints(CONSUMER)).toBe("");
  await using home = aHome();
  await home.start({ args: ["--standby"] });
  let said = "";
  try {
    execFileSync(process.execPath, ["consumer.js", home.path], { cwd: project, encoding: "utf8", stdio: "pipe" });
  } catch (error) {
    said = (error as { stdout: string }).stdout;
    expect((error as { stderr: string }).stderr).toContain('There is no run "run-1".');
  }
  expect(JSON.parse(said)).toEqual({
    taskId: "task-1",
    created: true,
    state: "queued",
    total: 1,
    code: "not_found",
    hint: "string",
  });
});

test("what cannot work does not compile", () => {
  const start = 'import { connect } from "steward/client";\nconst steward = await connect();\n';
  const lines = WRONG.map(([, line]) => line).join("\n");
  const found = complaints(`${start}${lines}\n`).matchAll(/consumer\.ts\((\d+),/g);
  expect(new Set([...found].map(([, line]) => Number(line)))).toEqual(new Set(WRONG.map((_, index) => index + 3)));
});

test("the client is small and asks for nothing but Node", () => {
  const text = readFileSync(join(project, "node_modules/steward/dist/client.mjs"), "utf8");
  const imports = [...text.matchAll(/^import .* from "(.*)";$/gm)].map(([, name]) => name);
  expect(imports.filter((name) => !name?.startsWith("node:"))).toEqual([]);
  expect(imports).not.toEqual([]);
  expect(text.length).toBeLessThan(64 * 1024);
});
