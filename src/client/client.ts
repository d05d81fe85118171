/** `steward/client`: asks a daemon of Steward from a program, with types for everything that it can be asked. */
import { homePaths, resolveHome, socketPath } from "../core/home.ts";
import type { Door } from "./door.ts";
import { httpDoor } from "./http-door.ts";
import { stewardOver } from "./over-door.ts";
import { socketDoor } from "./socket-door.ts";
import type { Steward } from "./steward.ts";

export { StewardBug, StewardRefusal, StewardUnreachable, type UnreachableReason } from "./errors.ts";
export type { Call, CallOptions, Gap, Stream, StreamOptions } from "./method.ts";
export type * from "./operations.generated.ts";
export type { Steward } from "./steward.ts";

export interface ConnectOptions {
  /** The daemon's home. Default: STEWARD_HOME, else `~/.steward`. */
  readonly home?: string | undefined;
  /** Its socket, where that lies elsewhere. */
  readonly socket?: string | undefined;
  /** Over HTTP instead: `http://127.0.0.1:8000`. */
  readonly url?: string | undefined;
  /** For HTTP: the token in the daemon's home, or one made with `steward token create`. */
  readonly token?: string | undefined;
  /** How long an answer may take, in ms; what a call itself waits for (`waitMs`) comes on top. Default: 30,000. */
  readonly timeoutMs?: number | undefined;
  /** How often a call is repeated when there is no connection or it breaks. Writes are done once all the same. Default: 3. */
  readonly retries?: number | undefined;
}

/** How long an answer may take unless told otherwise, in ms. */
const TIMEOUT_MS = 30_000;

const RETRIES = 3;

/** Throws `StewardUnreachable` when no daemon answers, and `StewardRefusal` when it does not know the token. */
export async function connect(options: ConnectOptions = {}): Promise<Steward> {
  const { timeoutMs = TIMEOUT_MS, retries = RETRIES } = options;
  const door = doorOf(options);
  try {
    await door.call({ operation: "ping", input: {}, timeoutMs });
  } catch (error) {
    await door.close();
    throw error;
  }
  return stewardOver(door, { timeoutMs, retries });
}

function doorOf({ home, socket, url, token }: ConnectOptions): Door {
  if (url !== undefined) return httpDoor({ url, token });
  if (socket !== undefined) return socketDoor(socketPath(socket));
  return socketDoor(homePaths(resolveHome({ flag: home, env: { STEWARD_HOME: process.env.STEWARD_HOME } })).socket);
}
