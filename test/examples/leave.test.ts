import { existsSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { ask } from "../../examples/demo/ask.ts";
import type { Task } from "../../examples/demo/follow.ts";
import { leave } from "../../examples/demo/leave.ts";
import type { Place } from "../../examples/demo/place.ts";
import { steward } from "../../examples/demo/steward.ts";
import { processesWith } from "./processes.ts";

/** Far longer than a test waits, in seconds. */
const AGENT_SECONDS = 600;

let place: Place;
let pid: number;

beforeEach(async () => {
  const root = mkdtempSync(join(realpathSync(tmpdir()), "leave-test-"));
  const home = join(root, "home");
  mkdirSync(home);
  writeFileSync(join(home, "steward.json"), settingsWithALongAgent());
  place = { root, home, repository: join(root, "greet"), remove: () => rmSync(root, { recursive: true, force: true }) };
  ({ pid } = (await steward(home, "start")) as { pid: number });
  await startAgent();
});

afterEach(() => place.remove());

test("leaving ends the agents that run, the daemon, and takes the files away", async () => {
  await leave(place, { started: true, keep: false });
  await expect.poll(() => processesWith(place.root)).toEqual([]);
  expect(existsSync(place.root)).toBe(false);
});

test("agents whose daemon was killed are ended too", async () => {
  process.kill(pid, "SIGKILL");
  await leave(place, { started: true, keep: true });
  await expect.poll(() => processesWith(place.root)).toEqual([]);
  expect(existsSync(place.home)).toBe(true);
});

function settingsWithALongAgent(): string {
  return JSON.stringify({
    agents: { sleeper: { runtime: "command", command: ["sleep", String(AGENT_SECONDS)] } },
    roles: { default: { agent: "sleeper" } },
  });
}

async function startAgent(): Promise<void> {
  const asking = ask(place.home);
  try {
    const { taskId } = await asking.call<Task>("task.submit", { prompt: "sleep" });
    const startedAt = async () => (await asking.call<Task>("task.get", { taskId })).runs[0]?.startedAt ?? null;
    await expect.poll(startedAt, { timeout: 10_000 }).not.toBeNull();
  } finally {
    asking.close();
  }
}
