/** What is posted for one message: signed with the key as it is now, so that a key that is replaced is used at once. */
import type { Value } from "../../config/secret.ts";
import { signedHeaders } from "./message.ts";
import type { Letter } from "./send.ts";
import { signingKey, type Webhook } from "./webhook.ts";

export interface LetterNeeds {
  readonly at: number;
  /** Throws `SecretProblem`. */
  readonly readSecret: (value: Value) => string;
}

export function letterFor(
  webhook: Webhook,
  { webhook_id, payload }: { readonly webhook_id: string; readonly payload: string },
  { at, readSecret }: LetterNeeds,
): Letter {
  const own = Object.entries(webhook.headers ?? {}).map(([name, value]) => [name.toLowerCase(), readSecret(value)]);
  return {
    url: webhook.url,
    headers: {
      ...Object.fromEntries(own),
      ...signedHeaders(signingKey(readSecret(webhook.secret)), webhook_id, at, payload),
    },
    body: payload,
    timeoutMs: webhook.timeoutSeconds * 1000,
    allowPrivate: webhook.allowPrivate,
  };
}
