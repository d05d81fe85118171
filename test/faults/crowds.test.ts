/** Clients that come all at once, come again and again, stop in the middle of a line or never read: each is answered, told off or dropped, and nobody else waits. */
import { connect, type Socket } from "node:net";
import { expect, test } from "vitest";
import { Refused, Unanswered } from "../lifecycle/client.ts";
import { aHome, type Home, shellAgent } from "../lifecycle/daemon.ts";
import { residentBytes } from "../lifecycle/processes.ts";
import { done, submit } from "../lifecycle/tasks.ts";
import { expectSound } from "./soundness.ts";

const MIB = 2 ** 20;
const SOAK = process.env.STEWARD_SOAK === "1";
/** More than may be connected at once. */
const CROWD = SOAK ? 2_000 : 400;

test(`${CROWD} clients that connect at once are answered or told that all are busy, and come through when they try again`, async () => {
  await using home = aHome(shellAgent());
  const daemon = await home.start({ args: ["--standby"] });
  const submitInsisting = async (n: number): Promise<string> => {
    for (;;) {
      const client = daemon.client();
      try {
        return await submit(client, `echo ${n}`, { key: `client-${n}` });
      } catch (error) {
        const mayTryAgain = error instanceof Unanswered || (error instanceof Refused && error.code === "unavailable");
        if (!mayTryAgain) throw error;
        await new Promise((resolve) => setTimeout(resolve, 20));
      } finally {
        client.close();
      }
    }
  };
  const tasks = await Promise.all(Array.from({ length: CROWD }, (_, n) => submitInsisting(n)));
  expect(new Set(tasks).size).toBe(CROWD);
  expect(await daemon.call("task.stats")).toMatchObject({ total: CROWD, queued: CROWD });
  await expectSound(home, daemon);
});

test("clients that never finish a line, and clients that never read, cost the others nothing and are dropped for them", async () => {
  await using home = aHome(shellAgent());
  const daemon = await home.start();
  await done(daemon, `: ${"x".repeat(20_000)}`);
  const before = residentBytes(daemon.pid);
  const idle = await Promise.all(Array.from({ length: 200 }, () => halfALine(home)));
  const deaf = await Promise.all(Array.from({ length: 20 }, () => asksAndNeverReads(home)));
  const began = performance.now();
  const tasks = await Promise.all(Array.from({ length: 20 }, (_, n) => submit(daemon.client(), `echo ${n}`)));
  for (const task of tasks) await daemon.client().call("task.wait", { taskId: task, waitMs: 20_000 });
  expect(performance.now() - began).toBeLessThan(20_000);
  expect(residentBytes(daemon.pid) - before).toBeLessThan(300 * MIB);
  for (const socket of [...idle, ...deaf]) socket.destroy();
  await expectSound(home, daemon, { acknowledged: tasks });
});

function opened(home: Home): Promise<Socket> {
  const socket = connect({ path: home.paths.socket, allowHalfOpen: true }).on("error", () => {});
  return new Promise((resolve) => socket.once("connect", () => resolve(socket)).once("close", () => resolve(socket)));
}

async function halfALine(home: Home): Promise<Socket> {
  const socket = await opened(home);
  socket.write('{"jsonrpc":"2.0","id":1,"method":"task.sub');
  return socket;
}

async function asksAndNeverReads(home: Home): Promise<Socket> {
  const socket = (await opened(home)).pause();
  const line = `${JSON.stringify({ jsonrpc: "2.0", id: 1, method: "task.get", params: { taskId: "task-1" } })}\n`;
  socket.write(line.repeat(100));
  return socket;
}
