import { expect, test } from "vitest";
import { testClock } from "../../../test/clock.ts";
import { UnknownToken } from "../../access/authenticate.ts";
import { silentLog } from "../../core/log.ts";
import { REFUSALS, refuse } from "../../core/refusal.ts";
import { trusting } from "./client-address.ts";
import { anApp } from "./rest.testing.ts";

const json = (method: string, body: unknown) => ({
  method,
  headers: { "content-type": "application/json" },
  body: typeof body === "string" ? body : JSON.stringify(body),
});

test("a query becomes the input: numbers, truths, durations, lists both ways, objects as JSON, the path decoded", async () => {
  const { ask, seen } = anApp();
  const asked = await ask(
    `/api/v1/things/a%2Fb?count=2&isNew=yes&waitMs=2s&tags=x&tags=y,z&data=${encodeURIComponent('{"k":[1]}')}`,
  );
  expect(asked.status).toBe(200);
  expect(seen.heard[0]?.input).toEqual({
    thingId: "a/b",
    count: 2,
    isNew: true,
    waitMs: 2000,
    tags: ["x", "y", "z"],
    data: { k: [1] },
  });
});

test("a fixed word of a path is no name", async () => {
  expect(await (await anApp().ask("/api/v1/things/count")).json()).toEqual({ count: 2 });
});

test.each([
  ["an unknown key", "/api/v1/things/a?colour=red", "colour"],
  ["a key that JavaScript knows", "/api/v1/things/a?__proto__=1", "__proto__"],
  ["what is no number", "/api/v1/things/a?count=many", "count"],
  ["a single value given twice", "/api/v1/things/a?count=1&count=2", "count"],
  ["another value than the path's", "/api/v1/things/a?thingId=b", "thingId"],
  ["what is no JSON", "/api/v1/things/a?data=%7B", "data"],
])("%s in a query is refused and named", async (_, path, name) => {
  const answer = await anApp().ask(path);
  expect(answer.status).toBe(400);
  expect(await answer.json()).toMatchObject({ code: "invalid_input", detail: expect.stringContaining(name) });
});

test("a body becomes the input; the path's own value may be repeated, but not contradicted", async () => {
  const { ask, seen } = anApp();
  expect((await ask("/api/v1/things/one", json("PATCH", { text: "x", thingId: "one" }))).status).toBe(200);
  expect(seen.heard[0]?.input).toEqual({ thingId: "one", text: "x" });
  expect((await ask("/api/v1/things/one", json("PATCH", { thingId: "two" }))).status).toBe(400);
  expect((await ask("/api/v1/things/one", { method: "PATCH" })).status).toBe(200);
});

test.each<[string, RequestInit & { headers?: Record<string, string> }, number]>([
  ["broken JSON", json("POST", '{"a'), 400],
  ["no object", json("POST", "[1]"), 400],
  ["what is not UTF-8", { ...json("POST", ""), body: new Uint8Array([123, 34, 255, 34, 58, 49, 125]) }, 400],
  ["a form", { method: "POST", headers: { "content-type": "application/x-www-form-urlencoded" }, body: "a=1" }, 415],
  ["no content type", { method: "POST", body: new Uint8Array([123, 125]) }, 415],
  ["another charset", { ...json("POST", {}), headers: { "content-type": "application/json; charset=utf-16" } }, 415],
  [
    "a compressed body",
    { ...json("POST", {}), headers: { "content-type": "application/json", "content-encoding": "gzip" } },
    415,
  ],
  ["a body that is too long", json("POST", { text: "x".repeat(2_000) }), 413],
])("%s is refused, and nothing is asked", async (_, init, status) => {
  const { ask, seen } = anApp({ limits: { bodyBytes: 1_000 } });
  const answer = await ask("/api/v1/things", init);
  expect(answer.status).toBe(status);
  expect(answer.headers.get("content-type")).toBe("application/problem+json");
  expect(seen.heard).toEqual([]);
});

test("JSON that is nested too deep for whoever walks it is refused", async () => {
  const answer = await anApp().ask("/api/v1/things", json("POST", `{"a":${"[".repeat(5_000)}${"]".repeat(5_000)}}`));
  expect(await answer.json()).toMatchObject({ status: 400, detail: expect.stringContaining("nested deeper") });
});

