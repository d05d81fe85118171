/** Tells one reader which resources changed, as far as it asked to be told. */
import type { Server, ServerContext } from "@modelcontextprotocol/server";
import { Refusal } from "../../core/refusal.ts";
import type { Change, Changes } from "./changes.ts";
import { type Ask, watchedUri } from "./resources.ts";
import { orProtocolError } from "./results.ts";

/**
 * `subscribed`: new tasks, and the resources that were subscribed to (until 2025-11-25).
 * `all`: every change, for a carrier that keeps the subscriptions. `none`: the carrier hears of changes by itself.
 */
export type Tell = "subscribed" | "all" | "none";

/** Resources that one reader may subscribe to. */
const MAX_SUBSCRIPTIONS = 200;

interface Options {
  readonly changes: Changes;
  readonly tell: Tell;
}

export function tellChanges(server: Server, { changes, tell }: Options, asking: (context: ServerContext) => Ask): void {
  /** By the address under which changes are told: the one that the reader used. */
  const subscribed = new Map<string, string>();
  server.setRequestHandler("resources/subscribe", async ({ params: { uri } }, context) => {
    const watched = await orProtocolError(roomFor(subscribed).then(() => watchedUri(uri, asking(context))));
    subscribed.set(watched, uri);
    return {};
  });
  server.setRequestHandler("resources/unsubscribe", ({ params: { uri } }) => {
    for (const [watched, asked] of subscribed) if (asked === uri) subscribed.delete(watched);
    return {};
  });
  if (tell === "none") return;

  const say = (change: Change) => {
    // A reader that is gone needs no news; its end is told by `onclose`.
    if (change.listed) server.sendResourceListChanged().catch(() => {});
    const uris =
      tell === "all" ? (change.uris ?? []) : [...subscribed].filter(([watched]) => change.uris?.has(watched) ?? true);
    for (const entry of uris) {
      server.sendResourceUpdated({ uri: typeof entry === "string" ? entry : entry[1] }).catch(() => {});
    }
  };
  let stop = () => {};
  const begin = () => {
    stop();
    stop = changes.subscribe(say);
  };
  // Until it has said who it is, a reader is told nothing; since 2026-07-28 it says so with every request.
  if (tell === "all") begin();
  else server.oninitialized = begin;
  server.onclose = () => stop();
}

async function roomFor(subscribed: ReadonlyMap<string, string>): Promise<void> {
  if (subscribed.size < MAX_SUBSCRIPTIONS) return;
  throw new Refusal("rate_limited", `${MAX_SUBSCRIPTIONS} subscriptions are the most.`, {
    hint: "Unsubscribe from one.",
  });
}
