/** A webhook: a target that is told of events over HTTP. What the settings may say of one, and its signing key. */
import * as z from "zod";
import { fragment } from "../../config/fragment.ts";
import { SecretRef, Value } from "../../config/secret.ts";
import { TopicPattern, topicMatches } from "../topic.ts";

/** Each has one message on its way at a time, so this is also how many connections there are at most. */
const MAX_WEBHOOKS = 32;
/** Standard Webhooks, "Signature scheme": the length of a symmetric key, in bytes. */
const KEY_BYTES = { min: 24, max: 64 };
const KEY_PREFIX = "whsec_";
/** About webhooks themselves: only who names them is told, so that `*` never reports on its own deliveries. */
const ABOUT_WEBHOOKS = "webhook.";

/** Those that the protocol or HTTP itself sets. */
const OWN_HEADERS =
  /^(webhook-.*|host|content-(length|type|encoding)|transfer-encoding|connection|expect|upgrade|te|trailer|user-agent|keep-alive|proxy-.*)$/i;

export const WebhookName = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/, "1 to 64 letters, digits, . _ -");

export const Webhook = z
  .strictObject({
    url: z.string().max(2048).describe("Where messages are posted to: https://…, or http://… with allowPrivate."),
    topics: z
      .array(TopicPattern)
      .min(1)
      .max(100)
      .describe(
        "Which events it is told of, as task.completed, task.* or *. Those about webhooks are told only by name.",
      ),
    secret: SecretRef.describe("Where the signing key is found: whsec_ and 24 to 64 bytes in base64."),
    enabled: z.boolean().default(true).describe("false: nothing is sent; what happens meanwhile follows later."),
    allowPrivate: z
      .boolean()
      .default(false)
      .describe("Also addresses that are not public (this machine, the local network), and http://."),
    headers: z
      .record(
        z
          .string()
          .regex(/^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}$/, "must be the name of a header")
          .refine((name) => !OWN_HEADERS.test(name), "is set by Steward itself"),
        Value,
      )
      .refine((headers) => Object.keys(headers).length <= 50, "must hold at most 50 headers")
      .optional()
      .describe('More headers. A secret is written as a reference: { "env": "NAME" } or { "file": "PATH" }.'),
    timeoutSeconds: z.int().min(1).max(60).default(15).describe("How long one attempt may take."),
    maxAttempts: z.int().min(1).max(50).default(9).describe("Attempts until a message is dead."),
  })
  .superRefine(({ url, allowPrivate }, context) => {
    const problem = urlProblem(url, allowPrivate);
    if (problem !== undefined) context.addIssue({ code: "custom", path: ["url"], message: problem });
  });

export type Webhook = z.output<typeof Webhook>;
export type Webhooks = Readonly<Record<string, Webhook>>;

export const webhookSettings = fragment(
  "webhooks",
  z
    .record(WebhookName, Webhook)
    .refine((all) => Object.keys(all).length <= MAX_WEBHOOKS, `must hold at most ${MAX_WEBHOOKS} webhooks`)
    .prefault({})
    .describe("Webhooks by name: who is told of events over HTTP."),
);

export function wantsTopic({ topics }: Webhook, topic: string): boolean {
  const isAboutWebhooks = topic.startsWith(ABOUT_WEBHOOKS);
  return topics.some(
    (pattern) => topicMatches(pattern, topic) && (!isAboutWebhooks || pattern.startsWith(ABOUT_WEBHOOKS)),
  );
}

/** Not a key as Standard Webhooks has them. Says how to make one, and nothing of the value. */
export class UnfitKey extends Error {
  constructor(problem: string) {
    super(`The signing key ${problem}. Make one with: echo "whsec_$(openssl rand -base64 32)"`);
    this.name = "UnfitKey";
  }
}

export function signingKey(secret: string): Buffer {
  if (!secret.startsWith(KEY_PREFIX)) throw new UnfitKey(`does not begin with ${KEY_PREFIX}`);
  const encoded = secret.slice(KEY_PREFIX.length);
  if (!/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(encoded)) {
    throw new UnfitKey(`is not base64 after ${KEY_PREFIX}`);
  }
  const key = Buffer.from(encoded, "base64");
  if (key.length < KEY_BYTES.min || key.length > KEY_BYTES.max) {
    throw new UnfitKey(`has ${key.length} bytes, not ${KEY_BYTES.min} to ${KEY_BYTES.max}`);
  }
  return key;
}

/** As it may be shown: without what often carries a token. */
export function shownUrl(url: string): string {
  const { origin, pathname } = new URL(url);
  return `${origin}${pathname}`;
}

function urlProblem(text: string, allowPrivate: boolean): string | undefined {
  const url = URL.parse(text);
  if (!url || !/^https?:\/\//i.test(text)) return "must be a URL that begins with https://";
  if (url.username !== "" || url.password !== "") return "must not hold credentials; give them as a header";
  if (url.hash !== "") return "must not have a fragment (#)";
  if (url.protocol === "http:" && !allowPrivate) return "must begin with https://; http:// needs allowPrivate: true";
  return undefined;
}