test("a write takes nothing from the query, and a read nothing from a body", async () => {
  const { ask } = anApp();
  expect((await ask("/api/v1/things?text=x", json("POST", {}))).status).toBe(400);
  const read = await ask("/api/v1/things/count", { headers: { "content-length": "3" } });
  expect(read.status).toBe(400);
});

test.each(
  Object.entries(REFUSALS),
)("%s is a problem document with the status of the catalogue", async (code, facts) => {
  const answer = await anApp().ask(`/api/v1/refuse/${code}`);
  expect(answer.status).toBe(facts.http);
  expect(answer.headers.get("content-type")).toBe("application/problem+json");
  expect(answer.headers.has("retry-after")).toBe(facts.retry === "after");
  expect(await answer.json()).toEqual({
    type: `urn:steward:refusal:${code}`,
    title: facts.meaning,
    status: facts.http,
    detail: "No such thing.",
    code,
    hint: "List them.",
    retry: facts.retry,
    data: { thing: 9 },
  });
});

test("a bug is an id outside, and everything in the log", async () => {
  const logged: unknown[] = [];
  const log = { debug() {}, info() {}, warn() {}, error: (_: string, facts: unknown) => logged.push(facts) };
  const answer = await anApp({ log: log as never }).ask("/api/v1/break");
  const problem = (await answer.json()) as { instance: string };
  expect(answer.status).toBe(500);
  expect(JSON.stringify(problem)).not.toContain("secret");
  expect(problem).toMatchObject({ code: "internal", status: 500 });
  expect(logged[0]).toMatchObject({ bug: problem.instance.replace("urn:steward:bug:", "") });
});

test("a path that is none is not found, for those who are known; a method that is none is told which are", async () => {
  const { ask } = anApp();
  const nowhere = await ask("/api/v1/nothing");
  expect(nowhere.status).toBe(404);
  expect(await nowhere.json()).toMatchObject({ code: "not_found", hint: expect.stringContaining("/openapi.json") });
  expect((await ask("/api/v1/nothing", { headers: { authorization: "" } })).status).toBe(401);
  const put = await ask("/api/v1/things/one", { method: "PUT" });
  expect(put.status).toBe(405);
  expect(put.headers.get("allow")).toBe("GET, PATCH, HEAD, OPTIONS");
  const options = await ask("/api/v1/things/one", { method: "OPTIONS" });
  expect([options.status, options.headers.get("allow")]).toEqual([204, "GET, PATCH, HEAD, OPTIONS"]);
});

test("HEAD answers as GET does, without a body, and opens no stream", async () => {
  const { ask, seen } = anApp();
  const head = await ask("/api/v1/things/count", { method: "HEAD" });
  expect([head.status, await head.text()]).toEqual([200, ""]);
  expect((await ask("/api/v1/numbers/stream", { method: "HEAD" })).status).toBe(200);
  expect(seen.streams).toBe(0);
});

test("without a token nothing but the health is told, and that is one word", async () => {
  const { ask } = anApp();
  const nobody = { headers: { authorization: "" } };
  const health = await ask("/healthz", nobody);
  expect([health.status, await health.json()]).toEqual([200, { status: "ok" }]);
  for (const path of ["/api/v1/things/count", "/openapi.json", "/docs", "/", "/api/v1/numbers/stream"]) {
    const answer = await ask(path, nobody);
    expect([path, answer.status]).toEqual([path, 401]);
    expect(answer.headers.get("www-authenticate")).toBe('Bearer realm="steward"');
  }
});

test("a store that fails or does not answer is no health", async () => {
  const broken = anApp({ store: () => Promise.reject(new Error("disk")) });
  expect((await broken.ask("/healthz")).status).toBe(503);
  const clock = testClock();
  const stuck = anApp({ clock, store: () => new Promise(() => {}) });
  const asked = stuck.ask("/healthz");
  await new Promise(setImmediate);
  clock.advance(2_000);
  expect(await (await asked).json()).toEqual({ status: "unavailable" });
});

test.each([
  "Basic abc",
  "Bearer",
  "bearer  ",
  "Bearer a b",
  "Bearer stw_wrong",
  "stw_owner-of-the-house",
])("the authorization %j lets nobody in", async (authorization) => {
  expect((await anApp().ask("/api/v1/things/count", { headers: { authorization } })).status).toBe(401);
});

