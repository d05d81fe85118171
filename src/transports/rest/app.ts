/** The REST API as one function from request to answer: let in, known by a token, routed to an operation. */
import { Hono } from "hono/tiny";
import type { Authenticate } from "../../access/authenticate.ts";
import { createLapses, type Lapse } from "../../access/lapse.ts";
import type { Actor } from "../../core/actor.ts";
import type { Clock } from "../../core/clock.ts";
import type { Log } from "../../core/log.ts";
import { Bug, type Operation, type Ports, UnknownOperation } from "../../core/operation.ts";
import { Refusal } from "../../core/refusal.ts";
import { admission, authentication } from "./admission.ts";
import { answer } from "./answer.ts";
import { createCalls } from "./calls.ts";
import type { IsTrusted } from "./client-address.ts";
import type { GuardOptions } from "./guard.ts";
import { isWell } from "./health.ts";
import type { HttpLimits } from "./limits.ts";
import { HttpRefusal, problemResponse } from "./problem.ts";
import { createRateLimit } from "./rate-limit.ts";
import type { RestEnv } from "./rest-context.ts";
import { type Route, routerPath, routesOf } from "./routes.ts";

/** Asked only for whoever was let in and is known. */
export interface Guest {
  readonly methods: readonly string[];
  readonly path: string;
  /** What it keeps open ends when the token lapses. */
  readonly answer: (request: Request, actor: Actor, lapse: Lapse) => Promise<Response>;
}

export interface RestOptions extends GuardOptions {
  readonly ports: Ports;
  readonly operations: readonly Operation[];
  readonly authenticate: Authenticate;
  readonly version: string;
  readonly limits: HttpLimits;
  readonly clock: Clock;
  readonly log: Log;
  readonly isTrusted: IsTrusted;
  /** Nobody but loopback and trusted proxies is answered: what they send would be read on the way. */
  readonly onlyProxies: boolean;
  /** Other protocols that are spoken over the same door. */
  readonly guests: readonly Guest[];
  /** Rejects when the store does not answer. */
  readonly store: () => Promise<unknown>;
}

export function createRestApp(options: RestOptions) {
  const { operations, limits, clock, version } = options;
  const rateLimit = createRateLimit(limits, clock);
  const calls = createCalls(limits.streamsPerAddress);
  const routes = routesOf(operations);
  const app = new Hono<RestEnv>();
  app.onError((error) => problemResponse(expected(error, options.log)));
  app.notFound(() => problemResponse(new Refusal("not_found", "There is nothing here.", { hint: SEE })));
  app.use(admission({ ...options, rateLimit }));
  app.get("/healthz", async () => {
    const isOk = await isWell(options.store, limits.healthMs, clock);
    return Response.json({ status: isOk ? "ok" : "unavailable" }, { status: isOk ? 200 : 503 });
  });
  app.use(authentication({ ...options, lapseOf: createLapses(options.authenticate, clock), rateLimit }));
  const answering = { ...options, calls };
  for (const route of routes) app.on(route.method, routerPath(route), (c) => answer(c, route, answering));
  // What shows the whole registry is loaded when somebody wants to see it.
  app.get("/openapi.json", async () => {
    const { openApiText } = await import("./openapi.ts");
    return new Response(openApiText(operations, version), { headers: { "content-type": "application/json" } });
  });
  app.get("/docs", async () => {
    const { page } = await import("./page.ts");
    const { html, policy } = page(operations, version);
    return new Response(html, {
      headers: { "content-type": "text/html; charset=utf-8", "content-security-policy": policy },
    });
  });
  for (const { methods, path, answer: askGuest } of options.guests) {
    app.on([...methods], [path], (c) => askGuest(c.req.raw, c.get("actor"), c.get("lapse")));
  }
  for (const [path, methods] of methodsOf(routes, options.guests))
    app.all(path, ({ req }) => otherMethod(req.method, methods));
  return { fetch: app.fetch, request: app.request, abortAll: calls.abortAll };
}

const SEE = "GET /openapi.json lists every path; GET /docs is a page to read.";

function methodsOf(routes: readonly Route[], guests: readonly Guest[]): ReadonlyMap<string, readonly string[]> {
  const methods = new Map<string, readonly string[]>([
    ["/healthz", ["GET"]],
    ["/openapi.json", ["GET"]],
    ["/docs", ["GET"]],
    ...guests.map(({ path, methods: taken }) => [path, taken] as const),
  ]);
  for (const route of routes) {
    const path = routerPath(route);
    methods.set(path, [...(methods.get(path) ?? []), route.method]);
  }
  return methods;
}

function otherMethod(method: string, methods: readonly string[]): Response {
  const allow = [...methods, ...(methods.includes("GET") ? ["HEAD"] : []), "OPTIONS"].join(", ");
  if (method === "OPTIONS") return new Response(null, { status: 204, headers: { allow } });
  const headers = { allow };
  const message = `${method.slice(0, 20)} means nothing here.`;
  return problemResponse(
    new HttpRefusal("invalid_input", message, { status: 405, headers, hint: `This path takes ${allow}.` }),
  );
}

function expected(error: unknown, log: Log): Refusal | Bug | UnknownOperation {
  if (error instanceof Refusal || error instanceof Bug || error instanceof UnknownOperation) return error;
  const bug = Bug.of(error);
  log.error("a request could not be answered", { bug: bug.id, error });
  return bug;
}
