/** Steward as a program asks it: JSON-RPC 2.0 on the daemon's socket, one line each way. */
import { connect } from "node:net";
import { createInterface } from "node:readline";
import { homePaths } from "../../src/core/home.ts";

/** How long an answer may take, in ms. */
const ANSWER_LIMIT_MS = 10_000;

const GONE = "The daemon does not answer any more.";

export interface Asking {
  /** Throws an error with what the daemon refuses, or when it is gone. */
  call<T>(operation: string, input: object): Promise<T>;
  close(): void;
}

interface Answer {
  readonly id: number;
  readonly result?: unknown;
  readonly error?: { readonly message: string };
}

export function ask(home: string): Asking {
  const waiting = new Map<number, PromiseWithResolvers<unknown>>();
  let lastId = 0;
  const socket = connect(homePaths(home).socket);
  const giveUp = (why: string) => {
    for (const { reject } of waiting.values()) reject(new Error(why));
    waiting.clear();
  };
  socket.setTimeout(ANSWER_LIMIT_MS, () => socket.destroy());
  socket.on("error", () => {}); // "close" follows
  socket.on("close", () => giveUp(GONE));
  const lines = createInterface(socket);
  lines.on("error", () => {}); // the socket's, told again
  lines.on("line", (line) => {
    const { id, result, error } = JSON.parse(line) as Answer;
    if (error) waiting.get(id)?.reject(new Error(error.message));
    else waiting.get(id)?.resolve(result);
    waiting.delete(id);
  });
  return {
    async call<T>(method: string, params: object) {
      if (socket.destroyed) throw new Error(GONE);
      const answer = Promise.withResolvers<unknown>();
      waiting.set(++lastId, answer);
      socket.write(`${JSON.stringify({ jsonrpc: "2.0", id: lastId, method, params })}\n`);
      return (await answer.promise) as T;
    },
    close: () => socket.destroy(),
  };
}
