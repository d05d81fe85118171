/** A connection that comes back by itself: made when it is needed, and after a failure not tried again for a while. */
import { type Connection, ConnectionLost } from "./postgres-connection.ts";

/** Pause after the first failure, doubling up to a limit, in ms: meanwhile everybody is refused at once. */
const PAUSE_FIRST_MS = 100;
const PAUSE_MAX_MS = 5_000;

export interface Link {
  /** Throws what kept it from connecting. */
  get(): Promise<Connection>;
  close(): Promise<void>;
}

export function createLink(connect: () => Promise<Connection>): Link {
  let connection: Connection | undefined;
  let connecting: Promise<Connection> | undefined;
  let closed = false;
  let trouble: { error: unknown; pauseMs: number; until: number } | undefined;

  async function begin(): Promise<Connection> {
    try {
      connection = await connect();
      trouble = undefined;
    } catch (error) {
      const pauseMs = Math.min(trouble ? trouble.pauseMs * 2 : PAUSE_FIRST_MS, PAUSE_MAX_MS);
      trouble = { error, pauseMs, until: performance.now() + pauseMs };
      throw error;
    } finally {
      connecting = undefined;
    }
    if (closed) await connection.close();
    return connection;
  }

  return {
    async get() {
      if (connection?.isAlive) return connection;
      if (closed) throw new ConnectionLost("the store is closed");
      if (trouble && performance.now() < trouble.until) throw trouble.error;
      connecting ??= begin();
      return await connecting;
    },
    async close() {
      closed = true;
      await connection?.close();
    },
  };
}
