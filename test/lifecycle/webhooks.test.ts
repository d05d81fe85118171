import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Webhook } from "standardwebhooks";
import { expect, test } from "vitest";
import { aCertificate, aReceiver, aSecureReceiver, type Received } from "../webhooks/receiver.ts";
import { aHome, type DaemonProcess, shellAgent } from "./daemon.ts";
import { eventually } from "./eventually.ts";
import { done } from "./tasks.ts";

test("a task's story arrives signed and in order; neither proxy nor log ever sees the key", async () => {
  const proxy = await aReceiver();
  const receiver = await aReceiver();
  const key = newKey();
  await using home = aHome(withWebhook(receiver.url, { secret: { env: "HOOK_KEY" } }));
  const through = new URL(proxy.url).origin;
  const env = { HOOK_KEY: key, NODE_USE_ENV_PROXY: "1", HTTP_PROXY: through, http_proxy: through };
  const daemon = await home.start({ env });
  await done(daemon, "true");
  await eventually("the end is told", () => receiver.received.length === 3);
  const told = receiver.received.map(
    (one) => new Webhook(key).verify(one.body, { ...one.headers }) as { type: string },
  );
  expect(told.map(({ type }) => type)).toEqual(["task.submitted", "task.started", "task.completed"]);
  expect(await daemon.call("webhook.test", { webhook: "ci" })).toMatchObject({ delivered: true, status: 204 });
  expect(proxy.received).toEqual([]);
  expect(readFileSync(home.paths.log, "utf8")).not.toContain(key.slice(6));
});

test("killed after a target was told and before that was written down, the next daemon tells it again with the same id", async () => {
  const holder: { daemon?: DaemonProcess } = {};
  const receiver = await aReceiver(() => {
    if (receiver.received.length > 2) return 204;
    holder.daemon?.process.kill("SIGKILL");
    return undefined;
  });
  await using home = aHome(withWebhook(receiver.url, { secret: { file: "key" } }));
  writeFileSync(join(home.path, "key"), newKey());
  for (const _ of [1, 2]) {
    const args = ["--standby"];
    holder.daemon = await home.start({ args });
    // It may be dead before it answers, of what an earlier one left in the outbox.
    await holder.daemon.call("task.submit", { prompt: "true" }).catch(() => {});
    await holder.daemon.ended;
  }
  const last = await home.start({ args: ["--standby"] });
  await eventually("nothing waits any more", async () => (await states(last)).every((state) => state === "delivered"));
  const [first, second, third] = receiver.received.map(idOf);
  expect([first, second]).toEqual([third, third]);
  expect(new Set(receiver.received.map(idOf)).size).toBe((await states(last)).length);
});

test("a webhook that the settings bring while the daemon runs is told from then on, and a replaced key is used at once", async () => {
  const receiver = await aReceiver();
  await using home = aHome(shellAgent());
  const daemon = await home.start({ args: ["--standby"] });
  await daemon.call("task.submit", { prompt: "before" });
  home.settings(withWebhook(receiver.url, { secret: { file: "key" } }));
  writeFileSync(join(home.path, "key"), newKey());
  expect(await daemon.call("daemon.reload")).toMatchObject({ changed: true, problems: [] });
  await daemon.call("task.submit", { prompt: "after" });
  await eventually("it is told", () => receiver.received.length === 1);
  const key = newKey();
  writeFileSync(join(home.path, "key"), key);
  await daemon.call("task.submit", { prompt: "with the new key" });
  const [, second] = await eventually("it is told", () => receiver.received.length === 2 && receiver.received);
  expect(new Webhook(key).verify(second?.body ?? "", { ...second?.headers })).toMatchObject({ type: "task.submitted" });
});

test("https goes to whom its certificate names, when who signed it is known", async () => {
  await using home = aHome();
  const receiver = await aSecureReceiver(aCertificate(home.path));
  home.settings(withWebhook(receiver.url, {}));
  const known = { HOOK_KEY: newKey(), NODE_EXTRA_CA_CERTS: join(home.path, "cert.pem") };
  const daemon = await home.start({ args: ["--standby"], env: known });
  expect(await daemon.call("webhook.test", { webhook: "ci" })).toMatchObject({ delivered: true, status: 204 });
  home.settings(withWebhook(receiver.url.replace("localhost", "127.0.0.1"), {}));
  await daemon.call("daemon.reload");
  const answer = await daemon.call<{ error: string }>("webhook.test", { webhook: "ci" });
  expect(answer.error).toContain("does not match certificate");
  expect(receiver.received).toHaveLength(1);
});

test("a webhook to a private address is not reached, and status says why", async () => {
  const receiver = await aReceiver();
  await using home = aHome(withWebhook(receiver.url.replace("http:", "https:"), { allowPrivate: false }));
  const daemon = await home.start({ args: ["--standby"], env: { HOOK_KEY: newKey() } });
  await daemon.call("task.submit", { prompt: "true" });
  const problem = await eventually("it is a problem", async () => {
    const { problems } = await daemon.call<{ problems: string[] }>("daemon.status");
    return problems.find((one) => one.includes("webhook"));
  });
  expect(problem).toContain("127.0.0.1 is not a public address (loopback)");
  expect(receiver.received).toEqual([]);
});

test("while no webhook is configured nothing is loaded that could send", () => {
  const source = join(import.meta.dirname, "../../src");
  const look = `
    await Promise.all([import("${source}/operations.ts"), import("${source}/compose/outgoing.ts")]);
    console.log(JSON.stringify(process.moduleLoadList));`;
  const loaded = JSON.parse(execFileSync(process.execPath, ["--input-type=module", "-e", look], { encoding: "utf8" }));
  expect(loaded).toContain("NativeModule path");
  expect(loaded).not.toContain("NativeModule https");
  expect(loaded).not.toContain("NativeModule _http_client");
});

function newKey(): string {
  return `whsec_${randomBytes(32).toString("base64")}`;
}

function withWebhook(url: string, more: object): object {
  const ci = { url, topics: ["task.*"], secret: { env: "HOOK_KEY" }, allowPrivate: true, ...more };
  return { ...shellAgent(), webhooks: { ci } };
}

async function states(daemon: DaemonProcess): Promise<string[]> {
  const { messages } = await daemon.call<{ messages: { state: string }[] }>("outbox.list", {});
  return messages.map(({ state }) => state);
}

function idOf(received: Received): string | undefined {
  return received.headers["webhook-id"];
}
