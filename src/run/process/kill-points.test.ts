/** What becomes of a run when the daemon that launches it is killed: before "go", after it, or ends in good order. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { accessSync, chmodSync, chownSync, constants, existsSync } from "node:fs";
import { createInterface } from "node:readline";
import { describe, expect, test } from "vitest";
import { systemClock } from "../../core/clock.ts";
import type { CustodyLevel } from "./custody.ts";
import { readExit } from "./exits.ts";
import { type Identity, isAlive } from "./identity.ts";
import { hasPassedGate } from "./launch-file.ts";
import { agent, aRoom, eventually, livingIn, type Room, workingCustodies } from "./launched-run.testing.ts";
import { terminate } from "./terminate.ts";

const custodies = await workingCustodies();
const NOBODY = 65_534;

interface Parent {
  readonly process: ChildProcess;
  readonly identity: Identity;
  readonly prefix: readonly string[];
  readonly runDirectory: string;
}

async function aParent(
  room: Room,
  until: "gate" | "go" | "leave",
  argv: readonly string[],
  { uid, level = room.custody.level }: { uid?: number; level?: CustodyLevel } = {},
): Promise<Parent> {
  const runDirectory = room.directory("run-1");
  if (uid !== undefined) {
    chmodSync(room.directory("."), 0o755);
    for (const directory of [runDirectory, room.exitsDirectory]) chownSync(directory, uid, uid);
  }
  const orders = { level, until, runDirectory, exitsDirectory: room.exitsDirectory, argv };
  const parent = spawn(process.execPath, [agent("launching-parent.ts"), JSON.stringify(orders)], {
    stdio: ["ignore", "pipe", "inherit"],
    ...(uid === undefined ? {} : { uid, gid: uid }),
  });
  for await (const line of createInterface({ input: parent.stdout })) {
    return { process: parent, runDirectory, ...JSON.parse(line) };
  }
  throw new Error("the parent ended before it said who its wrapper is");
}

async function kill(parent: Parent): Promise<void> {
  parent.process.kill("SIGKILL");
  if (parent.process.exitCode === null && parent.process.signalCode === null) await once(parent.process, "exit");
}

describe.each(custodies)("under custody by $level", (custody) => {
  test("killed before go, the agent never starts", async () => {
    await using room = aRoom(custody);
    const parent = await aParent(room, "gate", [agent("exits-with"), "0"]);
    expect(isAlive(parent.identity)).toBe(true);
    await kill(parent);
    await eventually(() => !isAlive(parent.identity));
    expect(hasPassedGate(parent.runDirectory)).toBe(false);
    expect(existsSync(`${parent.runDirectory}/stdout.log`)).toBe(false);
    expect(readExit(room.exitsDirectory, "run-1")).toBeUndefined();
  });

  test("killed after go, the agent neither notices nor loses its exit status", async () => {
    await using room = aRoom(custody);
    const parent = await aParent(room, "go", ["/bin/sh", "-c", "mkfifo go; read -r _ <go; exit 7"]);
    await eventually(() => existsSync(`${parent.runDirectory}/go`));
    await kill(parent);
    expect(isAlive(parent.identity)).toBe(true);
    spawn("/bin/sh", ["-c", 'echo >"$0"', `${parent.runDirectory}/go`]);
    expect(await eventually(() => readExit(room.exitsDirectory, "run-1"))).toBe(7);
    await eventually(() => !isAlive(parent.identity));
  });

  test("adopted by another process, a run is ended with everything that it started", async () => {
    await using room = aRoom(custody);
    const escapee = custody.level === "scan" ? "double-forks-with-marker" : "double-forks-away";
    const parent = await aParent(room, "go", [agent(escapee), "stay"]);
    await eventually(() => livingIn(parent.runDirectory).length >= 2);
    await kill(parent);
    const marker = `STEWARD_RUN_DIRECTORY=${parent.runDirectory}`;
    expect(await terminate({ ...parent, marker, custody, graceMs: 100, clock: systemClock })).toBe("gone");
    await eventually(() => livingIn(parent.runDirectory).length === 0);
  });

  test("a daemon with nothing else to do can end while its agent runs on", async () => {
    await using room = aRoom(custody);
    const parent = await aParent(room, "leave", [agent("stays")]);
    if (parent.process.exitCode === null) await once(parent.process, "exit");
    expect(parent.process.exitCode).toBe(0);
    expect(isAlive(parent.identity)).toBe(true);
    const marker = `STEWARD_RUN_DIRECTORY=${parent.runDirectory}`;
    expect(await terminate({ ...parent, marker, custody, graceMs: 60_000, clock: systemClock })).toBe("gone");
    expect(readExit(room.exitsDirectory, "run-1")).toBe(143);
  });
});

test.skipIf(!canBeNobody())(
  "a user who is not root holds runs in a pid namespace too, by a user namespace",
  async () => {
    const [custody] = custodies;
    if (!custody) throw new Error("custody by looking works everywhere");
    await using room = aRoom(custody);
    const parent = await aParent(room, "go", [agent("double-forks-away"), "stay"], { uid: NOBODY, level: "namespace" });
    expect(parent.prefix).toContain("--user");
    expect(parent.identity.namespace).toMatch(/^pid:\[\d+\]$/);
    await eventually(() => livingIn(parent.runDirectory).length >= 2);
    await kill(parent);
    const marker = `STEWARD_RUN_DIRECTORY=${parent.runDirectory}`;
    expect(await terminate({ ...parent, marker, custody, graceMs: 100, clock: systemClock })).toBe("gone");
    await eventually(() => livingIn(parent.runDirectory).length === 0);
  },
);

/** Needs root to become nobody, and a checkout that nobody may read. */
function canBeNobody(): boolean {
  if (process.geteuid?.() !== 0 || !custodies.some(({ level }) => level === "namespace")) return false;
  try {
    accessSync(process.execPath, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
