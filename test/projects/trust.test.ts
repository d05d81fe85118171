/** A project's own files with a daemon that lives: they count when a person trusted exactly them, and as they were then. */
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { ProjectGetOutput } from "../../src/client/client.ts";
import { steward } from "../lifecycle/command-line.ts";
import { aHome, type DaemonProcess, type Home, shellAgent } from "../lifecycle/daemon.ts";
import { done, submit } from "../lifecycle/tasks.ts";

const aProject = (home: Home, file: object | string, roles: Readonly<Record<string, string>> = {}): string => {
  const directory = join(home.path, "web");
  mkdirSync(join(directory, ".steward/roles"), { recursive: true });
  writeFileSync(join(directory, ".steward/project.json"), typeof file === "string" ? file : JSON.stringify(file));
  for (const [name, text] of Object.entries(roles)) writeFileSync(join(directory, `.steward/roles/${name}.md`), text);
  return directory;
};

const look = (daemon: DaemonProcess) => daemon.call<ProjectGetOutput>("project.get", { project: "web" });

const wipLimit = async (daemon: DaemonProcess, role = "builder") => {
  const { roles } = await daemon.call<{ roles: { role: string; wipLimit: number | null }[] }>("role.list", {
    project: "web",
  });
  return roles.find((known) => known.role === role)?.wipLimit;
};

const problemsOf = async (daemon: DaemonProcess) =>
  (await daemon.call<{ problems: string[] }>("daemon.status", {})).problems.filter((text) => text.includes('"web"'));

const settingsWith = (directory: string, more: object = {}) => ({
  ...shellAgent({
    // Whatever it is told: instructions are no shell script.
    agents: { quiet: { runtime: "command", command: ["true"] } },
    roles: { builder: { agent: "shell", wipLimit: 2 } },
  }),
  projects: { web: { directory, ...more } },
});

test("they count for nothing until they are trusted, then as they were, whatever becomes of them", async () => {
  await using home = aHome();
  const mark = join(home.ledger, "gated");
  const directory = aProject(
    home,
    `{ // what this repository wants\n "roles": { "builder": { "gates": ["touch ${mark}"], "maxLoops": 1 } }, "setup": "true" }`,
    { builder: "---\nwipLimit: 5\n---\nBuild it well." },
  );
  home.settings(settingsWith(directory));
  const first = await home.start();
  expect(await wipLimit(first)).toBe(2);
  await done(first, "Build", { project: "web", role: "builder", agent: "quiet" });
  expect(existsSync(mark)).toBe(false);
  expect(await problemsOf(first)).toEqual([expect.stringContaining("nobody trusted")]);

  const shown = await look(first);
  expect(shown).toMatchObject({
    trust: "untrusted",
    pending: {
      roles: [
        {
          role: "builder",
          change: "changed",
          fields: expect.arrayContaining([
            { field: "wipLimit", from: 2, to: 5 },
            { field: "instructions", from: null, to: "Build it well." },
            { field: "maxLoops", from: null, to: 1 },
          ]),
        },
      ],
      setup: { from: null, to: "true" },
      commands: [
        { when: "setup of each workspace", command: "true" },
        { when: expect.stringMatching(/^gate .* of builder$/), command: `/bin/sh -c touch ${mark}` },
      ],
    },
  });
  const digest = shown.pending?.digest ?? "";
  await expect(first.call("project.trust", { project: "web", digest: "0".repeat(64) })).rejects.toMatchObject({
    code: "conflict",
  });
  expect(await first.call("project.trust", { project: "web", digest })).toMatchObject({ trust: "trusted" });
  expect(await wipLimit(first)).toBe(5);
  const gated = await done(first, "Build", { project: "web", role: "builder", agent: "quiet" });
  expect(gated).toMatchObject({ state: "completed", stages: [{ gates: [{ outcome: "completed" }] }] });
  expect(existsSync(mark)).toBe(true);
  expect(await problemsOf(first)).toEqual([]);

  writeFileSync(join(directory, ".steward/roles/builder.md"), "---\nwipLimit: 900\n---\n");
  expect(await look(first)).toMatchObject({ trust: "changed", pending: { roles: [{ role: "builder" }] } });
  expect(await problemsOf(first)).toEqual([expect.stringContaining("changed since they were trusted")]);
  await expect(first.call("project.trust", { project: "web", digest })).rejects.toMatchObject({ code: "conflict" });
  await first.kill("SIGTERM");
  await first.ended;

  const second = await home.start();
  expect(await wipLimit(second)).toBe(5);
  rmSync(join(directory, ".steward"), { recursive: true });
  expect(await look(second)).toMatchObject({ trust: "gone", pending: null, setup: "true" });
  expect(await wipLimit(second)).toBe(5);
  expect(await second.call("project.untrust", { project: "web" })).toMatchObject({ trust: "none", trustedBy: null });
  expect(await wipLimit(second)).toBe(2);
  expect(await look(second)).toMatchObject({ setup: null });
  const { events } = await second.call<{ events: { topic: string; actor: string }[] }>("event.list", {
    topic: "project.*",
  });
  expect(events.map(({ topic }) => topic)).toEqual(["project.added", "project.trusted", "project.untrusted"]);
  expect(events[1]?.actor).toMatch(/^person:/);
});

