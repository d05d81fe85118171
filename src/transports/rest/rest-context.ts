/** What is known of a request while it is answered. */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { TLSSocket } from "node:tls";
import type { Context } from "hono";
import type { Lapse } from "../../access/lapse.ts";
import type { Actor } from "../../core/actor.ts";

export interface RestEnv {
  /** Empty where the app is asked without a network. */
  readonly Bindings: { readonly incoming?: IncomingMessage; readonly outgoing?: ServerResponse };
  readonly Variables: {
    /** Whose limits count. */
    address: string;
    actor: Actor;
    /** Of the token by which it was let in. */
    lapse: Lapse;
  };
}

export type RestContext = Context<RestEnv>;

export function peerOf(c: RestContext): { readonly address: string | undefined; readonly isTls: boolean } {
  const socket = c.env.incoming?.socket as TLSSocket | undefined;
  return { address: socket?.remoteAddress, isTls: socket?.encrypted === true };
}
