/** An API over a handful of small operations, for tests: asked without a network, or behind a real port. */
import { onTestFinished } from "vitest";
import * as z from "zod";
import type { Actor } from "../../core/actor.ts";
import { type Clock, systemClock } from "../../core/clock.ts";
import type { Log } from "../../core/log.ts";
import { silentLog } from "../../core/log.ts";
import { createPorts, operation, streamOperation } from "../../core/operation.ts";
import { type Refusal, refuse } from "../../core/refusal.ts";
import type { Mark } from "../../core/stream.ts";
import { createRestApp, type RestOptions } from "./app.ts";
import { HTTP_LIMITS, type HttpLimits } from "./limits.ts";

export const TOKENS: Readonly<Record<string, Actor>> = {
  "stw_owner-of-the-house": { kind: "person", name: "ada", scope: "admin" },
  "stw_only-looks": { kind: "token", name: "looks", scope: "read" },
};

export const OWNER = { host: "localhost", authorization: "Bearer stw_owner-of-the-house" };

export interface Fakes {
  /** Inputs and request ids as they arrived. */
  readonly heard: { readonly name: string; readonly input: unknown; readonly requestId: string | undefined }[];
  /** Resolves when a call that waits was told to give up. */
  readonly aborted: Promise<void>;
  /** Resolves when a call waits. */
  readonly waiting: Promise<void>;
  /** What the stream gives; it waits for more until it is aborted. */
  readonly parts: (object | Mark | "end" | Error)[];
  /** Streams that are open. */
  streams: number;
}

export function fakes() {
  const aborted = Promise.withResolvers<void>();
  const waiting = Promise.withResolvers<void>();
  const seen: Fakes = { heard: [], aborted: aborted.promise, waiting: waiting.promise, parts: [], streams: 0 };
  const common = { scope: "read", output: z.unknown(), refuses: ["not_found"], example: {} } as const;
  const hear =
    (name: string) =>
    ({ requestId }: { requestId?: string | undefined }, input: unknown) => {
      seen.heard.push({ name, input, requestId });
      return input;
    };
  const Item = z.object({ n: z.int(), pad: z.string().optional() });
  const streaming = {
    item: Item,
    resume: { field: "after", next: ({ n }: { n: number }) => n },
    open: ({ signal }: { signal: AbortSignal }, { after }: { after: number }) => partsOf(seen, after, signal),
  };
  const operations = [
    operation({
      ...common,
      name: "thing.get",
      summary: "Get <a> thing.",
      effect: "read",
      rest: "GET /things/{thingId}",
      input: z.strictObject({
        thingId: z.string(),
        count: z.int().optional(),
        waitMs: z.int().optional(),
        isNew: z.boolean().optional(),
        tags: z.array(z.string()).optional(),
        data: z.record(z.string(), z.json()).optional(),
      }),
      example: { thingId: "a/b", tags: ["x", "y"], data: { k: 1 } },
      handle: hear("thing.get"),
    }),
    operation({
      ...common,
      name: "thing.count",
      summary: "Count.",
      effect: "read",
      rest: "GET /things/count",
      input: z.strictObject({}),
      handle: () => ({ count: 2 }),
    }),
    operation({
      ...common,
      name: "thing.change",
      summary: "Change a thing.",
      effect: "write",
      scope: "operate",
      rest: "PATCH /things/{thingId}",
      input: z.strictObject({ thingId: z.string(), text: z.string().optional(), data: z.unknown().optional() }),
      example: { thingId: "one", text: "it's" },
      handle: hear("thing.change"),
    }),
    operation({
      ...common,
      name: "thing.make",
      summary: "Make a thing.",
      effect: "write",
      rest: "POST /things",
      input: z.object({}).catchall(z.unknown()),
      handle: hear("thing.make"),
    }),
    operation({
      ...common,
      name: "fail.refuse",
      summary: "Refuses.",
      effect: "read",
      rest: "GET /refuse/{code}",
      input: z.strictObject({ code: z.string() }),
      example: { code: "not_found" },
      handle: (_, { code }) =>
        refuse(code as Refusal["code"], "No such thing.", { hint: "List them.", data: { thing: 9 } }),
    }),
    operation({
      ...common,
      name: "fail.break",
      summary: "Breaks.",
      effect: "read",
      rest: "GET /break",
      input: z.strictObject({}),
      handle: () => {
        throw new Error("a secret inside");
      },
    }),
    operation({
      ...common,
      name: "wait.long",
      summary: "Waits.",
      effect: "read",
      rest: "GET /wait",
      input: z.strictObject({}),
      handle: ({ signal }) =>
        new Promise<string>((resolve) => {
          waiting.resolve();
          signal.addEventListener("abort", () => {
            aborted.resolve();
            resolve("gave up");
          });
        }),
    }),
    streamOperation({
      name: "number.watch",
      summary: "Numbers.",
      effect: "read",
      scope: "read",
      rest: "GET /numbers/stream",
      input: z.strictObject({ after: z.int().default(0) }),
      refuses: [],
      example: { after: 0 },
      stream: streaming,
    }),
    operation({
      ...common,
      name: "number.list",
      summary: "Numbers so far.",
      effect: "read",
      rest: "GET /numbers",
      input: z.strictObject({ after: z.int().default(0) }),
      example: { after: 0 },
      handle: hear("number.list"),
      stream: streaming,
    }),
  ] as const;
  return { seen, operations };
}

async function* partsOf(seen: Fakes, after: number, signal: AbortSignal) {
  seen.streams += 1;
  try {
    for (const part of seen.parts) {
      if (part === "end") return;
      if (part instanceof Error) throw part;
      if ("mark" in part || (part as { n: number }).n > after) yield part as { n: number } | Mark;
      if (signal.aborted) return;
    }
    await new Promise<void>((resolve) => {
      if (signal.aborted) resolve();
      signal.addEventListener("abort", () => resolve());
    });
  } finally {
    seen.streams -= 1;
  }
}

export interface AppParts extends Partial<Omit<RestOptions, "limits">> {
  readonly limits?: Partial<HttpLimits>;
  readonly log?: Log;
  readonly clock?: Clock;
}

export function anApp({ limits, ...rest }: AppParts = {}) {
  const { seen, operations } = fakes();
  const log = rest.log ?? silentLog;
  const options: RestOptions = {
    ports: createPorts({ operations, context: {}, log }),
    operations,
    authenticate: async (secret) =>
      TOKENS[secret ?? ""] ?? refuse("unauthenticated", secret === undefined ? "A token is needed." : "Not known."),
    version: "1.2.3",
    limits: { ...HTTP_LIMITS, ...limits },
    clock: systemClock,
    log,
    isTrusted: () => false,
    onlyProxies: false,
    hosts: new Set(["localhost", "127.0.0.1", "[::1]"]),
    origins: new Set(["https://friend.example"]),
    guests: [],
    store: async () => 1,
    ...rest,
  };
  const app = createRestApp(options);
  onTestFinishedIfAny(() => app.abortAll());
  /** As the owner; with a peer of that address where one is given. */
  const ask = (path: string, init: RequestInit & { headers?: Record<string, string>; peer?: string } = {}) => {
    const { peer, ...request } = init;
    const env = peer === undefined ? {} : { incoming: { socket: { remoteAddress: peer } } };
    return Promise.resolve(
      app.request(`http://localhost${path}`, { ...request, headers: { ...OWNER, ...request.headers } }, env as object),
    );
  };
  return { app, ask, seen, operations, options };
}

function onTestFinishedIfAny(cleanup: () => void): void {
  try {
    onTestFinished(cleanup);
  } catch {
    // Made outside of a test.
  }
}
