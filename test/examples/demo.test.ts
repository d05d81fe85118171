import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { stripVTControlCharacters } from "node:util";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { demoSettings } from "../../examples/demo/settings.ts";
import { steward } from "../../examples/demo/steward.ts";
import { processesWith } from "./processes.ts";

const DEMO = join(import.meta.dirname, "..", "..", "examples", "demo.ts");
const QUEUE = join(import.meta.dirname, "..", "..", "examples", "sprint-queue.json");

/** A demo that takes longer is ended, in ms: it is meant to take a third of that on a machine with nothing else to do. */
const DEMO_LIMIT_MS = 50_000;

let place: string;

beforeEach(() => {
  place = mkdtempSync(join(realpathSync(tmpdir()), "demo-test-"));
  mkdirSync(join(place, "tmp"));
  mkdirSync(join(place, "home"));
});

afterEach(() => rmSync(place, { recursive: true, force: true }));

describe("the demo", () => {
  test("runs its queue to the end, proves what was built, and leaves nothing behind", async () => {
    const { code, text } = await startDemo().ended;
    expect(code, text).toBe(0);
    for (const key of keysOf(readFileSync(QUEUE, "utf8")))
      expect(text).toMatch(new RegExp(`^ {2}${key} .* completed `, "m"));
    expect(text).toMatch(/greet Ada +Hello, Ada!\n.*greet +Hello, world!/);
    expect(text).toMatch(/10 runs by 5 agents, up to [23] at once/);
    expect(text.split("\n").filter((line) => line.length > 80)).toEqual([]);
    await expectNothingLeft();
  });

  test("told to stop by Ctrl-C, ends what it started and says so with its exit status", async () => {
    const demo = startDemo();
    await demo.printed(/mason +running/);
    demo.child.kill("SIGINT");
    const { code, text } = await demo.ended;
    expect(code, text).toBe(130);
    expect(text).toContain("Interrupted.");
    await expectNothingLeft();
  });

  test("whose daemon is killed claims no success, and still ends the agents that outlive it", async () => {
    const demo = startDemo();
    const [, pid] = await demo.printed(/daemon +pid (\d+)/);
    await demo.printed(/mason +running/);
    process.kill(Number(pid), "SIGKILL");
    const { code, text } = await demo.ended;
    expect(code, text).toBe(1);
    expect(text).toContain("The demo did not work. The daemon does not answer any more.");
    await expectNothingLeft();
  });
});

test("the demo's settings are right", async () => {
  const home = join(place, "home");
  writeFileSync(join(home, "steward.json"), JSON.stringify(demoSettings(place)));
  expect(await steward(home, "config", "check")).toEqual({ ok: true, source: "file", notices: [] });
});

/** As on a fresh machine: no git configuration, and a place for temporary files that can be looked into. */
function startDemo() {
  const child = spawn(process.execPath, [DEMO], {
    env: { PATH: process.env.PATH, HOME: join(place, "home"), TMPDIR: join(place, "tmp") },
    stdio: ["ignore", "pipe", "pipe"],
    timeout: DEMO_LIMIT_MS,
  });
  const heard = { text: "" };
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (chunk) => {
      heard.text += stripVTControlCharacters(String(chunk));
    });
  }
  const ended = new Promise<{ code: number | null; text: string }>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => resolve({ code, text: heard.text }));
  });
  return { child, ended, printed: (pattern: RegExp) => untilPrinted(child, heard, pattern) };
}

function untilPrinted(child: ChildProcess, heard: { text: string }, pattern: RegExp): Promise<RegExpExecArray> {
  return new Promise((resolve, reject) => {
    const look = () => {
      const found = pattern.exec(heard.text);
      if (found) resolve(found);
    };
    child.stdout?.on("data", look);
    child.once("close", () => reject(new Error(`it ended without printing ${pattern}:\n${heard.text}`)));
    look();
  });
}

async function expectNothingLeft(): Promise<void> {
  expect(readdirSync(join(place, "tmp"))).toEqual([]);
  expect(readdirSync(join(place, "home"))).toEqual([]);
  await expect.poll(() => processesWith(place)).toEqual([]);
}

interface Listed {
  readonly id: string;
  readonly subtasks?: readonly Listed[];
}

function keysOf(queue: string): string[] {
  const inside = ({ id, subtasks = [] }: Listed): string[] => [id, ...subtasks.flatMap(inside)];
  return (JSON.parse(queue) as { tasks: Listed[] }).tasks.flatMap(inside);
}
