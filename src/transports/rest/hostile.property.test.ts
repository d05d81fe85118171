import fc from "fast-check";
import { expect, test } from "vitest";
import { within } from "../../../test/lifecycle/eventually.ts";
import { aCaller, aDoorway, asked } from "./door.testing.ts";
import { anApp } from "./rest.testing.ts";

const word = fc.string({ unit: fc.constantFrom(..."abcXYZ019-._~%2F{}$&=+ é\u0000\"'<>"), maxLength: 30 });
const knownPath = fc.constantFrom(
  "/api/v1/things",
  "/api/v1/things/count",
  "/api/v1/things/x",
  "/api/v1/numbers",
  "/api/v1/refuse/not_found",
  "/healthz",
  "/docs",
  "/openapi.json",
  "/",
);
const path = fc.oneof(
  knownPath,
  fc.tuple(knownPath, word).map((parts) => parts.join("/")),
  word.map((one) => `/${one}`),
);
const key = fc.oneof(
  fc.constantFrom("count", "tags", "data", "waitMs", "isNew", "after", "__proto__", "constructor"),
  word,
);
const query = fc.array(fc.tuple(key, fc.oneof(word, fc.json())), { maxLength: 6 });
const headerName = fc.constantFrom(
  "content-type",
  "accept",
  "origin",
  "sec-fetch-site",
  "x-forwarded-for",
  "authorization",
  "request-id",
  "last-event-id",
  "content-encoding",
  "content-length",
  "host",
);
const headerValue = fc.oneof(
  fc.constantFrom("application/json", "text/event-stream", "localhost", "null", "cross-site", "5", "-1", "Bearer x"),
  fc.string({ unit: fc.constantFrom(..."aZ09 ,;:=/\"'\u00ff[]"), maxLength: 40 }),
);
const method = fc.constantFrom("GET", "POST", "PATCH", "PUT", "DELETE", "HEAD", "OPTIONS", "BREW", "get", "QUERY");
const body = fc.oneof(
  fc.constant(undefined),
  fc.json(),
  fc.object().map((value) => JSON.stringify(value)),
  fc.uint8Array({ maxLength: 200 }),
);

test("whatever is asked, the answer is a success or a problem that says what is wrong, and never a bug", async () => {
  const { ask } = anApp({ limits: { requestsAtOnce: 1e9, wrongTokens: 1e9 } });
  const headers = fc.dictionary(headerName, headerValue, { maxKeys: 4 });
  await fc.assert(
    fc.asyncProperty(method, path, query, headers, body, async (verb, at, asking, more, content) => {
      const url = `${at.replaceAll(/[#?]/g, "_")}?${new URLSearchParams(asking as [string, string][])}`;
      const hasBody = content !== undefined && !["GET", "HEAD", "get"].includes(verb);
      const init = {
        method: verb,
        headers: more as Record<string, string>,
        ...(hasBody && { body: content as string }),
      };
      const answer = await within(5_000, "the answer", ask(url, init));
      expect(answer.status).not.toBe(500);
      if (answer.status < 300) await answer.body?.cancel();
      else if (verb !== "HEAD") {
        expect(answer.headers.get("content-type")).toBe("application/problem+json");
        const problem = (await answer.json()) as { status: number; code: string; detail: string };
        expect(problem.status).toBe(answer.status);
        expect(problem.detail.length).toBeGreaterThan(0);
      }
    }),
    { numRuns: 2_000 },
  );
});

const GOOD = [
  asked("GET /healthz"),
  asked("GET /api/v1/things/a?count=1"),
  asked("POST /api/v1/things", ["Content-Type: application/json", "Content-Length: 7"], '{"a":1}'),
  asked(
    "POST /api/v1/things",
    ["Content-Type: application/json", "Transfer-Encoding: chunked"],
    "2\r\n{}\r\n0\r\n\r\n",
  ),
  asked("GET /api/v1/numbers/stream", ["Last-Event-ID: 1"]),
];

/** Good requests, with bytes taken out, put in, or doubled. */
const bytes = fc
  .tuple(
    fc.array(fc.constantFrom(...GOOD), { minLength: 1, maxLength: 3 }),
    fc.array(fc.tuple(fc.nat(600), fc.nat(20), fc.uint8Array({ maxLength: 12 })), { maxLength: 4 }),
  )
  .map(([requests, edits]) =>
    edits.reduce(
      (so, [at, cut, put]) => Buffer.concat([so.subarray(0, at), put, so.subarray(at + cut)]),
      Buffer.from(requests.join("")),
    ),
  );

const anything = fc.oneof(
  bytes,
  fc.uint8Array({ maxLength: 300 }).map((random) => Buffer.from(random)),
);

test("whatever bytes arrive, the connection ends, the daemon lives, and what it says is HTTP", async () => {
  const limits = {
    headersMs: 200,
    requestMs: 200,
    checkMs: 20,
    keepAliveMs: 50,
    requestsAtOnce: 1e9,
    wrongTokens: 1e9,
  };
  const { port, url, seen } = await aDoorway({ limits });
  seen.parts.push({ n: 1 }, "end");
  await fc.assert(
    fc.asyncProperty(fc.array(anything, { minLength: 20, maxLength: 20 }), async (texts) => {
      const callers = texts.map((text) => ({ text, caller: aCaller(port) }));
      for (const { text, caller } of callers) caller.say(text);
      for (const { text, caller } of callers) {
        const answer = await within(10_000, `an end after ${JSON.stringify(text.toString("latin1"))}`, caller.closed);
        if (answer !== "") expect(answer).toMatch(/^HTTP\/1\.1 [1245]\d\d /);
        expect(answer).not.toContain("HTTP/1.1 500");
      }
    }),
    { numRuns: 15 },
  );
  expect((await fetch(`${url}/healthz`)).status).toBe(200);
  expect(seen.streams).toBe(0);
});

test("a flood of long bodies that are refused leaves nothing behind", async () => {
  const { url } = await aDoorway({ limits: { bodyBytes: 64 * 1024 } });
  const long = new Uint8Array(1024 * 1024);
  const post = () =>
    fetch(`${url}/api/v1/things`, {
      method: "POST",
      headers: { authorization: "Bearer stw_owner-of-the-house", "content-type": "application/json" },
      body: long,
    }).then(
      (answer) => answer.text(),
      // The connection may end while we still write.
      () => "",
    );
  await Promise.all(Array.from({ length: 20 }, post));
  const before = process.memoryUsage().rss;
  for (let round = 0; round < 10; round++) await Promise.all(Array.from({ length: 20 }, post));
  expect(process.memoryUsage().rss - before).toBeLessThan(150 * 1024 * 1024);
});
