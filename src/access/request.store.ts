/** Done at most once: what a named request wrote is remembered in the transaction that wrote it, and given again when it is repeated. */
import { createHash } from "node:crypto";
import { type Actor, actorLabel } from "../core/actor.ts";
import type { Once } from "../core/operation.ts";
import { refuse } from "../core/refusal.ts";
import type { Reader, Store, Tx } from "../store/store.ts";

export interface NamedRequest {
  readonly requestId: string;
  readonly actor: Actor;
  readonly operation: string;
  readonly input: unknown;
}

/** For a handler whose writes go another way than through its store. */
export interface RequestMemory {
  recall(read: Pick<Reader, "get">): Promise<{ readonly result: unknown } | undefined>;
  record(tx: Tx, result: unknown): Promise<void>;
}

/**
 * A handler under a named request runs again when the request is repeated, but its n-th write gives what it gave the first
 * time, so that its answer is the same and nothing happens twice. What is written must give what JSON can hold.
 */
export const doneOnce: Once = (context, request) => {
  const { store } = context as { readonly store: Store };
  let writes = 0;
  const remembering: Store = {
    ...store,
    write: (work, options) => {
      const memory = memoryOf(request, writes++);
      return store.write(async (tx) => {
        const known = await memory.recall(tx);
        if (known) return known.result as Awaited<ReturnType<typeof work>>;
        const result = await work(tx);
        await memory.record(tx, result);
        return result;
      }, options);
    },
  };
  return { ...context, store: remembering, request: memoryOf(request, 0) };
};

function memoryOf({ actor, requestId, operation, input }: NamedRequest, write: number): RequestMemory {
  const key = [actorLabel(actor), requestId, write] as const;
  const hash = createHash("sha256").update(JSON.stringify(input)).digest("base64url");
  return {
    async recall(read) {
      const known = await read.get<{ operation: string; input_hash: string; result: string }>(
        "SELECT operation, input_hash, result FROM request WHERE actor = ? AND request_id = ? AND write = ?",
        ...key,
      );
      if (!known) return undefined;
      if (known.operation !== operation || known.input_hash !== hash) {
        refuse("conflict", `The request id "${requestId}" was used for something else before.`, {
          hint: "Give every request an id of its own; repeat one only with the same input.",
        });
      }
      return { result: JSON.parse(known.result) };
    },
    async record(tx, result) {
      await tx.run(
        "INSERT INTO request(actor, request_id, write, operation, input_hash, result, at) VALUES (?, ?, ?, ?, ?, ?, ?)",
        ...key,
        operation,
        hash,
        JSON.stringify(result ?? null),
        tx.now(),
      );
    },
  };
}
