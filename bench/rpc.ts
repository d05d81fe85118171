/** A bare client of the daemon's socket: as little as possible between a measurement and what it measures. */
import { connect } from "node:net";

export interface Rpc {
  call<Result>(method: string, params?: object): Promise<Result>;
  close(): void;
}

interface Pending {
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: Error) => void;
}

/** Rejects when nobody listens at `path`. */
export function connectRpc(path: string): Promise<Rpc> {
  const pending = new Map<number, Pending>();
  const socket = connect(path);
  let lastId = 0;
  let rest = "";
  socket.setEncoding("utf8");
  socket.on("data", (text: string) => {
    const lines = (rest + text).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) {
      const { id, result, error } = JSON.parse(line);
      const { resolve, reject } = pending.get(id) ?? {};
      pending.delete(id);
      if (error) reject?.(new Error(error.message));
      else resolve?.(result);
    }
  });
  socket.on("close", () => {
    for (const { reject } of pending.values()) reject(new Error("the daemon hung up"));
  });
  const rpc: Rpc = {
    call: (method, params = {}) =>
      new Promise((resolve, reject) => {
        lastId += 1;
        pending.set(lastId, { resolve: resolve as Pending["resolve"], reject });
        socket.write(`${JSON.stringify({ jsonrpc: "2.0", id: lastId, method, params })}\n`);
      }),
    close: () => socket.destroy(),
  };
  return new Promise((resolve, reject) => {
    socket.once("connect", () => resolve(rpc));
    socket.on("error", reject);
  });
}
