import { randomBytes } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { iso } from "../../src/core/clock.ts";
import { RETRY_AFTER_SECONDS } from "../../src/event/outbox/backoff.ts";
import { signedHeaders } from "../../src/event/outbox/message.ts";
import { signingKey } from "../../src/event/outbox/webhook.ts";
import { scratch } from "../scratch.ts";

const newDirectory = scratch("webhooks-docs");
const page = readFileSync(join(import.meta.dirname, "../../docs/webhooks.md"), "utf8");

test("the example of the docs takes what is signed here, and nothing else", async () => {
  const verify = await theExample();
  const secret = `whsec_${randomBytes(32).toString("base64")}`;
  const body = JSON.stringify({ type: "task.completed", timestamp: iso(0), data: {} });
  const headers = signedHeaders(signingKey(secret), "msg_1", Date.now(), body);
  expect(verify(secret, headers, body)).toEqual(JSON.parse(body));
  expect(
    verify(secret, { ...headers, "webhook-signature": `v1,AAAA ${headers["webhook-signature"]}` }, body),
  ).toBeTruthy();
  expect(() => verify(secret, headers, `${body} `)).toThrow("not signed");
  expect(() => verify(secret, { ...headers, "webhook-id": "msg_2" }, body)).toThrow("not signed");
  expect(() => verify(secret, {}, body)).toThrow("too old");
  const old = signedHeaders(signingKey(secret), "msg_1", Date.now() - 600_000, body);
  expect(() => verify(secret, old, body)).toThrow("too old");
});

test("the docs name the waits as they are", () => {
  const units: [string, number][] = [
    ["h", 3600],
    ["min", 60],
    ["s", 1],
  ];
  const shown = RETRY_AFTER_SECONDS.map((seconds) => {
    const [unit, size] = units.find(([, length]) => seconds % length === 0) ?? ["s", 1];
    return `${seconds / size} ${unit}`;
  });
  const last = shown.pop();
  expect(page.replaceAll("\n", " ")).toContain(`after ${shown.join(", ")}, and then every ${last}`);
});

type Verify = (secret: string, headers: Readonly<Record<string, string>>, body: string) => unknown;

async function theExample(): Promise<Verify> {
  const code = /```js\n(.*?)```/s.exec(page)?.[1] ?? "";
  const file = join(newDirectory(), "verify.mjs");
  writeFileSync(file, code);
  return ((await import(/* @vite-ignore */ file)) as { verify: Verify }).verify;
}
