/** Lets a connection say with its first line that it speaks another protocol; whoever says anything else speaks JSON-RPC. */
import type { Socket } from "node:net";
import type { Clock } from "../../core/clock.ts";
import type { JsonRpcLimits } from "./limits.ts";

/** One client of a socket, whatever it speaks. */
export interface Served {
  /** Since when it might give way to others, on the monotonic clock; undefined while it must not. */
  idleSince(): number | undefined;
  drop(): void;
  close(): Promise<void>;
}

export interface OtherProtocol {
  /** The first line, without its newline: one that JSON cannot begin with. */
  readonly word: string;
  /** What follows that line is read from the socket, which waits until somebody resumes it. */
  serve(socket: Socket): Served;
}

interface Choice {
  readonly other: OtherProtocol;
  readonly jsonRpc: (socket: Socket) => Served;
  readonly clock: Clock;
  readonly limits: Pick<JsonRpcLimits, "turnMs">;
}

export function byFirstLine(socket: Socket, { other, jsonRpc, clock, limits }: Choice): Served {
  const line = Buffer.from(`${other.word}\n`);
  const came = clock.monotonic();
  let heard: Buffer = Buffer.alloc(0);
  let served: Served | undefined;
  const hear = (chunk: Buffer) => {
    heard = Buffer.concat([heard, chunk]);
    const isOther = heard.subarray(0, line.length).equals(line);
    if (!isOther && line.subarray(0, heard.length).equals(heard)) return;
    socket.off("data", hear).off("end", leave).pause();
    const rest = isOther ? heard.subarray(line.length) : heard;
    heard = Buffer.alloc(0);
    if (rest.length > 0) socket.unshift(rest);
    served = isOther ? other.serve(socket) : jsonRpc(socket);
    if (!isOther) socket.resume();
  };
  const leave = () => void socket.end();
  socket.on("data", hear).on("end", leave);
  socket.on("error", () => {}); // "close" follows
  return {
    idleSince: () => (served ? served.idleSince() : clock.monotonic() - came < limits.turnMs ? undefined : came),
    drop: () => socket.destroy(),
    async close() {
      if (served) await served.close();
      else socket.destroy();
    },
  };
}
