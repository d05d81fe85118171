/** Follows a stream of the daemon on a connection of its own, and survives a daemon that is restarted meanwhile. */
import { connect, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { linesOf } from "../transports/jsonrpc/lines.ts";
import { AWAY_MS, isAway, RETRY_MS } from "./away.ts";
import { connectionFailure, parseAnswer, strangerFailure } from "./client.ts";
import { answeredFailure, type ErrorObject, unavailableFailure } from "./failure.ts";

/** A longer line is not gathered, in bytes. */
const LINE_BYTES = 16 * 1024 * 1024;

export type Part =
  | { readonly item: Readonly<Record<string, unknown>>; readonly next: number; readonly mark?: undefined }
  | { readonly mark: string; readonly next: number };

export interface Followed {
  /** The daemon's socket. */
  readonly path: string;
  readonly operation: string;
  readonly input: object;
  /** It has answered before: its absence is waited out from the start. */
  readonly reached: boolean;
}

interface Message {
  readonly id?: number | null;
  readonly method?: string;
  readonly result?: { readonly resume: string };
  readonly error?: ErrorObject;
  readonly params?: Part & { readonly cancelled?: boolean; readonly error?: ErrorObject };
}

/** Ends when the stream does. Throws a `Failure`: at once when nobody answers, or when the daemon stays away too long. */
export async function* follow({ path, operation, input, reached }: Followed): AsyncGenerator<Part> {
  const state = { input: { ...input }, reached };
  for (let giveUpAt = 0; ; ) {
    try {
      for await (const part of partsOf(path, operation, state)) {
        giveUpAt = 0;
        yield part;
      }
      return;
    } catch (error) {
      giveUpAt ||= performance.now() + AWAY_MS;
      if (!state.reached || !isAway(error) || performance.now() > giveUpAt) throw error;
      await sleep(RETRY_MS);
    }
  }
}

/** One connection's worth. Notes in `state` where to go on. */
async function* partsOf(
  path: string,
  method: string,
  state: { input: Record<string, unknown>; reached: boolean },
): AsyncGenerator<Part> {
  const socket = connect(path);
  socket.write(`${JSON.stringify({ jsonrpc: "2.0", id: 1, method, params: state.input, stream: true })}\n`);
  let resume = "";
  try {
    // A reader that does not ask for more leaves the rest with the daemon.
    for await (const line of linesOf(chunksOf(socket, path), LINE_BYTES)) {
      if (line === "too long") throw unavailableFailure("The answer is too long.", "Ask for less.");
      const message = parseAnswer<Message>(line.toString());
      if (!message) throw strangerFailure(path);
      const { id, result, error, params, method: said } = message;
      if (error) throw answeredFailure(error);
      if (id === 1 && result) {
        state.reached = true;
        resume = result.resume;
      } else if (said === "stream.ended") {
        if (params?.error) throw answeredFailure(params.error);
        if (!params?.cancelled) return;
        throw unavailableFailure("The daemon ended the stream.", "It is stopping.");
      } else if (params) {
        state.input = { ...state.input, [resume]: params.next };
        if (params.mark === "dropped") throw unavailableFailure("The output was not read fast enough.", "Read faster.");
        yield params;
      }
    }
    throw unavailableFailure("The daemon closed the connection.", "It is stopping.");
  } finally {
    socket.destroy();
  }
}

async function* chunksOf(socket: Socket, path: string): AsyncGenerator<Buffer> {
  try {
    yield* socket as AsyncIterable<Buffer>;
  } catch (error) {
    throw connectionFailure(error as NodeJS.ErrnoException, path);
  }
}
