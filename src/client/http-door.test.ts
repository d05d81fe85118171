import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { connect } from "./client.ts";

interface Heard {
  readonly method: string | undefined;
  readonly url: string | undefined;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
}

/** Something that listens where a daemon should; it answers `ping` and leaves the rest to the test. */
async function aServer(answer: (heard: Heard, response: ServerResponse) => void): Promise<string> {
  const server = createServer(async (request, response) => {
    let body = "";
    for await (const chunk of request) body += String(chunk);
    if (request.url === "/api/v1/ping" && answer !== atOnce) return json(response, { pong: true });
    answer({ method: request.method, url: request.url, headers: request.headers, body }, response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** Says nothing, not even to `ping`. */
const atOnce = (_: Heard, response: ServerResponse) => void response.writeHead(200).end("<html>");

function json(response: ServerResponse, value: unknown, status = 200, type = "application/json"): void {
  response.writeHead(status, { "content-type": type }).end(JSON.stringify(value));
}

function events(response: ServerResponse, ...texts: string[]): void {
  response.writeHead(200, { "content-type": "text/event-stream; charset=utf-8" });
  for (const text of texts) response.write(text);
}

test("fields go into path, query string or body, with the token and the request's id", async () => {
  const heard: Heard[] = [];
  const url = await aServer((request, response) => {
    heard.push(request);
    json(response, {});
  });
  await using steward = await connect({ url: `${url}/`, token: "secret" });
  await steward.task.submit({ prompt: "fix it", needs: ["a"] }, { requestId: "r-1" });
  await steward.task.get({ taskId: "a/b ?" });
  await steward.task.list({ state: "queued", limit: 5 });
  await steward.task.update({ taskId: "task-1", priority: 2 });
  expect(heard.map(({ method, url: path, body }) => [method, path, body])).toEqual([
    ["POST", "/api/v1/tasks", '{"prompt":"fix it","needs":["a"]}'],
    ["GET", "/api/v1/tasks/a%2Fb%20%3F", ""],
    ["GET", "/api/v1/tasks?state=queued&limit=5", ""],
    ["PATCH", "/api/v1/tasks/task-1", '{"priority":2}'],
  ]);
  expect(heard.map(({ headers }) => headers.authorization)).toEqual(Array.from({ length: 4 }, () => "Bearer secret"));
  expect(heard.map(({ headers }) => headers["request-id"])).toEqual([
    "r-1",
    undefined,
    undefined,
    expect.stringMatching(/^[0-9a-f-]{36}$/),
  ]);
});

test.each([
  [404, "not_found"],
  [202, "approval_required"],
  [503, "unavailable"],
])("a problem document with status %d is the refusal that it names", async (status, code) => {
  const problem = {
    type: "about:blank",
    title: "No",
    status,
    detail: "There is none.",
    code,
    hint: "Look.",
    data: { taskId: "x" },
  };
  const url = await aServer((_, response) => json(response, problem, status, "application/problem+json"));
  await using steward = await connect({ url });
  await expect(steward.task.stats()).rejects.toMatchObject({
    name: "StewardRefusal",
    code,
    message: "There is none.",
    hint: "Look.",
    data: { taskId: "x" },
  });
});

test("a bug has its id, and what is no Steward is none", async () => {
  const bug = { title: "Bug", status: 500, detail: "It broke.", code: "internal", instance: "urn:steward:bug:bug-1" };
  let answer = (response: ServerResponse) => json(response, bug, 500, "application/problem+json");
  const url = await aServer((_, response) => answer(response));
  await using steward = await connect({ url });
  await expect(steward.task.stats()).rejects.toMatchObject({ name: "StewardBug", id: "bug-1" });
  answer = (response) => void response.writeHead(502).end("<html>");
  await expect(steward.task.stats()).rejects.toMatchObject({ reason: "not_steward" });
  answer = (response) => void response.writeHead(307, { location: "http://127.0.0.1:1/" }).end();
  await expect(steward.task.stats({}, { retries: 0 })).rejects.toMatchObject({ name: "StewardUnreachable" });
  await expect(connect({ url: await aServer(atOnce) })).rejects.toMatchObject({ reason: "not_steward" });
});

test("nobody there, nobody who answers, and one who hangs up in the middle", async () => {
  await expect(connect({ url: "http://127.0.0.1:65535" })).rejects.toMatchObject({ reason: "no_daemon" });
  let answer = (_: ServerResponse) => {};
  const url = await aServer((_, response) => answer(response));
  await using steward = await connect({ url, retries: 0 });
  await expect(steward.task.stats({}, { timeoutMs: 30 })).rejects.toMatchObject({ reason: "timeout" });
  answer = (response) => void response.destroy();
  await expect(steward.task.stats()).rejects.toMatchObject({ reason: "lost" });
  const waiting = expect(steward.task.wait({ taskId: "task-1" })).rejects.toMatchObject({ reason: "closed" });
  answer = () => void steward.close();
  await waiting;
});

test("a stream is read from server-sent events: items, a gap, its end", async () => {
  const url = await aServer(({ headers }, response) => {
    expect(headers.accept).toBe("text/event-stream");
    events(response, ": alive\n\nevent: item\nid: 1\nda", 'ta: {"number":1}\n\n');
    response.write('event: gap\nid: 4\ndata: {"next":4}\n\n');
    response.write('event: item\r\nid: 5\r\ndata: {"number":5}\r\n\r\n');
    response.end("event: ended\ndata: {}\n\n");
  });
  await using steward = await connect({ url });
  const gaps: unknown[] = [];
  const numbers: number[] = [];
  for await (const { number } of steward.event.watch({ after: 0 }, { onGap: (gap) => gaps.push(gap) })) {
    numbers.push(number);
  }
  expect(numbers).toEqual([1, 5]);
  expect(gaps).toEqual([{ after: 1, next: 4 }]);
});

test("a stream that breaks off is opened again behind its last number", async () => {
  const asked: (string | undefined)[] = [];
  const url = await aServer((request, response) => {
    asked.push(request.url);
    events(response, `event: item\nid: ${asked.length}\ndata: {"number":${asked.length}}\n\n`);
    setTimeout(() => response.destroy(), 20);
  });
  await using steward = await connect({ url });
  const numbers: number[] = [];
  for await (const { number } of steward.event.watch({ after: 0 }, { reconnect: true })) {
    if (numbers.push(number) === 3) break;
  }
  expect(numbers).toEqual([1, 2, 3]);
  expect(asked).toEqual([0, 1, 2].map((after) => `/api/v1/events/stream?after=${after}`));
});

test("a stream that is refused, fails in the middle, or has no numbers", async () => {
  const refusal = { code: "not_found", detail: "No.", title: "No" };
  let answer = (response: ServerResponse) => json(response, refusal, 404, "application/problem+json");
  const url = await aServer((_, response) => answer(response));
  await using steward = await connect({ url });
  const first = () => steward.event.watch({ after: 0 }).next();
  await expect(first()).rejects.toMatchObject({ code: "not_found" });
  answer = (response) => events(response, `event: error\ndata: ${JSON.stringify(refusal)}\n\n`);
  await expect(first()).rejects.toMatchObject({ code: "not_found" });
  answer = (response) => events(response, "event: item\ndata: {}\n\n");
  await expect(first()).rejects.toMatchObject({ reason: "not_steward" });
});
