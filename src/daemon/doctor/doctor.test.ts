import { chmodSync, mkdirSync, readdirSync, readFileSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { someLimits } from "../../../test/builders.ts";
import { testClock } from "../../../test/clock.ts";
import { homePaths } from "../../core/home.ts";
import { openSqlite } from "../../store/sqlite.ts";
import { backupName } from "../maintenance/backups.ts";
import { around, directory, lines, migrations, told } from "./around.testing.ts";
import { clock } from "./clock.ts";
import { daemon } from "./daemon.ts";
import { disk } from "./disk.ts";
import { diagnose } from "./doctor.ts";
import { type Check, ok } from "./finding.ts";
import { home } from "./home.ts";
import { kernelLimits } from "./kernel-limits.ts";
import { ports } from "./ports.ts";
import { store } from "./store.ts";
import { versions } from "./versions.ts";

describe("running checks", () => {
  const fine: Check = { subject: "fine", run: async () => [ok("All is well.")] };

  test("one that throws and one that never ends hide nothing of the others", async () => {
    let gaveUp = false;
    const throws: Check = { subject: "throws", run: () => Promise.reject(new Error("no such file")) };
    const hangs: Check = {
      subject: "hangs",
      run: (_, signal) => {
        signal.addEventListener("abort", () => {
          gaveUp = true;
        });
        return new Promise(() => {});
      },
    };
    const { healthy, findings } = await diagnose([throws, hangs, fine], around(), 50);
    expect(findings).toMatchObject([
      { subject: "throws", level: "warning", sentence: expect.stringContaining("no such file") },
      { subject: "hangs", level: "warning", sentence: expect.stringContaining("within 0.05 s") },
      { subject: "fine", level: "ok" },
    ]);
    expect(healthy).toBe(true);
    expect(gaveUp).toBe(true);
  });

  test("only a problem makes it unhealthy", async () => {
    const bad: Check = { subject: "bad", run: async () => [{ level: "problem", sentence: "It is broken." }] };
    expect(await diagnose([fine], around())).toMatchObject({ healthy: true });
    expect(await diagnose([fine, bad], around())).toMatchObject({ healthy: false });
  });
});

describe("versions", () => {
  const answers = (askerVersion: string) =>
    around({ askerVersion, daemon: { answers: true, status: { problems: [] } as never } });

  test("a daemon of another version than the program that asks is told", async () => {
    expect(await told(versions, answers("1.1.0"))).toContainEqual(
      expect.stringMatching(/^warning: The daemon is Steward 1.0.0, and this is 1.1.0/),
    );
    expect(await told(versions, answers("1.0.0"))).toContain("ok: Steward 1.0.0.");
  });
});

describe("the home", () => {
  test("of somebody's own is fine, and one that is not there yet is no problem", async () => {
    const surroundings = around();
    chmodSync(surroundings.paths.home, 0o700);
    expect(await told(home, surroundings)).toEqual(lines(/^ok: /));
    const none = around({ paths: homePaths("/nowhere/at/all") });
    expect(await told(home, none)).toEqual(lines(/^note: There is no \/nowhere/));
  });

  test("that others can look into, and settings that others can write, are told with what mends them", async () => {
    const surroundings = around();
    chmodSync(surroundings.paths.home, 0o755);
    writeFileSync(surroundings.paths.settings, "{}");
    chmodSync(surroundings.paths.settings, 0o666);
    const all = await told(home, surroundings);
    expect(all.join("\n")).toContain(`→ chmod 700 ${surroundings.paths.home}`);
    expect(all.join("\n")).toContain(`→ chmod go-w ${surroundings.paths.settings}`);
  });

  test("whose socket lies elsewhere because its path is too long says where", async () => {
    const deep = join(directory(), "d".repeat(120));
    mkdirSync(deep, { mode: 0o700 });
    const surroundings = around({ paths: homePaths(deep) });
    expect((await told(home, surroundings)).join()).toContain("too long for a socket");
  });
});

describe("the disk", () => {
  test("below the floor is a problem, near it a warning", async () => {
    expect((await told(disk, around({ settings: { limits: someLimits({ freeDiskBytes: 2 ** 60 }) } }))).join()).toMatch(
      /problem: Only .* nothing is launched/,
    );
    expect((await told(disk, around({ settings: { limits: someLimits({ freeDiskBytes: 1 }) } }))).join()).toMatch(
      /ok: .* GiB are free/,
    );
  });
});

describe("the store", () => {
  test("that is not there yet is no problem; with backups beside it, it has been lost", async () => {
    const surroundings = around();
    expect(await told(store, surroundings)).toEqual(lines(/^note: There is no /));
    mkdirSync(surroundings.paths.backups);
    writeFileSync(join(surroundings.paths.backups, "steward-2026-01-05T08-00-00.000Z.db"), "x");
    expect(await told(store, surroundings)).toEqual(lines(/^problem: .*has been lost.*store restore/));
  });

  test("that is whole says so, and when it was backed up last", async () => {
    const surroundings = around();
    const { paths } = surroundings;
    await (await openSqlite({ path: paths.database, migrations })).close();
    expect(await told(store, surroundings)).toEqual(lines(/^ok: .* is whole/, /^note: There is no backup yet/));
    mkdirSync(paths.backups);
    const threeDaysAgo = new Date(Date.now() - 3.5 * 86_400_000).toISOString().replaceAll(":", "-");
    writeFileSync(join(paths.backups, `steward-${threeDaysAgo}.db`), "x");
    expect(await told(store, surroundings)).toEqual(lines(/^ok/, /^warning: The last backup is 3 days old/));
    writeFileSync(join(paths.backups, "steward-2099-01-05T08-00-00.000Z.db"), "x");
    symlinkSync(paths.database, join(paths.backups, backupName(Date.now())));
    expect(await told(store, surroundings)).toEqual(
      lines(/^ok/, /^warning: The last backup is 3 days old/, /^warning: .*2099.* has a date that has yet to come/),
    );
  });

  test("of an older version will be brought up to date, of a newer one cannot be used", async () => {
    const { paths } = around();
    await (await openSqlite({ path: paths.database, migrations: migrations.slice(0, -1) })).close();
    expect((await told(store, around({ paths })))[0]).toMatch(/^note: .* of an older version/);
    await (await openSqlite({ path: paths.database, migrations })).close();
    expect((await told(store, around({ paths, migrations: migrations.slice(0, -1) })))[0]).toMatch(/^problem: A newer/);
  });
});

describe("the clock", () => {
  test("of a machine whose battery is empty cannot be", async () => {
    expect(await told(clock, around({ clock: testClock(0) }))).toEqual(lines(/^problem: .*1970.*cannot be/));
  });

  test("that went back behind what was written here is told", async () => {
    const surroundings = around();
    const tomorrow = Date.now() / 1000 + 86_400;
    mkdirSync(surroundings.paths.logs);
    writeFileSync(surroundings.paths.log, "");
    expect((await told(clock, surroundings))[0]).toMatch(/^ok: /);
    utimesSync(surroundings.paths.log, tomorrow, tomorrow);
    expect((await told(clock, surroundings))[0]).toMatch(/^warning: .*it went back/);
  });
});

describe("limits", () => {
  test("too few files for the clients that are allowed is told", async ({ skip }) => {
    skip(/^Max open files\s+unlimited/m.test(readFileSync("/proc/self/limits", "latin1")), "files are unlimited here");
    const settings = { limits: someLimits({ clients: 2 ** 40 }) };
    expect((await told(kernelLimits, around({ settings })))[0]).toMatch(/^warning: Only \d+ files may be open/);
  });
});

describe("ports", () => {
  test("free, somebody else's, and ours are three things", async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as { port: number };
    const http = { host: "127.0.0.1", port };
    expect(await told(ports, around({ http }))).toEqual(lines(/^warning: Somebody else listens/));
    const status = { addresses: [`http://127.0.0.1:${port}`] } as never;
    expect(await told(ports, around({ http, daemon: { answers: true, status } }))).toEqual(lines(/^ok: The daemon/));
    const moved = { addresses: ["unix:/home/steward.sock", "http://127.0.0.1:1"] } as never;
    expect(await told(ports, around({ http, daemon: { answers: true, status: moved } }))).toEqual(
      lines(/^note: The daemon listens at http:\/\/127.0.0.1:1, and not at/),
    );
    await new Promise((resolve) => server.close(resolve));
    expect(await told(ports, around({ http }))).toEqual(lines(/^ok: .* is free/));
  });
});

describe("the daemon", () => {
  test("its problems are told, except those of the settings, which are told there", async () => {
    const status = { pid: 7, state: "standby", uptimeSeconds: 1, problems: ["It is broken.", "a role dangles"] };
    const settings = { dangling: ["a role dangles"] };
    const all = await told(daemon, around({ settings, daemon: { answers: true, status: status as never } }));
    expect(all).toEqual(lines(/^ok: It runs/, /^note: It is in standby/, /^problem: It is broken/));
  });
});

test("looking leaves nothing in a home that is not there", async () => {
  const paths = homePaths(join(directory(), "home"));
  await diagnose([home, disk, store, clock, daemon], around({ paths }));
  expect(readdirSync(join(paths.home, ".."))).toEqual([]);
});