test("a trusted setup runs in each new workspace; the settings' own comes before it", async () => {
  await using home = aHome();
  const { directory, call } = await trusted(home, { setup: "echo theirs > setup-ran" });
  repository(directory);
  const { taskId } = await done(call, "cat setup-ran", { project: "web", role: "builder" });
  const { text } = await call.call<{ text: string }>("run.output", { runId: await runOf(call, taskId) });
  expect(text).toBe("theirs\n");
  home.settings(settingsWith(directory, { setup: "echo mine > setup-ran" }));
  await call.call("daemon.reload", {});
  const second = await done(call, "cat setup-ran", { project: "web", role: "builder" });
  const mine = await call.call<{ text: string }>("run.output", { runId: await runOf(call, second.taskId) });
  expect(mine.text).toBe("mine\n");
});

test("files that are broken, or say what is the host's to say, cannot be trusted", async () => {
  await using home = aHome();
  const directory = aProject(home, { agents: { evil: { runtime: "command", command: ["sh"] } } });
  home.settings(settingsWith(directory));
  const daemon = await home.start();
  const says = async () => (await look(daemon)).problems.join("\n");
  expect(await says()).toMatch(
    /project\.json:1:2 agents: unknown key here: agents are the user's own.*; write them into steward\.json; /,
  );
  const refused = daemon.call("project.trust", { project: "web", digest: "0".repeat(64) });
  await expect(refused).rejects.toMatchObject({ code: "conflict" });
  for (const file of [{ roles: { a: { env: {} } } }, { roles: { a: { permissions: "yolo" } } }, { env: { A: "b" } }]) {
    aProject(home, file);
    expect(await says()).toMatch(/unknown key here: this is an agent's.*; write it at that agent in steward\.json/);
  }
  aProject(home, { limits: {} });
  expect(await says()).toMatch(/limits: unknown key here: this is the host's to say.*; write it into steward\.json/);
  aProject(home, { rolse: {} });
  expect(await says()).toMatch(/rolse: unknown key; did you mean "roles"\?/);
  aProject(home, {}, { builder: "---\nwipLimit: many\n---\n" });
  expect(await says()).toContain("builder.md:2:11 wipLimit: expected a number");
  expect(await problemsOf(daemon)).toEqual([expect.stringContaining("cannot be used")]);
  rmSync(join(directory, ".steward"), { recursive: true });
  symlinkSync(home.path, join(directory, ".steward"));
  expect(await says()).toContain("is a symbolic link");
  expect((await look(daemon)).pending).toBeNull();
  expect(await wipLimit(daemon)).toBe(2);
});

test("the command line shows what would change, and does nothing unseen", async () => {
  await using home = aHome();
  const directory = aProject(home, { roles: { builder: { gates: ["npm test"] }, critic: { agent: "shell" } } });
  home.settings(settingsWith(directory));
  const daemon = await home.start();
  const shown = await steward(home, "project", "get", "web");
  for (const part of ["role builder (changed)", "role critic (added)", "agent: – → shell", "npm test", "digest: "]) {
    expect(shown.out).toContain(part);
  }
  const unseen = await steward(home, "project", "trust", "web");
  expect(unseen.code).toBe(2);
  expect((await look(daemon)).trust).toBe("untrusted");
  const { digest = "" } = (await look(daemon)).pending ?? {};
  const wrong = await steward(home, "project", "trust", "web", "--digest", digest.replace(/^./, "x"));
  expect(wrong.code).toBe(2);
  const agreed = await steward(home, "project", "trust", "web", "--digest", digest);
  expect([agreed.code, agreed.out]).toEqual([0, "What the files of web say holds now.\n"]);
  expect((await steward(home, "project", "trust", "web")).out).toContain("nothing to trust");
  expect((await steward(home, "project", "list")).out).toMatch(/web +trusted/);
  await submit(daemon, "true", { project: "web", key: "A" });
  expect((await steward(home, "task", "list")).out).toMatch(/PROJECT/);
  expect((await steward(home, "task", "get", "web#A")).out).toContain("web");
  expect((await steward(home, "project", "untrust", "web")).out).toContain("counts for nothing");
});

async function trusted(home: Home, file: object) {
  const directory = aProject(home, file);
  home.settings(settingsWith(directory));
  const call = await home.start();
  const { pending } = await look(call);
  await call.call("project.trust", { project: "web", digest: pending?.digest });
  return { directory, call };
}

async function runOf(daemon: DaemonProcess, taskId: string): Promise<string> {
  const { runs } = await daemon.call<{ runs: { runId: string }[] }>("task.get", { taskId });
  return runs[0]?.runId ?? "";
}

function repository(directory: string): void {
  const git = (...args: string[]) =>
    execFileSync("git", ["-C", directory, "-c", "user.name=a", "-c", "user.email=a@b", ...args], { stdio: "ignore" });
  git("init");
  git("add", ".");
  git("commit", "-m", "first");
}

test("a name that every object knows is no project", async () => {
  await using home = aHome();
  home.settings(shellAgent());
  const daemon = await home.start();
  for (const project of ["constructor", "toString"]) {
    const digest = "0".repeat(64);
    await expect(daemon.call("project.trust", { project, digest })).rejects.toMatchObject({ code: "not_found" });
  }
});
