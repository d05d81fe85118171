/** What stands before every route: how often, by which name, from which page; and behind that, with which token. */
import { randomBytes } from "node:crypto";
import type { MiddlewareHandler } from "hono";
import { type Authenticate, UnknownToken } from "../../access/authenticate.ts";
import type { Lapse } from "../../access/lapse.ts";
import type { Log } from "../../core/log.ts";
import { Refusal } from "../../core/refusal.ts";
import { clientAddress, type IsTrusted, isLoopbackAddress } from "./client-address.ts";
import { admitted, type GuardOptions } from "./guard.ts";
import type { HttpLimits } from "./limits.ts";
import { HttpRefusal, problemResponse } from "./problem.ts";
import type { RateLimit } from "./rate-limit.ts";
import { peerOf, type RestContext, type RestEnv } from "./rest-context.ts";

export interface AdmissionOptions extends GuardOptions {
  readonly rateLimit: RateLimit;
  readonly limits: HttpLimits;
  readonly isTrusted: IsTrusted;
  readonly onlyProxies: boolean;
}

/** On every answer: it is nobody else's to guess at, keep, frame or run. */
const HEADERS: readonly (readonly [string, string])[] = [
  ["cache-control", "no-store"],
  ["content-security-policy", "default-src 'none'; frame-ancestors 'none'"],
  ["referrer-policy", "no-referrer"],
  ["x-content-type-options", "nosniff"],
];

/** A name that a client may give its request, as a header can carry it. */
const REQUEST_ID = /^[\x21-\x7e]{1,200}$/;

export function admission(options: AdmissionOptions): MiddlewareHandler<RestEnv> {
  return async (c, next) => {
    const peer = peerOf(c);
    c.set("address", clientAddress(peer.address, c.req.header("x-forwarded-for"), options.isTrusted));
    let origin: string | undefined;
    try {
      admitOften(c, options);
      if (options.onlyProxies && !isLoopbackAddress(peer.address) && !options.isTrusted(peer.address)) {
        throw new HttpRefusal("denied", "This host is only called through its proxy.", {
          hint: "Call the proxy, or set http.tls.",
        });
      }
      origin = admitted(c.req.raw.headers, peer.isTls, options);
      const preflight = origin === undefined ? undefined : preflightAnswer(c);
      if (preflight) c.res = preflight;
      else await next();
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      c.res = problemResponse(error);
    }
    dress(c, origin, options.origins.size > 0);
  };
}

/**
 * Also who is locked out is let in with a right token: behind one address (127.0.0.1, a proxy, a gateway) stand many, and
 * one of them must not keep the others out. Nobody guesses 256 random bits; what guessing may cost is bounded by how often
 * an address may ask, and looking at a token costs less than the request that brings it.
 */
export function authentication({
  authenticate,
  lapseOf,
  rateLimit,
  limits,
  log,
}: {
  readonly authenticate: Authenticate;
  readonly lapseOf: (secret: string | undefined) => Lapse;
  readonly rateLimit: RateLimit;
  readonly limits: HttpLimits;
  readonly log: Log;
}): MiddlewareHandler<RestEnv> {
  return async (c, next) => {
    const address = c.get("address");
    const secret = /^Bearer +([\x21-\x7e]+)$/i.exec(c.req.header("authorization") ?? "")?.[1];
    try {
      c.set("actor", await authenticate(secret));
      c.set("lapse", lapseOf(secret));
    } catch (error) {
      if (!(error instanceof UnknownToken)) throw error;
      const lockedMs = rateLimit.lockedOut(address);
      if (lockedMs === 0) {
        if (rateLimit.wrongToken(address)) log.warn(LOCKED_OUT, { address, lockoutMs: limits.lockoutMs });
        throw error;
      }
      throw new HttpRefusal("rate_limited", "Too many wrong tokens came from this address.", {
        retryAfterMs: lockedMs,
        hint: `After ${limits.wrongTokens} wrong tokens an address waits ${limits.lockoutMs / 1000} s. A right one is let in.`,
      });
    }
    await next();
  };
}

const LOCKED_OUT = "an address showed too many wrong tokens and is locked out";

function admitOften(c: RestContext, { rateLimit, limits }: AdmissionOptions): void {
  const waitMs = rateLimit.request(c.get("address"));
  if (waitMs > 0) {
    throw new HttpRefusal("rate_limited", `One address may ask ${limits.requestsPerSecond} times a second.`, {
      retryAfterMs: waitMs,
    });
  }
  if (c.req.url.length > limits.urlBytes) {
    throw new HttpRefusal("too_large", `An address takes up to ${limits.urlBytes} bytes.`, {
      status: 414,
      data: { limitBytes: limits.urlBytes },
    });
  }
}

/** Whether a page of an allowed origin may send what it is about to send (Fetch Standard, CORS-preflight). */
function preflightAnswer(c: RestContext): Response | undefined {
  if (c.req.method !== "OPTIONS" || c.req.header("access-control-request-method") === undefined) return undefined;
  return new Response(null, {
    status: 204,
    headers: {
      "access-control-allow-methods": "GET, POST, PATCH, DELETE",
      "access-control-allow-headers": "authorization, content-type, last-event-id, request-id",
      "access-control-max-age": "600",
    },
  });
}

function dress(c: RestContext, origin: string | undefined, variesByOrigin: boolean): void {
  const { headers } = c.res;
  for (const [name, value] of HEADERS) if (!headers.has(name)) headers.set(name, value);
  const requestId = c.req.header("request-id") ?? "";
  headers.set("request-id", REQUEST_ID.test(requestId) ? requestId : `request-${randomBytes(8).toString("hex")}`);
  if (variesByOrigin) headers.set("vary", "Origin");
  if (origin === undefined) return;
  headers.set("access-control-allow-origin", origin);
  headers.set("access-control-expose-headers", "request-id, retry-after");
}
