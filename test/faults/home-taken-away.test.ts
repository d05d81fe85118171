/** Files of the home that are taken away under a living daemon: nothing is acknowledged into nowhere, and no second daemon begins. */
import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, lstatSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { get, type IncomingMessage } from "node:http";
import { expect, test } from "vitest";
import { aHome, type DaemonProcess, shellAgent } from "../lifecycle/daemon.ts";
import { eventually, neverWithin } from "../lifecycle/eventually.ts";
import { agentsOf } from "../lifecycle/processes.ts";
import { done, inState, look, says, submit } from "../lifecycle/tasks.ts";

interface Status {
  readonly lastEnd: { readonly reason: string } | null;
  readonly problems: readonly string[];
}

const statusOf = (daemon: DaemonProcess) => daemon.call<Status>("daemon.status");

test("a lock that is replaced ends the daemon at once: another one could hold the home too", async () => {
  await using home = aHome(shellAgent());
  const daemon = await home.start();
  const living = await submit(daemon, "echo up; exec sleep 600");
  await says(daemon, living, "up");
  rmSync(home.paths.lock);
  await expect(submit(daemon, "echo on")).rejects.toMatchObject({ code: "unavailable" });
  expect(await daemon.ended).toMatchObject({ code: 70 });
  expect(agentsOf(home.path).length).toBeGreaterThan(0);
  const next = await home.start();
  expect((await statusOf(next)).lastEnd?.reason).toContain("lock.db was taken away");
  await inState(next, living, "running");
});

test("a store that is taken away acknowledges nothing any more, ends the daemon, and is never silently begun anew", async () => {
  await using home = aHome(shellAgent());
  const daemon = await home.start();
  await done(daemon, "echo on");
  rmSync(home.paths.database);
  await expect(submit(daemon, "echo lost")).rejects.toMatchObject({ code: "unavailable" });
  expect(await daemon.ended).toMatchObject({ code: 70 });
  for (let turn = 0; turn < 2; turn += 1) {
    const refused = await home.launch();
    expect(refused.report).toMatchObject({
      ready: false,
      code: "unavailable",
      message: expect.stringContaining("is gone"),
    });
    await refused.ended;
    expect(existsSync(home.paths.database)).toBe(false);
  }
  rmSync(home.paths.daemon);
  await home.start();
});

test("a home that is taken away whole is not begun anew; nothing is acknowledged until it is back, and agents run on", async () => {
  await using home = aHome(shellAgent());
  const daemon = await home.start();
  const client = daemon.client();
  const living = await submit(client, "echo up; exec sleep 600");
  await says(client, living, "up");
  const away = `${home.path}-away`;
  renameSync(home.path, away);
  await expect(submit(client, "echo on")).rejects.toMatchObject({ code: "unavailable" });
  // Longer than the engine takes to miss its directories.
  await neverWithin(1_500, "something of it is made again", () => existsSync(home.path));
  const { problems } = await client.call<Status>("daemon.status");
  expect(problems).toContain(`The home ${home.path} was taken away.`);
  renameSync(away, home.path);
  expect(await done(client, "echo on")).toMatchObject({ state: "completed" });
  expect((await client.call<Status>("daemon.status")).problems).toEqual([]);
  expect(await look(client, living)).toMatchObject({ state: "running" });
});

test.skipIf(process.geteuid?.() !== 0)(
  "a home that takes no new file is a problem until it does (needs root to make one)",
  async () => {
    await using home = aHome(shellAgent());
    const daemon = await home.start();
    execFileSync("chattr", ["+i", home.path]);
    try {
      await eventually("it is told", async () => (await statusOf(daemon)).problems[0]?.includes("cannot be written"));
    } finally {
      execFileSync("chattr", ["-i", home.path]);
    }
    await eventually("it is well again", async () => (await statusOf(daemon)).problems.length === 0);
    expect(await done(daemon, "echo on")).toMatchObject({ state: "completed" });
  },
);

test("sockets that are taken away or replaced are there again, and who was connected stays so", async () => {
  await using home = aHome(shellAgent());
  const daemon = await home.start();
  const before = daemon.client();
  await before.call("ping");
  const token = readFileSync(home.paths.token, "utf8").trim();
  const stream = await overSocket(home.paths.http, "/api/v1/events/stream?after=0", token);
  rmSync(home.paths.socket);
  rmSync(home.paths.http);
  writeFileSync(home.paths.http, "no socket");
  const isSocket = (path: string) => lstatSync(path, { throwIfNoEntry: false })?.isSocket() ?? false;
  await eventually("both are there again", () => isSocket(home.paths.socket) && isSocket(home.paths.http));
  expect(lstatSync(home.paths.http).mode & 0o777).toBe(0o600);
  expect(await daemon.client().call("ping")).toMatchObject({ pong: true });
  expect((await overSocket(home.paths.http, "/healthz", token)).status).toBe(200);
  expect(await before.call("ping")).toMatchObject({ pong: true });
  const taskId = await submit(before, "echo on");
  await eventually("the stream goes on", () => stream.heard().includes(`"${taskId}"`));
  // Gone when it stops, as the first one would be.
  await daemon.kill("SIGTERM");
  await daemon.ended;
  expect([existsSync(home.paths.socket), existsSync(home.paths.http)]).toEqual([false, false]);
});

async function overSocket(socketPath: string, path: string, token: string) {
  const request = get({ socketPath, path, headers: { host: "localhost", authorization: `Bearer ${token}` } });
  const [response] = (await once(request, "response")) as [IncomingMessage];
  let text = "";
  response.setEncoding("utf8").on("data", (chunk) => {
    text += chunk;
  });
  return { status: response.statusCode, heard: () => text };
}

test("traces of the daemon that are taken away are written again", async () => {
  await using home = aHome(shellAgent());
  await home.start();
  rmSync(home.paths.daemon);
  rmSync(home.paths.pid);
  await eventually("both are there", () => existsSync(home.paths.daemon) && existsSync(home.paths.pid));
});
