/** Somebody who takes webhooks: a real HTTP server on loopback that writes down what came and answers as it is told. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { onTestFinished } from "vitest";

export interface Received {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface Receiver {
  readonly url: string;
  readonly port: number;
  readonly received: readonly Received[];
}

/** What to do with a request: a status, or whatever it wants. */
export type Reaction = (request: Received, response: ServerResponse, socket: Socket) => number | undefined;

export async function aReceiver(react: Reaction = () => 204): Promise<Receiver> {
  const received: Received[] = [];
  const server = createServer((request, response) => {
    void readAll(request).then((body) => {
      const { method = "", url: path = "", headers } = request;
      const one = { method, path, headers: headers as Record<string, string>, body };
      received.push(one);
      const status = react(one, response, request.socket);
      if (status !== undefined) response.writeHead(status).end();
    });
  });
  return { ...(await listening(server)), received };
}

export async function listening(server: Server): Promise<{ url: string; port: number }> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}/hook`, port };
}

async function readAll(request: IncomingMessage): Promise<string> {
  let body = "";
  for await (const chunk of request) body += chunk;
  return body;
}
