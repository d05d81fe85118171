/** Secrets that an agent tells while it lives, or as JSON writes them. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { aHome, shellAgent } from "./daemon.ts";
import { eventually } from "./eventually.ts";
import { lastRun, look, says, settled, submit } from "./tasks.ts";
import { asked, aTwoWayHome } from "./two-way.ts";

const SECRET = 'sk-"live"-4f9a1c77e2';
const KEY = { file: "key" };

test("a session with a secret in its name is shown and stored without it as soon as it is known", async () => {
  const kept = mkdtempSync(join(tmpdir(), "steward-sessions-"));
  onTestFinished(() => rmSync(kept, { recursive: true }));
  await using home = aTwoWayHome({ agent: { env: { FAKE_ACP_SESSION: KEY, FAKE_ACP_SESSIONS: kept } } });
  writeFileSync(join(home.path, "key"), SECRET);
  const daemon = await home.start();
  const taskId = await submit(daemon, "ask echo it > out");
  await asked(daemon);
  const session = await eventually("its session is known", async () => lastRun(await look(daemon, taskId)).session);
  expect(session).toBe("session-[masked]");
  const stored = readdirSync(home.path).filter((name) => name.startsWith("steward.db"));
  const bytes = Buffer.concat(stored.map((name) => readFileSync(join(home.path, name))));
  expect(bytes.includes("session-[masked]")).toBe(true);
  expect(bytes.includes("4f9a1c77e2")).toBe(false);
});

test("what an agent does now is shown without the secret in it", async () => {
  await using home = aTwoWayHome({ agent: { env: { API_KEY: KEY } } });
  writeFileSync(join(home.path, "key"), SECRET);
  const daemon = await home.start();
  const taskId = await submit(daemon, `ask echo ${SECRET}`);
  await asked(daemon);
  const { runId } = await eventually("it asks", async () => {
    const run = lastRun(await look(daemon, taskId));
    return run.activity?.last ? run : undefined;
  });
  for (const name of ["run.get", "run.list"]) {
    const shown = JSON.stringify(await daemon.call(name, name === "run.get" ? { runId } : {}));
    expect(shown).toContain("[masked]");
    expect(shown).not.toContain("4f9a1c77e2");
  }
});

test("a secret that was printed as JSON is hidden while its run lives, and gone afterwards", async () => {
  await using home = aHome(shellAgent({ agent: { env: { API_KEY: KEY } } }));
  writeFileSync(join(home.path, "key"), SECRET);
  const daemon = await home.start();
  const print = `printf '{"key":"%s"}' "$(printf %s "$API_KEY" | sed 's/"/\\\\"/g')"`;
  const release = join(home.path, "release");
  const taskId = await submit(daemon, `${print}; until [ -e ${release} ]; do sleep 0.05; done`);
  await says(daemon, taskId, '"}');
  const live = await daemon.call<{ text: string }>("run.output", { runId: "run-1" });
  expect(live.text).toBe(`{"key":"${"*".repeat(JSON.stringify(SECRET).length - 2)}"}`);
  writeFileSync(release, "");
  expect(JSON.stringify((await settled(daemon, taskId)).result)).not.toContain("4f9a1c77e2");
  expect(readFileSync(join(home.path, "runs/run-1/stdout.log"), "utf8")).toBe(live.text);
});

const PLAIN_SECRET = "sk-live-4f9a1c77e2";

test("what a cut has left of a secret is hidden in the reason of a run too", async () => {
  await using home = aTwoWayHome({ agent: { env: { API_KEY: KEY } } });
  writeFileSync(join(home.path, "key"), PLAIN_SECRET);
  const daemon = await home.start();
  const taskId = await submit(daemon, `fail -32000 ${"n".repeat(490)}${PLAIN_SECRET}`);
  const { reason } = lastRun(await settled(daemon, taskId));
  expect(reason).toMatch(/n\[masked\]…$/);
});

test("what a cut has left of a secret is hidden in questions and events too", async () => {
  await using home = aTwoWayHome({ agent: { env: { API_KEY: KEY } } });
  writeFileSync(join(home.path, "key"), PLAIN_SECRET);
  const daemon = await home.start();
  // A title is cut where this leaves ten characters of the key, and a message where the other does.
  await submit(daemon, `noise ${"n".repeat(490)}${PLAIN_SECRET}\nask echo ${"y".repeat(485)}${PLAIN_SECRET}`);
  const { approvalId } = await asked(daemon);
  const told = JSON.stringify([
    await daemon.call("approval.get", { approvalId }),
    await daemon.call("approval.list", {}),
    await daemon.call("run.events", { runId: "run-1" }),
    await daemon.call("event.list", {}),
  ]);
  expect(told).toContain("y[masked]…");
  expect(told).not.toContain("sk-live");
});
