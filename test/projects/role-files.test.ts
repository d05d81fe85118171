/** Role files with a daemon that lives: they hold as they are written, and a broken one changes nothing. */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { steward } from "../lifecycle/command-line.ts";
import { aHome, type DaemonProcess, type Home, shellAgent } from "../lifecycle/daemon.ts";
import { eventually } from "../lifecycle/eventually.ts";
import { done } from "../lifecycle/tasks.ts";

const write = ({ path }: Home, name: string, ...lines: string[]) => {
  mkdirSync(join(path, "roles"), { recursive: true });
  writeFileSync(join(path, "roles", `${name}.md`), lines.join("\n"));
};

const rolesOf = async (daemon: DaemonProcess) => {
  const { roles } = await daemon.call<{ roles: { role: string; wipLimit: number | null }[] }>("role.list", {});
  return Object.fromEntries(roles.map(({ role, wipLimit }) => [role, wipLimit]));
};

const problemsOf = async (daemon: DaemonProcess) =>
  (await daemon.call<{ problems: string[] }>("daemon.status", {})).problems;

test("a file is a role as soon as it is written, and its text is what the agent is told", async () => {
  await using home = aHome();
  const told = join(home.ledger, "told");
  home.settings({
    ...shellAgent(),
    agents: { teller: { runtime: "command", command: ["sh", "-c", `cat > ${told}`] } },
  });
  write(home, "builder", "---", "agent: teller", "wipLimit: 3", "---", "Measure twice.");
  const daemon = await home.start();
  expect(await rolesOf(daemon)).toMatchObject({ builder: 3 });
  await done(daemon, "Build a boat", { role: "builder" });
  expect(readFileSync(told, "utf8")).toContain("Measure twice.");

  write(home, "builder", "---", "agent: teller", "wipLimit: 4", "---", "Measure thrice.");
  await eventually("the new file holds", async () => (await rolesOf(daemon)).builder === 4);
  await done(daemon, "Build another", { role: "builder" });
  expect(readFileSync(told, "utf8")).toContain("Measure thrice.");
  rmSync(join(home.path, "roles/builder.md"));
  await eventually("the role is gone", async () => !("builder" in (await rolesOf(daemon))));
});

test("what the settings say of a role wins over its file, field by field", async () => {
  await using home = aHome();
  home.settings(shellAgent({ roles: { builder: { wipLimit: 1 } } }));
  write(home, "builder", "---", "agent: shell", "wipLimit: 9", "---");
  const daemon = await home.start();
  const { roles } = await daemon.call<{ roles: object[] }>("role.list", {});
  expect(roles).toContainEqual(expect.objectContaining({ role: "builder", agent: "shell", wipLimit: 1 }));
});

test("a broken file is told with its line, its last good version stays, also over a restart, and others are read", async () => {
  await using home = aHome();
  home.settings(shellAgent());
  write(home, "builder", "---", "wipLimit: 3", "---");
  const first = await home.start();
  write(home, "builder", "---", "wipLimit: many", "---");
  write(home, "tester", "---", "wipLimit: 5", "---");
  await eventually("the good one holds", async () => (await rolesOf(first)).tester === 5);
  expect(await rolesOf(first)).toMatchObject({ builder: 3, tester: 5 });
  const problem = `${home.path}/roles/builder.md:2:11 wipLimit: expected a number, found a string`;
  expect(await problemsOf(first)).toContain(problem);
  expect(readFileSync(home.paths.log, "utf8")).toContain("builder.md:2:11");
  const checked = await steward(home, "config", "check");
  expect(checked.out).toContain("builder.md:2:11");
  await first.kill("SIGTERM");
  await first.ended;

  const second = await home.start();
  expect(await rolesOf(second)).toMatchObject({ builder: 3, tester: 5 });
  expect(await problemsOf(second)).toContain(problem);
  write(home, "builder", "---", "wipLimit: 7", "---");
  const { changed, problems } = await second
    .client()
    .call<{ changed: boolean; problems: string[] }>("daemon.reload", {});
  expect(await rolesOf(second)).toMatchObject({ builder: 7 });
  expect(problems).toEqual([]);
  expect(typeof changed).toBe("boolean");
  expect(await problemsOf(second)).not.toContain(problem);
});
