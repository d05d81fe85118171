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

/** Of all links to one server: when one of them is through, all may try again. */
export interface Reach {
  trouble?: { readonly error: unknown; readonly pauseMs: number; readonly until: number } | undefined;
}

export function createLink(connect: () => Promise<Connection>, reach: Reach): Link {
  let connection: Connection | undefined;
  let connecting: Promise<Connection> | undefined;
  let closed = false;

  async function begin(): Promise<Connection> {
    try {
      connection = await connect();
      reach.trouble = undefined;
    } catch (error) {
      const pauseMs = Math.min(reach.trouble ? reach.trouble.pauseMs * 2 : PAUSE_FIRST_MS, PAUSE_MAX_MS);
      reach.trouble = { error, pauseMs, until: performance.now() + pauseMs };
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
      if (reach.trouble && performance.now() < reach.trouble.until) throw reach.trouble.error;
      connecting ??= begin();
      return await connecting;
    },
    async close() {
      closed = true;
      await connection?.close();
    },
  };
}
