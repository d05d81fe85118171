/** AIWG's client of its daemon's socket, written from AIWG's description: it knows numbers, and nothing of ours. */
import { connect } from "node:net";

export interface AiwgClient {
  /** Rejects with `{number, message}` for an error. */
  call<T = Record<string, unknown>>(method: string, params?: object): Promise<T>;
  close(): void;
}

export class AiwgError extends Error {
  readonly number: number;
  constructor({ code, message }: { code: number; message: string }) {
    super(message);
    this.number = code;
  }
}

export function aiwgClient(path: string): AiwgClient {
  const waiting = new Map<number, (answer: Answer) => void>();
  const socket = connect(path).setEncoding("utf8");
  let text = "";
  let last = 0;
  socket.on("data", (chunk) => {
    const lines = (text + chunk).split("\n");
    text = lines.pop() ?? "";
    for (const line of lines) {
      const answer = JSON.parse(line) as Answer;
      waiting.get(answer.id)?.(answer);
      waiting.delete(answer.id);
    }
  });
  return {
    close: () => socket.destroy(),
    call: <T>(method: string, params: object = {}) =>
      new Promise<T>((resolve, reject) => {
        last += 1;
        waiting.set(last, ({ result, error }) => (error ? reject(new AiwgError(error)) : resolve(result as T)));
        socket.write(`${JSON.stringify({ jsonrpc: "2.0", id: last, method, params })}\n`);
      }),
  };
}

interface Answer {
  readonly id: number;
  readonly result?: unknown;
  readonly error?: { readonly code: number; readonly message: string };
}
