/** A crowd that asks for much and reads nothing: what is kept for it is bounded, the daemon lives, and whoever reads is served. */
import { readFileSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { connectClient } from "../lifecycle/client.ts";
import { steward } from "../lifecycle/command-line.ts";
import { aHome, type Home, shellAgent } from "../lifecycle/daemon.ts";
import { eventually } from "../lifecycle/eventually.ts";
import { residentBytes } from "../lifecycle/processes.ts";
import { submit } from "../lifecycle/tasks.ts";

const MIB = 2 ** 20;
/** As many as may be connected, but for one that reads. */
const CROWD = 250;
/** What each asks for, in times of an answer of 0.9 MB: eight times more than a heap of 256 MB holds. */
const QUESTIONS = 8;

function asksAndNeverReads(path: string, text: string): Socket {
  const socket = connect(path).pause();
  onTestFinished(() => void socket.destroy());
  socket.on("error", () => {});
  socket.write(text);
  return socket;
}

const overRpc = `${JSON.stringify({ jsonrpc: "2.0", id: 1, method: "task.get", params: { taskId: "task-1" } })}\n`;
const overHttp = (home: Home) => {
  const token = readFileSync(home.paths.token, "utf8").trim();
  return `GET /api/v1/tasks/task-1 HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${token}\r\n\r\n`;
};

test.each([
  ["JSON-RPC", (home: Home) => ({ path: home.paths.socket, question: overRpc })],
  ["HTTP", (home: Home) => ({ path: home.paths.http, question: overHttp(home) })],
] as const)(
  `${CROWD} clients of %s that never read are let go before they fill the memory, and who reads is served`,
  async (_, door) => {
    await using home = aHome(shellAgent());
    // With the heap that a daemon has, which a test of its program alone has not.
    const { pid } = JSON.parse((await steward(home, "start", "--standby", "--json")).out) as { pid: number };
    const reader = connectClient(home.paths.socket);
    onTestFinished(() => reader.close());
    const taskId = await submit(reader, "x".repeat(900_000));
    const { path, question } = door(home);
    for (let n = 0; n < CROWD; n++) asksAndNeverReads(path, question.repeat(QUESTIONS));
    let most = 0;
    for (let n = 0; n < 5; n++) {
      expect(await reader.call("task.get", { taskId })).toMatchObject({ state: "queued" });
      most = Math.max(most, residentBytes(pid));
    }
    await eventually("some are let go", () => readFileSync(home.paths.log, "utf8").includes("leave too much unread"));
    expect(most).toBeLessThan(600 * MIB);
    expect(await reader.call("daemon.status")).toMatchObject({ pid });
  },
  60_000,
);
