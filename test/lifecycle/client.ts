/** A small client of the JSON-RPC socket, written from the specification and not from the daemon's code. */
import { connect, type Socket } from "node:net";

/** An answer with `error` in it. */
export class Refused extends Error {
  readonly number: number;
  readonly code: string | undefined;
  readonly data: Readonly<Record<string, unknown>>;

  constructor({ code, message, data }: { code: number; message: string; data?: Record<string, unknown> }) {
    super(message);
    this.name = "Refused";
    this.number = code;
    this.data = data ?? {};
    this.code = typeof this.data.code === "string" ? this.data.code : undefined;
  }
}

/** The connection broke before the answer came: nobody knows whether it was done. */
export class Unanswered extends Error {
  override readonly name = "Unanswered";
}

export interface Client {
  /** Throws `Refused` or `Unanswered`. What comes back is the test's to know. */
  call<T = Record<string, unknown>>(method: string, params?: object): Promise<T>;
  close(): void;
}

interface Pending {
  resolve(value: unknown): void;
  reject(error: Error): void;
}

export function connectClient(path: string): Client {
  const pending = new Map<number, Pending>();
  const socket: Socket = connect(path);
  let text = "";
  let last = 0;
  let isGone = false;

  const gone = () => {
    isGone = true;
    for (const { reject } of pending.values()) reject(new Unanswered("the connection broke"));
    pending.clear();
  };
  socket.on("error", gone).on("close", gone);
  socket.setEncoding("utf8").on("data", (chunk) => {
    const lines = (text + chunk).split("\n");
    text = lines.pop() ?? "";
    for (const line of lines) hear(line);
  });

  function hear(line: string): void {
    const answer = JSON.parse(line) as {
      id: number;
      result?: unknown;
      error?: ConstructorParameters<typeof Refused>[0];
    };
    const waiting = pending.get(answer.id);
    pending.delete(answer.id);
    if (answer.error) waiting?.reject(new Refused(answer.error));
    else waiting?.resolve(answer.result);
  }

  return {
    call: <T>(method: string, params: object = {}) =>
      new Promise<T>((resolve, reject) => {
        if (isGone) return reject(new Unanswered("the connection broke before"));
        const id = ++last;
        pending.set(id, { resolve: resolve as (value: unknown) => void, reject });
        socket.write(`${JSON.stringify({ jsonrpc: "2.0", id, method, params })}\n`);
      }),
    close: () => socket.destroy(),
  };
}
