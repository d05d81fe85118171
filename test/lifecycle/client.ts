/** The typed client as tests hold it: it connects when it is first used, asks once, and is patient. */
import { connect, type Steward } from "../../src/client/client.ts";

/** An answer that is a "no"; and a connection that broke before the answer came: nobody knows whether it was done. */
export { StewardRefusal as Refused, StewardUnreachable as Unanswered } from "../../src/client/client.ts";

/** Longer than any test, in ms: a daemon that is frozen on purpose answers when it thaws. */
const PATIENCE_MS = 15 * 60_000;

export interface Client {
  /** Throws `Refused` or `Unanswered`. What comes back is the test's to know. */
  call<T = Record<string, unknown>>(method: string, params?: object): Promise<T>;
  close(): void;
}

export function connectClient(socket: string): Client {
  let steward: Promise<Steward> | undefined;
  const typed = () => {
    steward ??= connect({ socket, timeoutMs: PATIENCE_MS, retries: 0 });
    return steward;
  };
  return {
    call: async <T>(method: string, params: object = {}) => (await (await typed()).call(method, params)) as T,
    close: () => void steward?.then((made) => made.close()).catch(() => {}), // a failure to connect was told to its caller
  };
}
