import { randomBytes } from "node:crypto";
import { describe, expect, test } from "vitest";
import { shownUrl, signingKey, UnfitKey, Webhook, wantsTopic, webhookSettings } from "./webhook.ts";

const webhook = { url: "https://example.com/hook", topics: ["task.*"], secret: { env: "KEY" } };

describe("a signing key", () => {
  test.each([24, 32, 64])("of %i bytes is taken", (bytes) => {
    const key = randomBytes(bytes);
    expect(signingKey(`whsec_${key.toString("base64")}`)).toEqual(key);
  });

  test.each([
    ["is too short", `whsec_${randomBytes(23).toString("base64")}`, "has 23 bytes, not 24 to 64"],
    ["is too long", `whsec_${randomBytes(65).toString("base64")}`, "has 65 bytes, not 24 to 64"],
    ["is empty", "whsec_", "has 0 bytes"],
    ["has no prefix", randomBytes(32).toString("base64"), "does not begin with whsec_"],
    ["is not base64", "whsec_not base64 at all, though it is long enough", "is not base64"],
    ["is base64 for URLs", `whsec_${"_-".repeat(24)}`, "is not base64"],
  ])("that %s is refused with how to make one, and is not told", (_, secret, problem) => {
    const told = errorOf(() => signingKey(secret));
    expect(told).toBeInstanceOf(UnfitKey);
    expect(told.message).toContain(problem);
    expect(told.message).toContain("openssl rand -base64 32");
    if (secret.length > 8) expect(told.message).not.toContain(secret.slice(6));
  });
});

describe("the settings", () => {
  test("take a webhook with nothing but its url, topics and secret", () => {
    expect(Webhook.parse(webhook)).toEqual({
      ...webhook,
      enabled: true,
      allowPrivate: false,
      timeoutSeconds: 15,
      maxAttempts: 9,
    });
  });

  test.each([
    ["http://example.com/", "must begin with https://; http:// needs allowPrivate: true"],
    ["ftp://example.com/", "must be a URL that begins with https://"],
    ["file:///etc/passwd", "must be a URL that begins with https://"],
    ["example.com", "must be a URL that begins with https://"],
    ["https://", "must be a URL that begins with https://"],
    ["https://ada:secret@example.com/", "must not hold credentials; give them as a header"],
    ["https://token@example.com/", "must not hold credentials; give them as a header"],
    ["https://example.com/#part", "must not have a fragment (#)"],
  ])("refuse the URL %s", (url, problem) => {
    expect(problemsOf({ ...webhook, url })).toEqual([problem]);
  });

  test("take http:// with allowPrivate", () => {
    expect(problemsOf({ ...webhook, url: "http://10.0.0.1:8080/", allowPrivate: true })).toEqual([]);
  });

  test.each([
    "webhook-id",
    "Webhook-Signature",
    "HOST",
    "Content-Length",
    "transfer-encoding",
    "proxy-authorization",
  ])("leave the header %s to Steward", (name) => {
    expect(problemsOf({ ...webhook, headers: { [name]: "x" } })).toEqual(["is set by Steward itself"]);
  });

  test("take no header that would end its line, and no plain secret", () => {
    expect(problemsOf({ ...webhook, headers: { "x\r\ny": "x" } })).toEqual(["must be the name of a header"]);
    expect(problemsOf({ ...webhook, secret: "whsec_in-plain-sight" })).not.toEqual([]);
  });

  test("take no more webhooks than there may be connections", () => {
    const many = (n: number) => Object.fromEntries(Array.from({ length: n }, (_, i) => [`hook-${i}`, webhook]));
    expect(webhookSettings.schema.safeParse(many(32)).success).toBe(true);
    expect(webhookSettings.schema.safeParse(many(33)).success).toBe(false);
  });
});

describe("what a webhook is told of", () => {
  const tells = (topics: string[], topic: string) => wantsTopic({ ...Webhook.parse(webhook), topics }, topic);

  test("is one topic, all of a noun, or all", () => {
    expect(tells(["task.completed"], "task.completed")).toBe(true);
    expect(tells(["task.completed"], "task.completed_late")).toBe(false);
    expect(tells(["task.*", "run.ended"], "task.failed")).toBe(true);
    expect(tells(["task.*"], "tasks.failed")).toBe(false);
    expect(tells(["*"], "run.ended")).toBe(true);
  });

  test("is nothing about webhooks, unless it asks for that by name", () => {
    expect(tells(["*"], "webhook.message_died")).toBe(false);
    expect(tells(["task.*", "*"], "webhook.stopped")).toBe(false);
    expect(tells(["webhook.*"], "webhook.message_died")).toBe(true);
    expect(tells(["webhook.stopped"], "webhook.stopped")).toBe(true);
  });
});

test("a URL is shown without its query", () => {
  expect(shownUrl("https://example.com:8443/a/b?token=secret")).toBe("https://example.com:8443/a/b");
});

function problemsOf(value: unknown): string[] {
  return Webhook.safeParse(value).error?.issues.map((issue) => deepest(issue)) ?? [];
}

function deepest(issue: { message: string; issues?: readonly { message: string }[] }): string {
  return issue.issues?.[0]?.message ?? issue.message;
}

function errorOf(work: () => unknown): Error {
  try {
    work();
  } catch (error) {
    return error as Error;
  }
  throw new Error("it was taken");
}
