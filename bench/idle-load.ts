/** Requests over all doors by turns, the same four each: what a daemon has met whose memory is then looked at. */
import type { BenchDaemon } from "./daemon.ts";
import { httpDoors } from "./round-trip.ts";

type Ask = (call: Call) => Promise<unknown>;

interface Call {
  readonly operation: "task.submit" | "task.get" | "task.list" | "daemon.status";
  readonly input: object;
  readonly rest: string;
}

const TASK = { prompt: "Fix the flaky test", role: "paused" };

export async function loadAllDoors(daemon: BenchDaemon, requests: number): Promise<void> {
  const { at, token = "" } = (await httpDoors(daemon)).port;
  const url = `http://127.0.0.1:${"port" in at ? at.port : 0}`;
  const { taskId } = await daemon.rpc.call<{ taskId: string }>("task.submit", TASK);
  const calls: readonly Call[] = [
    { operation: "task.submit", input: TASK, rest: "POST /tasks" },
    { operation: "task.get", input: { taskId }, rest: `GET /tasks/${taskId}` },
    { operation: "task.list", input: { limit: 20 }, rest: "GET /tasks?limit=20" },
    { operation: "daemon.status", input: {}, rest: "GET /daemon" },
  ];
  const doors: readonly Ask[] = [
    ({ operation, input }) => daemon.rpc.call(operation, input),
    overRest(url, token),
    await overMcp(url, token),
  ];
  for (let asked = 0; asked < requests; asked += 1) {
    const call = calls[asked % calls.length] as Call;
    await doors[Math.floor(asked / calls.length) % doors.length]?.(call);
  }
}

function overRest(url: string, token: string): Ask {
  return async ({ rest, input }) => {
    const [method = "", path] = rest.split(" ");
    const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
    const body = method === "POST" ? { body: JSON.stringify(input) } : {};
    const response = await fetch(`${url}/api/v1${path}`, { method, headers, ...body });
    const text = await response.text();
    if (!response.ok) throw new Error(text);
  };
}

/** One session, as most clients have it. */
async function overMcp(url: string, token: string): Promise<Ask> {
  const headers: Record<string, string> = {
    authorization: `Bearer ${token}`,
    "content-type": "application/json",
    accept: "application/json, text/event-stream",
  };
  let lastId = 0;
  const post = async (method: string, params: object, isNotice = false) => {
    const message = { jsonrpc: "2.0", ...(!isNotice && { id: ++lastId }), method, params };
    const response = await fetch(`${url}/mcp`, { method: "POST", headers, body: JSON.stringify(message) });
    const text = await response.text();
    if (!response.ok || text.includes('"error"') || text.includes('"isError":true')) throw new Error(text);
    return response;
  };
  const clientInfo = { name: "bench", version: "1" };
  const begun = await post("initialize", { protocolVersion: "2025-06-18", capabilities: {}, clientInfo });
  headers["mcp-session-id"] = begun.headers.get("mcp-session-id") ?? "";
  await post("notifications/initialized", {}, true);
  return ({ operation, input }) => post("tools/call", { name: operation.replace(".", "_"), arguments: input });
}
