/** Who may come in with which token, on every store. */
import { chmodSync, mkdtempSync, readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { createAuthenticate } from "../../src/access/authenticate.ts";
import { createLapses } from "../../src/access/lapse.ts";
import { ownerToken } from "../../src/access/owner-token.ts";
import { doneOnce } from "../../src/access/request.store.ts";
import { tokenOperations } from "../../src/access/token.operations.ts";
import { silentLog } from "../../src/core/log.ts";
import { createPorts } from "../../src/core/operation.ts";
import { refuse } from "../../src/core/refusal.ts";
import { listEvents } from "../../src/event/event.store.ts";
import { ada, someLimits } from "../builders.ts";
import { testClock } from "../clock.ts";
import { eventually } from "../lifecycle/eventually.ts";
import { onEveryStore } from "./on-every-store.ts";

const DAY_SECONDS = 86_400;

interface Made {
  readonly tokenId: string;
  readonly token: string;
  readonly state: string;
}

onEveryStore((openStore) => {
  async function aGate() {
    const clock = testClock();
    const store = await openStore({ clock, synced: false });
    const live = new Set([7]);
    const isRunLive = async (runId: number) => live.has(runId);
    const context = { store, clock, limits: () => someLimits(), isRunLive };
    const { call } = createPorts({ operations: tokenOperations, context, log: silentLog, once: doneOnce });
    const authenticate = createAuthenticate({ store, clock, ownerToken: () => "the-owners", isRunLive });
    const create = (input: object, requestId?: string) =>
      call("token.create", { name: "ci", ...input }, ada, { requestId }) as Promise<Made>;
    return { clock, store, live, call, create, authenticate };
  }

  test("a token lets its client in with the scope it was made with", async () => {
    const { create, authenticate } = await aGate();
    const { token } = await create({ scope: "operate" });
    expect(await authenticate(token)).toEqual({ kind: "token", name: "ci", scope: "operate" });
  });

  test("the owner's own token is the owner", async () => {
    const { authenticate } = await aGate();
    expect(await authenticate("the-owners")).toMatchObject({ kind: "person", scope: "admin" });
  });

  test.each([undefined, "", "stw_unknown", "the-owners ", "THE-OWNERS"])("%j lets nobody in", async (secret) => {
    const { authenticate } = await aGate();
    await expect(authenticate(secret)).rejects.toMatchObject({ code: "unauthenticated" });
  });

  test("after its time a token lets nobody in, and the list says why", async () => {
    const { clock, create, call, authenticate } = await aGate();
    const { token } = await create({ expiresSeconds: DAY_SECONDS });
    clock.advance(DAY_SECONDS * 1000 - 1);
    await authenticate(token);
    clock.advance(1);
    await expect(authenticate(token)).rejects.toThrow("expired");
    expect(await call("token.list", {}, ada)).toMatchObject({ tokens: [{ state: "expired" }] });
  });

  test("a token that is taken back lets nobody in from that moment on; taking it back twice is one event", async () => {
    const { store, create, call, authenticate } = await aGate();
    const { token, tokenId } = await create({});
    await authenticate(token);
    expect(await call("token.revoke", { tokenId }, ada)).toMatchObject({ state: "revoked" });
    expect(await call("token.revoke", { tokenId }, ada)).toMatchObject({ state: "revoked" });
    await expect(authenticate(token)).rejects.toThrow("revoked");
    const events = await listEvents(store.read, { after: 0, limit: 10 });
    expect(events.map(({ topic, actor }) => [topic, actor])).toEqual([
      ["token.created", "person:ada"],
      ["token.revoked", "person:ada"],
    ]);
  });

  test("a name belongs to one token at a time, for what it does is recorded under it; tokens of a run share the run's", async () => {
    const { create, call, clock } = await aGate();
    const first = await create({});
    await expect(create({})).rejects.toMatchObject({ code: "conflict", hint: expect.stringContaining(first.tokenId) });
    await Promise.all([create({ runId: "run-7" }), create({ runId: "run-7" })]);
    await call("token.revoke", { tokenId: first.tokenId }, ada);
    await create({ expiresSeconds: 10 });
    await expect(create({})).rejects.toMatchObject({ code: "conflict" });
    clock.advance(10_000);
    await create({});
  });

  test("a token of a run is good as long as the run lives, for a live run only", async () => {
    const { create, call, live, authenticate } = await aGate();
    const { token } = await create({ runId: "run-7", scope: "operate" });
    expect(await authenticate(token)).toEqual({ kind: "run", name: "run-7", scope: "operate", runId: 7 });
    live.delete(7);
    await expect(authenticate(token)).rejects.toThrow("has ended");
    expect(await call("token.list", {}, ada)).toMatchObject({ tokens: [{ state: "ended" }] });
    await expect(create({ runId: "run-7" })).rejects.toMatchObject({ code: "not_found" });
  });

  test("whoever keeps something open hears within a second that its token is good no more, and why; others hear nothing", async () => {
    const { clock, live, create, call, authenticate } = await aGate();
    const lapseOf = createLapses(authenticate, clock);
    const heard: string[] = [];
    const open = ({ token }: { token: string }) =>
      lapseOf(token)(({ code, message }) => heard.push(`${code}: ${message}`));
    const [revoked, brief, ofRun, lasting] = [
      await create({}),
      await create({ name: "brief", expiresSeconds: 10 }),
      await create({ runId: "run-7" }),
      await create({ name: "lasting" }),
    ];
    for (const made of [revoked, revoked, brief, ofRun, lasting, { token: "the-owners" }]) open(made);
    const listensNoMore = open(revoked);
    const aSecondLater = async (expected: readonly string[]) => {
      const before = clock.monotonic();
      clock.advance(1_000);
      await eventually("it was looked", () => clock.waiting() > 0);
      expect([clock.monotonic() - before, heard.splice(0)]).toEqual([1_000, expected]);
    };
    await aSecondLater([]);
    listensNoMore();
    await call("token.revoke", { tokenId: revoked.tokenId }, ada);
    await aSecondLater(Array(2).fill("unauthenticated: This token was revoked."));
    live.delete(7);
    await aSecondLater(["unauthenticated: The run of this token has ended."]);
    clock.setWall(clock.now() + 10_000);
    await aSecondLater(["unauthenticated: This token has expired."]);
    await aSecondLater([]);
  });

  test("nothing is asked while nothing is open, and a store that is away takes no token back", async () => {
    const clock = testClock();
    let asked = 0;
    const lapseOf = createLapses(async () => {
      asked += 1;
      return refuse("unavailable", "The store is away.");
    }, clock);
    const listenNoMore = lapseOf("stw_any")(() => expect.unreachable());
    clock.advance(1_000);
    await eventually("it is looked again later", () => clock.waiting() > 0);
    expect(asked).toBe(1);
    listenNoMore();
    clock.advance(60_000);
    expect([asked, clock.waiting()]).toEqual([1, 0]);
  });

  test("neither the store nor the list has the token itself", async () => {
    const { store, create, call } = await aGate();
    const { token } = await create({}, "request-1");
    const kept = [await store.read.all("SELECT * FROM token"), await store.read.all("SELECT * FROM request")];
    expect(JSON.stringify([kept, await call("token.list", {}, ada)])).not.toContain(token);
  });

  test("the same request makes one token, which is not shown a second time", async () => {
    const { create, call } = await aGate();
    await create({}, "request-1");
    await expect(create({}, "request-1")).rejects.toMatchObject({ code: "conflict" });
    expect(await call("token.list", {}, ada)).toMatchObject({ tokens: [{ tokenId: "token-1" }] });
  });

  test("when a token was used is known to within ten minutes, for one write", async () => {
    const { clock, create, call, authenticate } = await aGate();
    const { token } = await create({});
    const used = async () => ((await call("token.list", {}, ada)) as { tokens: { lastUsedAt: string }[] }).tokens[0];
    clock.advance(1000);
    await authenticate(token);
    await expect.poll(used).toMatchObject({ lastUsedAt: "2026-01-05T08:00:01.000Z" });
    clock.advance(60_000);
    await authenticate(token);
    clock.advance(10 * 60_000);
    await authenticate(token);
    await expect.poll(used).toMatchObject({ lastUsedAt: "2026-01-05T08:11:01.000Z" });
  });
});

function aTokenFile() {
  const directory = mkdtempSync(join(tmpdir(), "steward-token-"));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  return join(directory, "token");
}

test("the owner's token is made once, for its owner's eyes only", () => {
  const path = aTokenFile();
  const first = ownerToken(path)();
  expect(first).toMatch(/^stw_[\w-]{43}$/);
  expect(statSync(path).mode & 0o777).toBe(0o600);
  expect(ownerToken(path)()).toBe(first);
});

test("an owner's token that is changed counts at once, and the old one no more", () => {
  const path = aTokenFile();
  const read = ownerToken(path);
  const old = read();
  writeFileSync(path, `${"x".repeat(40)}\n`);
  utimesSync(path, new Date(), new Date(Date.now() + 5_000));
  expect(read()).toBe("x".repeat(40));
  expect(readFileSync(path, "utf8")).not.toContain(old);
});

test("an owner's token that was put there by a rename counts at once, whatever its time says", () => {
  const path = aTokenFile();
  const read = ownerToken(path);
  read();
  const { atime, mtime } = statSync(path);
  writeFileSync(`${path}.other`, `${"y".repeat(48)}\n`, { mode: 0o600 });
  utimesSync(`${path}.other`, atime, mtime);
  renameSync(`${path}.other`, path);
  expect(read()).toBe("y".repeat(48));
  chmodSync(path, 0o640);
  expect(read()).toBeUndefined();
  chmodSync(path, 0o600);
  expect(read()).toBe("y".repeat(48));
});

test.each([
  ["that others may read", (path: string) => chmodSync(path, 0o644)],
  ["that is too short to be secret", (path: string) => writeFileSync(path, "short")],
  ["that is empty", (path: string) => writeFileSync(path, "")],
  ["that is far too long", (path: string) => writeFileSync(path, "x".repeat(2_000))],
  ["that is gone", (path: string) => rmSync(path)],
])("a file %s holds no token", (_, spoil) => {
  const path = aTokenFile();
  const read = ownerToken(path);
  expect(read()).toBeDefined();
  spoil(path);
  expect(read()).toBeUndefined();
});
