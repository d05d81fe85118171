/** Roles that name what is not there, seen by whoever looks: a task would wait for them, and nobody would know why. */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { steward } from "../lifecycle/command-line.ts";
import { aHome, type DaemonProcess, shellAgent } from "../lifecycle/daemon.ts";
import { eventually } from "../lifecycle/eventually.ts";

const problemsOf = async (daemon: DaemonProcess) =>
  (await daemon.call<{ problems: string[] }>("daemon.status", {})).problems;

test("names in settings, role files and trusted projects are told by the check, the doctor, the status and the log", async () => {
  await using home = aHome();
  const web = join(home.path, "web");
  mkdirSync(join(web, ".steward"), { recursive: true });
  const settings = (roles: object) =>
    home.settings({ ...shellAgent({ roles }), projects: { web: { directory: web } } });
  const roles = { builder: { agent: "shell", next: { completed: "tester" } }, tester: { agent: "shell" } };
  settings(roles);
  const daemon = await home.start();
  const client = daemon.client();
  expect(await problemsOf(daemon)).toEqual([]);
  expect(await steward(home, "config", "check")).toMatchObject({ code: 0, out: expect.stringContaining("is fine") });

  const ofFile = `${home.path}/roles/critic.md: agent: there is no agent "shel"; did you mean "shell"?`;
  writeFileSync(join(home.path, "roles/critic.md"), "---\nagent: shel\n---\n");
  await eventually("the file is told", async () => (await problemsOf(daemon)).includes(ofFile));

  const ofSettings = 'roles.tester.next.failed: there is no role "bilder"; did you mean "builder"?';
  settings({ ...roles, tester: { agent: "shell", next: { failed: "bilder" } } });
  expect(await client.call("daemon.reload", {})).toEqual({
    changed: true,
    taken: true,
    problems: [ofFile, ofSettings],
  });
  const again = await steward(home, "daemon", "reload");
  expect(again).toMatchObject({ code: 0, out: "Nothing has changed.\n", err: `${ofFile}\n${ofSettings}\n` });

  writeFileSync(
    join(web, ".steward/project.json"),
    '{ "roles": { "tester": { "next": { "completed": "builder" } } } }',
  );
  const { pending } = await client.call<{ pending: { digest: string } }>("project.get", { project: "web" });
  await client.call("project.trust", { project: "web", digest: pending.digest });
  const ofProject = `roles.builder.next, ${web}/.steward: roles.tester.next: a task that always goes well would never end: builder → tester → builder; let one of them have no next.completed.`;
  await eventually("the project is told", async () => (await problemsOf(daemon)).includes(ofProject));

  const log = readFileSync(home.paths.log, "utf8");
  for (const sentence of [ofSettings, ofFile, ofProject]) expect(log).toContain(JSON.stringify(sentence).slice(1, -1));
  const check = await steward(home, "config", "check", "--json");
  expect(JSON.parse(check.out)).toMatchObject({ ok: true, notices: [ofFile, ofSettings] });
  const doctor = (await steward(home, "doctor")).out;
  for (const sentence of [ofSettings, ofFile, ofProject]) expect(doctor.split(sentence)).toHaveLength(2);

  settings(roles);
  writeFileSync(join(home.path, "roles/critic.md"), "---\nagent: shell\n---\n");
  await client.call("project.untrust", { project: "web" });
  await client.call("daemon.reload", {});
  await eventually("nothing is told any more", async () => {
    const left = await problemsOf(daemon);
    return left.every((sentence) => sentence.includes("nobody trusted"));
  });
}, 60_000);

test("a role whose file is broken is not told to be missing, with a daemon or without one", async () => {
  await using home = aHome();
  home.settings(shellAgent({ roles: { builder: { agent: "shell", next: { completed: "tester" } } } }));
  mkdirSync(join(home.path, "roles"), { recursive: true });
  const file = join(home.path, "roles/tester.md");
  writeFileSync(file, "---\nagent: shell\n---\n");
  const daemon = await home.start();
  writeFileSync(file, "---\nagent: [\n---\n");
  await eventually("it is broken", async () => (await problemsOf(daemon)).length > 0);
  const told = [await problemsOf(daemon), JSON.parse((await steward(home, "config", "check", "--json")).out).notices];
  for (const sentences of told) {
    expect(sentences).not.toEqual([]);
    for (const sentence of sentences) expect(sentence).toContain("tester.md:");
    expect(sentences.join("\n")).not.toContain("there is no role");
  }
});
