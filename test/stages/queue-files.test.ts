/** Queue files as they lie on disks: in other encodings, under odd names, too large, somebody else's. Through a real daemon and the command line. */
import {
  chmodSync,
  chownSync,
  existsSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { type Said, steward, stewardAt, stewardByShell } from "../lifecycle/command-line.ts";
import { aHome, type Home, shellAgent } from "../lifecycle/daemon.ts";

const QUEUE = {
  sprint_id: "SPRINT-2025-004",
  wip_limits: { builder: 1 },
  tasks: [{ id: "A", title: "Un café", type: "Build", status: "ready", priority: 1, dependencies: [] }],
};
const TEXT = `${JSON.stringify(QUEUE, null, 2)}\n`;

async function aHarbour({ limits = {} } = {}) {
  const home = aHome();
  // Nobody fills its roles: what is imported stays as it came.
  home.settings({ ...shellAgent({ limits }), roles: {} });
  await home.start();
  return { home, at: (name: string) => join(home.ledger, name) };
}

async function withQueue() {
  const harbour = await aHarbour();
  const file = harbour.at("queue.json");
  writeFileSync(file, TEXT);
  expect(await steward(harbour.home, "queue", "import", file)).toMatchObject({ code: 0 });
  return { ...harbour, file };
}

const firstLine = ({ code, err }: Said) => [code, err.split("\n")[0]];
const drafts = (home: Home) => readdirSync(home.ledger).filter((name) => name.endsWith(".new"));
const modeOf = (file: string) => statSync(file).mode & 0o777;

test("a file that is not UTF-8 is not imported, and no export destroys it unless it is forced to", async () => {
  const { home, at, file } = await withQueue();
  await using _ = home;
  const latin = Buffer.from(TEXT, "latin1");
  writeFileSync(at("latin.json"), latin);
  const place = `:9:23: byte ${latin.indexOf(0xe9) + 1} (0xE9) is not UTF-8.`;
  const imported = await steward(home, "queue", "import", at("latin.json"));
  expect(firstLine(imported)).toEqual([2, `error: ${at("latin.json")}${place}`]);
  expect(imported.err).toContain("hint: Save it as UTF-8");
  const piped = await stewardByShell(home, `steward queue import - < '${at("latin.json")}'`);
  expect(firstLine(piped)).toEqual([2, `error: stdin${place}`]);
  const machine = await steward(home, "queue", "import", at("latin.json"), "--dry-run", "--json");
  expect(JSON.parse(machine.err)).toMatchObject({ data: { code: "invalid_input", line: 9, column: 23 } });

  const exported = await steward(home, "queue", "export", at("latin.json"));
  expect(firstLine(exported)).toEqual([5, expect.stringContaining("latin.json:9:23 is not UTF-8")]);
  expect(readFileSync(at("latin.json"))).toEqual(latin);
  expect(await steward(home, "queue", "export", at("latin.json"), "--force")).toMatchObject({ code: 0 });
  expect(readFileSync(at("latin.json"), "utf8")).toBe(TEXT);
  expect(await steward(home, "queue", "export", file)).toMatchObject({ code: 0 });
  expect(readFileSync(file, "utf8")).toBe(TEXT);
});

test("what stands twice is told at import, and the file in which it stands is not replaced", async () => {
  const { home, at } = await aHarbour();
  await using _ = home;
  const text = TEXT.replace('"priority": 1', '"priority": 2,\n      "priority": 1');
  writeFileSync(at("twice.json"), text);
  const imported = await steward(home, "queue", "import", at("twice.json"));
  expect(imported).toMatchObject({ code: 0, out: expect.stringContaining('tasks[0] has "priority" twice') });
  const exported = await steward(home, "queue", "export", at("twice.json"));
  expect(firstLine(exported)).toEqual([
    5,
    expect.stringContaining('twice.json:13:7 has "priority" for the second time'),
  ]);
  expect(readFileSync(at("twice.json"), "utf8")).toBe(text);
  writeFileSync(at("ids.json"), text.replace('"priority": 2', '"id": "B"'));
  const refused = await steward(home, "queue", "import", at("ids.json"));
  expect(firstLine(refused)).toEqual([2, expect.stringContaining('tasks[0] has "id" twice, the second one at 12:7')]);
});

test("a path that will not do is refused with what is wrong with it, and one as long as may be is written", async () => {
  const { home, at, file } = await withQueue();
  await using _ = home;
  const exported = async (path: string) => firstLine(await steward(home, "queue", "export", path));
  expect(await exported(at("x".repeat(256)))).toEqual([2, expect.stringContaining("a name in it is too long")]);
  expect(await exported(join(file, "x"))).toEqual([2, expect.stringContaining("a part of it is no directory")]);
  expect(await exported(at("nowhere/x"))).toEqual([2, expect.stringContaining("does not exist (ENOENT)")]);
  expect(await exported(at("x".repeat(255)))).toEqual([0, ""]);
  expect(readFileSync(at("x".repeat(255)), "utf8")).toBe(TEXT);
  expect(drafts(home)).toEqual([]);
});

test.each([
  ["store restore", (home: Home) => stewardAt(home.path, "store", "restore", `${home.path}/${"x".repeat(300)}`)],
  ["store check", (home: Home) => stewardAt(`${home.path}/${"x".repeat(300)}`, "store", "check")],
  ["logs", (home: Home) => stewardAt(join(home.paths.settings, "x"), "logs")],
  [
    "init",
    (home: Home) => {
      symlinkSync(join(home.path, "nowhere", "roles"), home.paths.roles);
      return stewardAt(home.path, "init", "--preset", "plain", "--yes");
    },
  ],
])("%s is told the same of a path that will not do", async (_, verb) => {
  await using home = aHome(shellAgent());
  const { code, err } = await verb(home);
  expect([code, err]).toEqual([
    2,
    expect.stringMatching(
      /cannot be used: (a name in it is too long|a part of it is no directory|no directory can be made there) \(E/,
    ),
  ]);
  expect(err).not.toContain("unexpected");
});

test("a file that is replaced keeps its mode and its owner, whatever the umask; a new one gets what the umask says", async () => {
  const { home, at, file } = await withQueue();
  await using _ = home;
  const isRoot = process.getuid?.() === 0;
  const [uid, gid] = isRoot ? [12_345, 23_456] : [process.getuid?.(), process.getgid?.()];
  chmodSync(file, 0o664);
  if (isRoot) chownSync(file, 12_345, 23_456);
  const export_ = (umask: string, path: string) =>
    stewardByShell(home, `umask ${umask}; steward queue export '${path}'`);
  expect(await export_("077", file)).toMatchObject({ code: 0 });
  expect(statSync(file)).toMatchObject({ uid, gid });
  expect(modeOf(file)).toBe(0o664);
  expect(await export_("077", at("private.json"))).toMatchObject({ code: 0 });
  expect(await export_("002", at("shared.json"))).toMatchObject({ code: 0 });
  expect([modeOf(at("private.json")), modeOf(at("shared.json"))]).toEqual([0o600, 0o664]);
});

test("- is stdout, as it is stdin for an import", async () => {
  const { home } = await withQueue();
  await using _ = home;
  const both = "steward queue export - | steward queue import --dry-run --json -";
  const { code, out } = await stewardByShell(home, `cd '${home.ledger}' && steward queue export -- - && ${both}`);
  expect(code).toBe(0);
  expect(out.slice(0, TEXT.length)).toBe(TEXT);
  expect(JSON.parse(out.slice(TEXT.length))).toMatchObject({ created: 0, skipped: ["A"] });
  expect(existsSync(join(home.ledger, "-"))).toBe(false);
});

test("a file that is too large for a queue or for a message is refused by its own size, before anything is sent", async () => {
  const { home, at } = await aHarbour();
  await using _ = home;
  const filled = (bytes: number, filling: string) =>
    `{"tasks": [], "filling": "${filling.repeat(bytes / filling.length)}`.slice(0, bytes - 2).concat('"}');
  const limit = 8 * 1024 * 1024;
  writeFileSync(at("file.json"), filled(limit + 1, "x"));
  const tooLarge = `${at("file.json")} has ${limit + 1} bytes; a queue file may have up to ${limit}.`;
  expect(firstLine(await steward(home, "queue", "import", at("file.json")))).toEqual([2, `error: ${tooLarge}`]);
  writeFileSync(at("message.json"), filled(8_388_505, "x"));
  const tooLong = await steward(home, "queue", "import", at("message.json"));
  expect(firstLine(tooLong)).toEqual([
    2,
    expect.stringMatching(
      /message\.json has 8388505 bytes, as a message to the daemon 8388\d{3}: it takes up to 8388608 \(limits\.rpcLineBytes\)/,
    ),
  ]);
  await using silent = aHome(shellAgent());
  expect(await steward(silent, "queue", "import", at("message.json"))).toMatchObject({ code: 2 });
  writeFileSync(at("fits.json"), filled(4_000_000, " "));
  expect(await steward(home, "queue", "import", at("fits.json"))).toMatchObject({ code: 0 });
});

test("the limit of a message is that of the settings, and that of the daemon where they have changed since", async () => {
  const { home, at } = await aHarbour({ limits: { rpcLineBytes: 16 * 1024 * 1024 } });
  await using _ = home;
  writeFileSync(at("large.json"), JSON.stringify({ tasks: [], filling: "x".repeat(8_388_550) }));
  expect(await steward(home, "queue", "import", at("large.json"))).toMatchObject({ code: 0 });
  const small = await aHarbour({ limits: { rpcLineBytes: 2_000_000 } });
  await using __ = small.home;
  const said = expect.stringMatching(/large\.json has \d+ bytes.*takes up to 2000000 \(limits\.rpcLineBytes\)/);
  const refused = async () => firstLine(await steward(small.home, "queue", "import", at("large.json")));
  expect(await refused()).toEqual([2, said]);
  small.home.settings({ ...shellAgent({ limits: { rpcLineBytes: 16 * 1024 * 1024 } }), roles: {} });
  expect(await refused()).toEqual([2, said]);
});
