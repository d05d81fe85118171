/** Stands between a store and its PostgreSQL, and loses the answer to a commit on the way back. */
import { mkdtempSync, rmSync } from "node:fs";
import { connect, createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface LossyProxy {
  readonly url: string;
  /** The next commit is passed on; its answer never comes, and the connection breaks. */
  loseNextCommit(): void;
  /** While it is closed, nobody gets through. */
  open(isOpen: boolean): void;
  end(): Promise<void>;
}

export async function lossyProxy(url: string): Promise<LossyProxy> {
  const directory = mkdtempSync(join(tmpdir(), "steward-proxy-"));
  let isLosing = false;
  let isOpen = true;
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    if (!isOpen) return void client.destroy();
    const behind = upstream(url);
    let isLost = false;
    for (const socket of [client, behind]) sockets.add(socket.on("error", () => {}));
    client.on("close", () => behind.destroy());
    behind.on("close", () => client.destroy());
    client.on("data", (bytes) => {
      if (isLosing && bytes.includes("COMMIT")) {
        isLosing = false;
        isLost = true;
      }
      behind.write(bytes);
    });
    // The answer has come as far as here: the commit has happened.
    behind.on("data", (bytes) => {
      if (!isLost) return void client.write(bytes);
      if (bytes.includes("COMMIT")) client.destroy();
    });
  });
  await new Promise<void>((resolve) => server.listen(join(directory, ".s.PGSQL.5432"), resolve));
  const through = new URL(url);
  through.searchParams.set("host", directory);
  through.searchParams.set("port", "5432");
  return {
    url: through.href,
    loseNextCommit: () => {
      isLosing = true;
    },
    open: (next) => {
      isOpen = next;
    },
    async end() {
      for (const socket of sockets) socket.destroy();
      await new Promise<void>((resolve) => server.close(() => resolve()));
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

function upstream(url: string): Socket {
  const { hostname, port, searchParams } = new URL(url);
  const host = searchParams.get("host") ?? hostname;
  const number = Number(port || 5432);
  return host.startsWith("/") ? connect(`${host}/.s.PGSQL.${number}`) : connect(number, host);
}