test("a token's scope is what counts", async () => {
  const { ask } = anApp();
  const looks = { authorization: "Bearer stw_only-looks" };
  expect((await ask("/api/v1/things/count", { headers: looks })).status).toBe(200);
  const answer = await ask("/api/v1/things/one", { method: "PATCH", headers: looks });
  expect([answer.status, ((await answer.json()) as { code: string }).code]).toEqual([403, "denied"]);
});

test("a request's own name reaches the operation and comes back; without one the answer has one", async () => {
  const { ask, seen } = anApp();
  const named = await ask("/api/v1/things", { method: "POST", headers: { "request-id": "mine-1" } });
  expect(named.headers.get("request-id")).toBe("mine-1");
  expect(seen.heard[0]?.requestId).toBe("mine-1");
  const unnamed = await ask("/api/v1/things", { method: "POST" });
  expect(unnamed.headers.get("request-id")).toMatch(/^request-[0-9a-f]{16}$/);
  expect(seen.heard[1]?.requestId).toBeUndefined();
  expect((await ask("/api/v1/things", { method: "POST", headers: { "request-id": "x".repeat(201) } })).status).toBe(
    400,
  );
});

test("wrong tokens lock their address out, which is logged once; the lock ends; a right token is let in all the while", async () => {
  const clock = testClock();
  const warnings: string[] = [];
  const { ask } = anApp({
    clock,
    log: { ...silentLog, warn: (message) => warnings.push(message) },
    authenticate: async (secret) => {
      if (secret === "good") return { kind: "person", name: "ada", scope: "admin" };
      if (secret === "revoked") refuse("unauthenticated", "This token was revoked.");
      throw new UnknownToken();
    },
  });
  const as = (token: string, peer: string) =>
    ask("/api/v1/things/count", { peer, headers: { authorization: `Bearer ${token}` } });
  // Somebody was given it once: it is no guess.
  for (let i = 0; i < 20; i++) expect((await as("revoked", "10.0.0.1")).status).toBe(401);
  const statuses: number[] = [];
  for (let i = 0; i < 100; i++) statuses.push((await as(`wrong-${i}`, "10.0.0.1")).status);
  expect(statuses).toEqual([...Array(10).fill(401), ...Array(90).fill(429)]);
  expect(warnings).toHaveLength(1);
  const locked = await as("wrong", "10.0.0.1");
  expect([locked.status, locked.headers.get("retry-after")]).toEqual([429, "60"]);
  expect((await as("wrong", "::ffff:10.0.0.1")).status).toBe(429);
  expect((await as("good", "10.0.0.1")).status).toBe(200);
  expect((await as("wrong", "10.0.0.2")).status).toBe(401);
  clock.advance(60_000);
  expect((await as("wrong", "10.0.0.1")).status).toBe(401);
});

test("asking without any token locks nobody out", async () => {
  const { ask } = anApp();
  for (let i = 0; i < 50; i++) await ask("/api/v1/things/count", { headers: { authorization: "" } });
  expect((await ask("/api/v1/things/count")).status).toBe(200);
});

test("an address that asks too often waits, whatever it asks; the health included", async () => {
  const clock = testClock();
  const { ask } = anApp({ clock, limits: { requestsPerSecond: 1, requestsAtOnce: 3 } });
  for (let i = 0; i < 3; i++) expect((await ask("/healthz", { peer: "10.0.0.1" })).status).toBe(200);
  const refused = await ask("/healthz", { peer: "10.0.0.1" });
  expect([refused.status, refused.headers.get("retry-after")]).toEqual([429, "1"]);
  expect((await ask("/healthz", { peer: "10.0.0.2" })).status).toBe(200);
  clock.advance(1_000);
  expect((await ask("/healthz", { peer: "10.0.0.1" })).status).toBe(200);
});

