/** A bare HTTP client on one connection that stays open: as little as possible between a measurement and what it measures. */
import { connect } from "node:net";

export type Address = { readonly port: number } | { readonly path: string };

export interface Door {
  readonly at: Address;
  readonly token?: string;
}

/** As arguments of a program of clients. */
export function doorFlags({ at, token = "" }: Door): { readonly port: number; readonly token: string } {
  if (!("port" in at)) throw new Error("these clients only know ports");
  return { port: at.port, token };
}

export interface Http {
  /** One at a time. Gives the body, which must be ASCII with a length that was announced; rejects what is not 200. */
  ask(method: string, path: string, body?: string): Promise<string>;
  close(): void;
}

const HEAD_END = "\r\n\r\n";

export function connectHttp({ at, token = "" }: Door): Promise<Http> {
  const socket = connect("port" in at ? { ...at, host: "127.0.0.1" } : at);
  socket.setNoDelay(true).setEncoding("latin1");
  let text = "";
  let waiting: { resolve(body: string): void; reject(error: Error): void } | undefined;
  const fail = (error: Error) => waiting?.reject(error);
  socket.on("data", (chunk: string) => {
    text += chunk;
    const headEnd = text.indexOf(HEAD_END);
    if (headEnd < 0) return;
    const head = text.slice(0, headEnd);
    const bodyAt = headEnd + HEAD_END.length;
    const length = /^content-length: *(\d+)/im.exec(head)?.[1];
    if (length === undefined) return fail(new Error(`an answer of unknown length: ${head}`));
    if (text.length < bodyAt + Number(length)) return;
    const body = text.slice(bodyAt, bodyAt + Number(length));
    text = "";
    if (head.startsWith("HTTP/1.1 200 ")) waiting?.resolve(body);
    else fail(new Error(`${head}\n${body}`));
  });
  socket.on("close", () => fail(new Error("the server hung up")));
  const http: Http = {
    ask: (method, path, body) =>
      new Promise((resolve, reject) => {
        waiting = { resolve, reject };
        socket.write(requestText({ method, path, token, ...(body !== undefined && { body }) }));
      }),
    close: () => socket.destroy(),
  };
  return new Promise((resolve, reject) => {
    socket.once("connect", () => resolve(http));
    socket.on("error", reject);
  });
}

export interface Asked {
  readonly method: string;
  readonly path: string;
  readonly token: string;
  readonly body?: string;
  /** What kind of answer is wanted, where there are several. */
  readonly accept?: string;
}

export function requestText({ method, path, token, body, accept }: Asked): string {
  const lines = [`${method} ${path} HTTP/1.1`, "Host: localhost", `Authorization: Bearer ${token}`];
  if (accept !== undefined) lines.push(`Accept: ${accept}`);
  if (body !== undefined) lines.push("Content-Type: application/json", `Content-Length: ${body.length}`);
  return `${lines.join("\r\n")}${HEAD_END}${body ?? ""}`;
}
