import { existsSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { takeHomeLock } from "../../src/fleet/lock.ts";
import { steward } from "./command-line.ts";
import { aHome, shellAgent } from "./daemon.ts";
import { done } from "./tasks.ts";

interface Diagnosis {
  readonly healthy: boolean;
  readonly findings: readonly { readonly subject: string; readonly level: string; readonly sentence: string }[];
}

const SUBJECTS = [
  "versions",
  "daemon",
  "home",
  "disk",
  "settings",
  "store",
  "custody",
  "sandbox",
  "agents",
  "clock",
  "limits",
  "ports",
  "service",
];

const about = (subject: string, { findings }: Diagnosis) =>
  findings.filter((finding) => finding.subject === subject).map(({ level, sentence }) => `${level}: ${sentence}`);

test("a running daemon looks at itself, on every subject, and the command line shows it grouped", async () => {
  await using home = aHome(shellAgent());
  const daemon = await home.start();
  await done(daemon, "echo hello");
  await daemon.call("store.backup");
  const asked = await daemon.call<Diagnosis & Record<string, unknown>>("doctor");
  expect([...new Set(asked.findings.map(({ subject }) => subject))]).toEqual(SUBJECTS);
  expect(about("daemon", asked)).toEqual([`ok: It runs (pid ${daemon.pid}) and answers.`]);
  expect(about("store", asked)).toEqual([
    expect.stringMatching(/^ok: .* is whole/),
    expect.stringMatching(/^ok: The last backup/),
  ]);
  const { code, out } = await steward(home, "doctor");
  expect(code).toBe(0);
  expect(out).toMatch(/^daemon +ok +It runs \(pid \d+\) and answers\.$/m);
  expect(out.match(/^store/gm)).toHaveLength(1);
});

test("a problem is exit code 1, and the sentence says what would mend it", async () => {
  await using home = aHome(shellAgent({ agents: { gone: { runtime: "command", command: ["/no/such/agent"] } } }));
  await home.start();
  const { code, out } = await steward(home, "doctor");
  expect(code).toBe(1);
  expect(out).toMatch(
    /problem +The program "\/no\/such\/agent" of agent "gone" was not found.*\n +→ .*steward agent test gone/,
  );
});

test("a frozen daemon is looked at from outside, named, and not disturbed", async () => {
  await using home = aHome(shellAgent());
  const daemon = await home.start();
  await daemon.kill("SIGSTOP");
  const { code, out } = await steward(home, "doctor", "--json");
  const diagnosis = JSON.parse(out) as Diagnosis;
  expect(code).toBe(1);
  expect(about("daemon", diagnosis)[0]).toMatch(
    new RegExp(`^problem: The daemon \\(pid ${daemon.pid}\\) lives but did not answer within`),
  );
  expect(about("store", diagnosis)[0]).toMatch(/^ok: .* is whole/);
  await daemon.kill("SIGCONT");
  expect(await done(daemon, "echo on")).toMatchObject({ state: "completed" });
});

test("without a daemon the same is looked at, none is started, and the home stays free", async () => {
  await using home = aHome(shellAgent());
  const daemon = await home.start();
  await daemon.kill("SIGKILL");
  const { code, out } = await steward(home, "doctor", "--json");
  const diagnosis = JSON.parse(out) as Diagnosis;
  expect([...new Set(diagnosis.findings.map(({ subject }) => subject))]).toEqual(SUBJECTS);
  expect(about("daemon", diagnosis)).toEqual([
    "note: None is running.",
    expect.stringMatching(`pid ${daemon.pid}\\) ended`),
  ]);
  expect(code).toBe(0);
  const lock = takeHomeLock(home.paths.lock);
  expect(lock).toBeDefined();
  lock?.release();
});

test("a settings file that keeps a daemon from starting is a problem with its place", async () => {
  await using home = aHome('{ "agnts": {} }');
  const { code, out } = await steward(home, "doctor");
  expect(code).toBe(1);
  expect(out).toMatch(/problem +.*steward\.json:1:3.*agents/);
  expect(existsSync(home.paths.database)).toBe(false);
});

test("what settings name without it being there is warned of, with and without a daemon", async () => {
  await using home = aHome({ agents: { shell: { runtime: "command", command: ["sh", "-c", "{promt}"] } } });
  const warned = expect.stringMatching(/^warning: agents\.shell\.command\[2\]: \{promt\} is not filled in/);
  const asked = async () => about("settings", JSON.parse((await steward(home, "doctor", "--json")).out) as Diagnosis);
  expect(await asked()).toContainEqual(warned);
  await home.start();
  expect(await asked()).toContainEqual(warned);
});

test("a store is checked without a daemon as with one, and reading it changes nothing", async () => {
  await using home = aHome(shellAgent());
  const daemon = await home.start();
  await done(daemon, "echo hello");
  expect(await steward(home, "store", "check")).toMatchObject({
    code: 0,
    out: expect.stringContaining("1 tasks, 1 runs"),
  });
  await daemon.kill("SIGTERM");
  await daemon.ended;
  const before = readFileSync(home.paths.database);
  expect(await steward(home, "store", "check")).toMatchObject({
    code: 0,
    out: expect.stringContaining("1 tasks, 1 runs"),
  });
  expect(readFileSync(home.paths.database)).toEqual(before);
  await using none = aHome();
  expect(await steward(none, "store", "check")).toMatchObject({ code: 4 });
});

test("prune tells what it would remove, and removes it when told to", async () => {
  await using home = aHome(shellAgent());
  const daemon = await home.start();
  await done(daemon, "echo hello");
  expect(await steward(home, "store", "prune", "--dry-run")).toMatchObject({
    code: 0,
    out: expect.stringContaining("Would remove 0 events, 0 finished tasks"),
  });
  expect(await daemon.call("store.prune")).toMatchObject({ dryRun: false, tasks: 0, failed: [] });
});