test.each([
  "/healthz",
  "/api/v1/things/count",
  "/nothing",
  "/docs",
])("%s is for nobody who calls us by another name, or from another site", async (path) => {
  const { ask } = anApp();
  for (const headers of [
    { host: "evil.example" },
    { host: "localhost.evil.example" },
    { host: "localhost, evil.example" },
    { host: "localhost:80:80" },
    { origin: "https://evil.example" },
    { origin: "null" },
    { origin: "http://localhost:3000" },
    { "sec-fetch-site": "cross-site" },
    { "sec-fetch-site": "same-site" },
  ]) {
    const { status } = await ask(path, { headers: headers as never });
    expect([headers, status]).toEqual([headers, "host" in headers && /[,]|80:80/.test(headers.host) ? 400 : 403]);
  }
});

test("our own page, and the origins that are welcome, may call; nothing else is told of origins", async () => {
  const { ask } = anApp();
  const own = await ask("/api/v1/things/count", {
    headers: { host: "localhost:8000", origin: "http://localhost:8000", "sec-fetch-site": "same-origin" },
  });
  expect([own.status, own.headers.get("access-control-allow-origin")]).toEqual([200, null]);
  const friend = { origin: "https://friend.example", "sec-fetch-site": "cross-site" };
  const welcome = await ask("/api/v1/things/count", { headers: friend });
  expect([welcome.status, welcome.headers.get("access-control-allow-origin"), welcome.headers.get("vary")]).toEqual([
    200,
    "https://friend.example",
    "Origin",
  ]);
});

test("a preflight is answered for a welcome origin, without a token, and refused to others", async () => {
  const { ask } = anApp();
  const preflight = (origin: string) =>
    ask("/api/v1/things", {
      method: "OPTIONS",
      headers: { origin, authorization: "", "access-control-request-method": "POST" },
    });
  const friend = await preflight("https://friend.example");
  expect(friend.status).toBe(204);
  expect(friend.headers.get("access-control-allow-headers")).toContain("authorization");
  expect((await preflight("https://evil.example")).status).toBe(403);
});

test("a trusted proxy's word counts, and nobody else's", async () => {
  const clock = testClock();
  const limits = { requestsPerSecond: 1, requestsAtOnce: 1 };
  const { ask } = anApp({ clock, limits, isTrusted: trusting(["10.0.0.9"]) });
  const via = (peer: string, client: string) => ask("/healthz", { peer, headers: { "x-forwarded-for": client } });
  expect((await via("10.0.0.9", "203.0.113.1")).status).toBe(200);
  expect((await via("10.0.0.9", "203.0.113.2")).status).toBe(200);
  expect((await via("10.0.0.9", "203.0.113.1")).status).toBe(429);
  expect((await via("10.0.0.5", "203.0.113.3")).status).toBe(200);
  expect((await via("10.0.0.5", "203.0.113.4")).status).toBe(429);
});

test("where a proxy speaks TLS for us, nobody comes past it", async () => {
  const { ask } = anApp({ onlyProxies: true, isTrusted: trusting(["10.0.0.0/24"]) });
  expect((await ask("/healthz", { peer: "10.0.0.9" })).status).toBe(200);
  expect((await ask("/healthz", { peer: "127.0.0.1" })).status).toBe(200);
  expect((await ask("/healthz", { peer: "192.0.2.1" })).status).toBe(403);
});

test("every answer says that it is nobody's to keep, guess at or run", async () => {
  const { ask } = anApp();
  for (const path of ["/healthz", "/api/v1/things/count", "/nothing", "/docs", "/api/v1/break"]) {
    const { headers } = await ask(path);
    expect(headers.get("x-content-type-options")).toBe("nosniff");
    expect(headers.get("cache-control")).toBe("no-store");
    expect(headers.get("referrer-policy")).toBe("no-referrer");
    expect(headers.get("content-security-policy")).toContain("default-src 'none'");
    expect(headers.has("server")).toBe(false);
  }
});

test("the page shows every operation, runs nothing, and takes no summary for markup", async () => {
  const { ask, operations } = anApp();
  const html = await (await ask("/docs")).text();
  for (const { name } of operations) expect(html).toContain(`<p>${name}:`);
  expect(html).toContain("Get &lt;a&gt; thing.");
  expect(html).not.toMatch(/<script|<link|<img|src=|@import|url\(/i);
  expect(html).toContain("/api/v1/things/a%2Fb?tags=%5B%22x%22%2C%22y%22%5D&amp;data=%7B%22k%22%3A1%7D");
  expect(html).toContain("&quot;it'\\''s&quot;");
});
