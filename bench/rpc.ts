/** A bare client of the daemon's socket: as little as possible between a measurement and what it measures. */
import { connect } from "node:net";

export interface Rpc {
  call<Result>(method: string, params?: object): Promise<Result>;
  /** The same so many times in one line. */
  batch(times: number, method: string, params?: object): Promise<unknown[]>;
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
    for (const { id, result, error } of lines.flatMap((line) => JSON.parse(line))) {
      const { resolve, reject } = pending.get(id) ?? {};
      pending.delete(id);
      if (error) reject?.(new Error(error.message));
      else resolve?.(result);
    }
  });
  socket.on("close", () => {
    for (const { reject } of pending.values()) reject(new Error("the daemon hung up"));
  });
  const asked = (method: string, params: object) => {
    const id = ++lastId;
    const answered = new Promise((resolve, reject) => pending.set(id, { resolve, reject }));
    return { request: { jsonrpc: "2.0", id, method, params }, answered };
  };
  const rpc: Rpc = {
    call: (method, params = {}) => {
      const { request, answered } = asked(method, params);
      socket.write(`${JSON.stringify(request)}\n`);
      return answered as Promise<never>;
    },
    batch(times, method, params = {}) {
      const all = Array.from({ length: times }, () => asked(method, params));
      socket.write(`${JSON.stringify(all.map(({ request }) => request))}\n`);
      return Promise.all(all.map(({ answered }) => answered));
    },
    close: () => socket.destroy(),
  };
  return new Promise((resolve, reject) => {
    socket.once("connect", () => resolve(rpc));
    socket.on("error", reject);
  });
}
