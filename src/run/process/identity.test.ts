import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { afterEach, describe, expect, test } from "vitest";
import { ageMs, type Identity, identify, isAlive, signalIf } from "./identity.ts";
import { eventually } from "./launched-run.testing.ts";
import { childrenOf, type Proc, systemProc, Unseen } from "./proc.ts";

const children: ChildProcess[] = [];

afterEach(() => {
  for (const child of children.splice(0)) child.kill("SIGKILL");
});

function aChild(...argv: [string, ...string[]]): { child: ChildProcess; identity: Identity } {
  const [program, ...args] = argv;
  const child = spawn(program, args, { stdio: "ignore" });
  children.push(child);
  const identity = identify(child.pid ?? 0);
  if (!identity) throw new Error("a child that was just started can be identified");
  return { child, identity };
}

describe("a living process", () => {
  test("is alive, is what it was identified as, and hears signals", async () => {
    const { child, identity } = aChild("sleep", "60");
    expect(isAlive(identity)).toBe(true);
    expect(identify(identity.pid)).toEqual(identity);
    expect(identity.namespace).toBeNull();
    expect(signalIf(identity, "SIGTERM")).toBe(true);
    expect((await once(child, "exit"))[1]).toBe("SIGTERM");
    await eventually(() => !isAlive(identity));
    expect(signalIf(identity, "SIGTERM")).toBe(false);
  });

  test("has an age that the wall clock has no part in", async () => {
    const { identity } = aChild("sleep", "60");
    const first = ageMs(identity) ?? -1;
    expect(first).toBeGreaterThanOrEqual(0);
    expect(first).toBeLessThan(5_000);
    await eventually(() => (ageMs(identity) ?? 0) >= first + 50);
  });
});

test("who cannot be looked at is not dead, and not signalled either", () => {
  const { identity } = aChild("sleep", "60");
  const blind: Proc = {
    ...systemProc,
    read() {
      throw new Unseen("no descriptor is left");
    },
  };
  expect(isAlive(identity, blind)).toBe(true);
  expect(signalIf(identity, "SIGTERM", blind)).toBe(false);
});

describe("the pid of a run that is now somebody else's", () => {
  test.each([
    ["another start time", (identity: Identity) => ({ ...identity, startTicks: identity.startTicks - 1 })],
    ["another boot", (identity: Identity) => ({ ...identity, bootId: "00000000-0000-0000-0000-000000000000" })],
  ])("is known by %s, and never signalled", async (_, recycled) => {
    const { child, identity } = aChild("sleep", "60");
    expect(isAlive(recycled(identity))).toBe(false);
    expect(signalIf(recycled(identity), "SIGKILL")).toBe(false);
    expect(signalIf(identity, "SIGTERM")).toBe(true);
    expect((await once(child, "exit"))[1]).toBe("SIGTERM");
  });

  test("is not identified when it changes hands in the middle", () => {
    let looks = 0;
    const changing: Proc = {
      ...systemProc,
      read(path) {
        if (!path.endsWith("/stat")) return systemProc.read(path);
        looks += 1;
        return aStat({ startTicks: looks });
      },
    };
    expect(identify(77, changing)).toBeUndefined();
  });
});

test("a zombie is dead: its parent has not fetched its exit status, that is all", async () => {
  const { identity } = aChild("/bin/sh", "-c", "sleep 0 & exec sleep 60");
  const zombie = await eventually(() =>
    childrenOf(identity.pid, systemProc).find((pid) => systemProc.read(`${pid}/stat`)?.includes(") Z ")),
  );
  expect(identify(zombie)).toBeUndefined();
});

test("a program may call itself what it likes, brackets and blanks included", () => {
  const named: Proc = {
    ...systemProc,
    read: (path) => (path.endsWith("stat") ? aStat({ name: ") Z 1 (x y" }) : "boot\n"),
  };
  expect(identify(77, named)).toMatchObject({ pid: 77, startTicks: 4_242 });
});

test("an age is not made up: neither from another boot nor from an uptime that is not the host's", () => {
  const identity: Identity = { pid: 77, startTicks: 500_000, bootId: "boot", namespace: null };
  const at = (uptime: string, bootId: string): Proc => ({
    ...systemProc,
    read: (path) => (path === "uptime" ? uptime : bootId),
  });
  expect(ageMs(identity, at("5010.50 1.0\n", "boot\n"))).toBe(10_500);
  expect(ageMs(identity, at("5010.50 1.0\n", "other\n"))).toBeUndefined();
  expect(ageMs(identity, at("60.00 1.0\n", "boot\n"))).toBeUndefined();
});

function aStat({ name = "sh", startTicks = 4_242 } = {}): string {
  return `77 (${name}) S 1 77 77 0 -1 4194560 97 0 0 0 0 0 0 0 20 0 1 0 ${startTicks} 2641920 389`;
}
