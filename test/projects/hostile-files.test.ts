/** Files of roles that are made to hurt: the daemon tells of each in a line, and everything else goes on as if they were not there. */
import { execFileSync } from "node:child_process";
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { steward } from "../lifecycle/command-line.ts";
import { aHome, type DaemonProcess, shellAgent } from "../lifecycle/daemon.ts";
import { eventually } from "../lifecycle/eventually.ts";
import { done } from "../lifecycle/tasks.ts";

const BOMB = [
  "a: &a [x,x,x,x,x,x,x,x,x]",
  ..."bcdefghi".split("").map((name, at) => `${name}: &${name} [${`*${"abcdefgh"[at]},`.repeat(9)}]`),
];
const front = (...lines: string[]) => ["---", ...lines, "---", ""].join("\n");

/** By the name of the file: what is in it, and what is told of it. */
const HOSTILE: Readonly<Record<string, readonly [string | Buffer, RegExp]>> = {
  bomb: [front(...BOMB), /stands for more than 50000 values/],
  brackets: [front(`agent: ${"[".repeat(50_000)}`), /nested deeper than 64 levels/],
  bytes: [Buffer.from([0x2d, 0x2d, 0x2d, 0x0a, 0xff, 0xfe]), /not UTF-8/],
  circle: [front("agent: &a [*a]"), /nested deeper/],
  gate: [front("gates: [{ name: t, command: x, timeoutSeconds: 1e300 }]"), /gates\[0\]\.timeoutSeconds/],
  huge: ["x".repeat(10 * 1024 * 1024), /is larger than 65536 bytes/],
  loops: [front("maxLoops: -1"), /maxLoops/],
  next: [front("next: { completed: ../../../etc/passwd }"), /next\.completed/],
  nul: [front("agent: a\0b"), /NUL byte/],
  open: ["---\nagent: shell\n", /never closed/],
  slow: [front(...Array(9_000).fill("a: 1")), /unknown key/],
  tag: [front("agent: !!js/function 'x'"), /not YAML that is understood/],
  twice: [front("agent: shell", "agent: other"), /written twice/],
};
const ODD = { pipe: /not a regular file/, link: /symbolic link/, directory: /is a directory/ };

function lay(directory: string, outside: string): void {
  mkdirSync(directory, { recursive: true });
  for (const [name, [text]] of Object.entries(HOSTILE)) writeFileSync(join(directory, `${name}.md`), text);
  execFileSync("mkfifo", [join(directory, "pipe.md")]);
  symlinkSync(outside, join(directory, "link.md"));
  mkdirSync(join(directory, "directory.md"));
}

const problemsOf = async (daemon: DaemonProcess) =>
  (await daemon.call<{ problems: string[] }>("daemon.status", {})).problems;

const told = () =>
  Object.entries({ ...Object.fromEntries(Object.entries(HOSTILE).map(([n, [, r]]) => [n, r])), ...ODD });

test("hostile role files of the home are told one by one, and the good ones hold, work and change", async () => {
  await using home = aHome(shellAgent());
  const roles = join(home.path, "roles");
  const secret = join(home.path, "secret.md");
  writeFileSync(secret, "swordfish");
  lay(roles, secret);
  writeFileSync(join(roles, "good.md"), front("agent: shell", "wipLimit: 3"));
  const daemon = await home.start();
  expect(await done(daemon, "true", { role: "good" })).toMatchObject({ state: "completed" });
  const problems = await problemsOf(daemon);
  for (const [name, why] of told()) {
    const lines = problems.filter((sentence) => sentence.startsWith(join(roles, `${name}.md:`)));
    expect(lines.join("\n"), name).toMatch(why);
  }
  expect(problems.join("\n")).not.toContain("swordfish");
  expect(problems.filter((sentence) => sentence.includes("slow.md"))).toHaveLength(11);
  expect(problems.every((sentence) => sentence.length < 1_000)).toBe(true);
  writeFileSync(join(roles, "good.md"), front("agent: shell", "wipLimit: 4"));
  await eventually("the good one changes", async () => {
    const listed = await daemon.call<{ roles: { role: string; wipLimit: number }[] }>("role.list", {});
    return listed.roles.find(({ role }) => role === "good")?.wipLimit === 4;
  });
  expect(await steward(home, "config", "check")).toMatchObject({ code: 0, out: expect.stringContaining("pipe.md") });
}, 60_000);

test("hostile files of a project cannot be trusted, tell nothing of what lies outside, and cost another project nothing", async () => {
  await using home = aHome();
  const [web, api] = ["web", "api"].map((name) => join(home.path, name)) as [string, string];
  const secret = join(home.path, "secret.md");
  writeFileSync(secret, "swordfish");
  lay(join(web, ".steward/roles"), secret);
  symlinkSync(secret, join(web, ".steward/project.json"));
  mkdirSync(join(api, ".steward"), { recursive: true });
  writeFileSync(join(api, ".steward/project.json"), '{ "roles": { "builder": { "wipLimit": 2 } } }');
  const projects = { web: { directory: web }, api: { directory: api } };
  home.settings({ ...shellAgent({ roles: { builder: { agent: "shell" } } }), projects });
  const daemon = await home.start();
  const look = (project: string) =>
    daemon.call<{ trust: string; problems: string[]; pending: { digest: string } | null }>("project.get", { project });
  const { trust, problems, pending } = await look("web");
  expect(trust).toBe("broken");
  for (const [name, why] of told()) {
    const lines = problems.filter((sentence) => sentence.includes(`/roles/${name}.md:`));
    expect(lines.join("\n"), name).toMatch(why);
  }
  expect(problems.join("\n")).toMatch(/project\.json: is a symbolic link/);
  expect(JSON.stringify([problems, pending])).not.toContain("swordfish");
  const digest = pending?.digest ?? "0".repeat(64);
  await expect(daemon.client().call("project.trust", { project: "web", digest })).rejects.toMatchObject({
    code: "conflict",
  });
  const other = await look("api");
  await daemon.client().call("project.trust", { project: "api", digest: other.pending?.digest });
  expect(await look("api")).toMatchObject({ trust: "trusted", problems: [] });
  for (const project of ["web", "api"])
    expect(await done(daemon, "true", { project, role: "builder" })).toMatchObject({ state: "completed" });
  expect(await problemsOf(daemon)).toEqual([expect.stringMatching(/"web".*cannot be used/)]);
}, 60_000);
