/** What a token keeps open ends with the token: every stream over HTTP, however the token ends, within a second or so. */
import { readFileSync, writeFileSync } from "node:fs";
import { beforeEach, expect, test } from "vitest";
import { aHome, type DaemonProcess, type Home, shellAgent } from "./daemon.ts";
import { eventually, within } from "./eventually.ts";
import { inState, lastRun, says, submit } from "./tasks.ts";

/** A second, and what a loaded machine takes to do it, in ms. */
const SOON_MS = 5_000;

interface Followed {
  readonly heard: () => string;
  /** All that it heard, once nothing more comes. */
  readonly ended: Promise<string>;
}

let home: Home;
let daemon: DaemonProcess;
let url: string;

beforeEach(async () => {
  home = aHome({ ...shellAgent(), http: { port: 0 } });
  daemon = await home.start();
  const { addresses } = await daemon.call<{ addresses: string[] }>("daemon.status");
  url = addresses.find((address) => address.startsWith("http://")) ?? "";
});

const ownerToken = () => readFileSync(home.paths.token, "utf8").trim();

async function follow(token: string, path: string, init: RequestInit = {}): Promise<Followed> {
  const headers = { accept: "text/event-stream", authorization: `Bearer ${token}`, ...init.headers };
  const response = await fetch(`${url}${path}`, { ...init, headers });
  expect([path, response.status]).toEqual([path, 200]);
  let text = "";
  const ended = (async () => {
    for await (const chunk of response.body ?? []) text += new TextDecoder().decode(chunk);
    return text;
  })();
  return { heard: () => text, ended };
}

const post = (body: object, headers: Record<string, string> = {}): RequestInit => ({
  method: "POST",
  headers: { accept: "application/json, text/event-stream", "content-type": "application/json", ...headers },
  body: JSON.stringify({ jsonrpc: "2.0", id: 1, ...body }),
});

/** The stream of news of an MCP session (2025-11-25). */
async function mcpStream(token: string): Promise<Followed> {
  const version = "2025-11-25";
  const params = { protocolVersion: version, capabilities: {}, clientInfo: { name: "t", version: "1" } };
  const asking = post({ method: "initialize", params }, { authorization: `Bearer ${token}` });
  const begun = await fetch(`${url}/mcp`, asking);
  await begun.text();
  const session = begun.headers.get("mcp-session-id") ?? "";
  return follow(token, "/mcp", { headers: { "mcp-session-id": session, "mcp-protocol-version": version } });
}

async function livingRun(): Promise<{ taskId: string; runId: string }> {
  const taskId = await submit(daemon, "echo up; exec sleep 600");
  await says(daemon, taskId, "up");
  return { taskId, runId: lastRun(await inState(daemon, taskId, "running")).runId };
}

const create = (more: object) =>
  daemon.call<{ token: string; tokenId: string }>("token.create", { name: "reader", ...more });

const saysWhy = (why: string) => expect.stringMatching(new RegExp(`event: error\ndata: .*"detail":"${why}".*\n\n$`));

test("a token that is revoked ends events, output and MCP with a word about why; other readers go on", async () => {
  const { runId } = await livingRun();
  const { token, tokenId } = await create({ scope: "read" });
  const streamsOf = (secret: string) =>
    Promise.all([
      follow(secret, "/api/v1/events/stream?after=0"),
      follow(secret, `/api/v1/runs/${runId}/output`),
      mcpStream(secret),
    ]);
  const theirs = await streamsOf(token);
  const [events] = await streamsOf(ownerToken());
  const before = performance.now();
  await daemon.call("token.revoke", { tokenId });
  for (const { ended } of theirs) {
    expect(await within(SOON_MS, "its end", ended)).toEqual(saysWhy("This token was revoked\\."));
  }
  expect(performance.now() - before).toBeLessThan(SOON_MS);
  const taskId = await submit(daemon, "true");
  await eventually("the owner goes on hearing", () => events.heard().includes(`"${taskId}"`));
  expect(theirs[0].heard()).not.toContain(`"${taskId}"`);
});

test("a token that expires ends its stream", async () => {
  const { token } = await create({ scope: "read", expiresSeconds: 2 });
  const { ended } = await follow(token, "/api/v1/events/stream");
  expect(await within(2_000 + SOON_MS, "its end", ended)).toEqual(saysWhy("This token has expired\\."));
});

test("a token of a run ends its streams with the run", async () => {
  const [own, other] = [await livingRun(), await livingRun()];
  const { token } = await create({ scope: "operate", runId: own.runId });
  const { ended } = await follow(token, `/api/v1/runs/${other.runId}/output`);
  await daemon.call("task.cancel", { taskId: own.taskId });
  await inState(daemon, own.taskId, "cancelled");
  expect(await within(SOON_MS, "its end", ended)).toEqual(saysWhy("The run of this token has ended\\."));
});

test("an owner's token that is changed ends what the old one kept open", async () => {
  const { ended } = await follow(ownerToken(), "/api/v1/events/stream");
  writeFileSync(home.paths.token, `stw_${"n".repeat(43)}\n`);
  expect(await within(SOON_MS, "its end", ended)).toEqual(saysWhy("This token is not known here\\."));
});
