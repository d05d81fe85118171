/** Somebody who takes webhooks: a real HTTP server on loopback that writes down what came and answers as it is told. */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from "node:http";
import { createServer as createSecureServer } from "node:https";
import type { AddressInfo, Socket } from "node:net";
import { join } from "node:path";
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
  return { ...(await listening(createServer(receiving(received, react)))), received };
}

/** The same behind TLS, as https://localhost. */
export async function aSecureReceiver(certificate: Certificate): Promise<Receiver> {
  const received: Received[] = [];
  const { port } = await listening(
    createSecureServer(
      certificate,
      receiving(received, () => 204),
    ),
  );
  return { url: `https://localhost:${port}/hook`, port, received };
}

function receiving(received: Received[], react: Reaction): RequestListener {
  return (request, response) => {
    void readAll(request).then((body) => {
      const { method = "", url: path = "", headers } = request;
      const one = { method, path, headers: headers as Record<string, string>, body };
      received.push(one);
      const status = react(one, response, request.socket);
      if (status !== undefined) response.writeHead(status).end();
    });
  };
}

export interface Certificate {
  readonly key: string;
  readonly cert: string;
}

/** For localhost, signed by itself. */
export function aCertificate(directory: string): Certificate {
  const [key, cert] = [join(directory, "key.pem"), join(directory, "cert.pem")];
  const subject = ["-nodes", "-days", "1", "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"];
  const made = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-keyout", key, "-out", cert];
  execFileSync("openssl", ["req", "-x509", ...made, ...subject], { stdio: "ignore" });
  return { key: readFileSync(key, "utf8"), cert: readFileSync(cert, "utf8") };
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
