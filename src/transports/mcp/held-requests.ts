/** What an agent asked and has no answer to yet: bounded, in order, and with the time since when nobody could answer it. */
import type { Id } from "./bridge-messages.ts";

export interface HeldRequest {
  readonly line: string;
  readonly isHandshake: boolean;
}

export interface HeldRequests {
  /** In place of one with the same id. */
  hold(id: Id, request: HeldRequest): void;
  release(id: Id): HeldRequest | undefined;
  ids(): Id[];
  lines(): string[];
  hasRoom(): boolean;
  /** From now on, in ms, they wait for a daemon that is away. Who did before still does: what ends every daemon is not asked forever. */
  lost(now: number): void;
  /** Those that wait since before that moment. */
  lostBefore(moment: number): Id[];
}

export function heldRequests(limits: { readonly requests: number; readonly heldBytes: number }): HeldRequests {
  const held = new Map<Id, HeldRequest>();
  const lostAt = new Map<Id, number>();
  let bytes = 0;

  function release(id: Id): HeldRequest | undefined {
    const request = held.get(id);
    held.delete(id);
    lostAt.delete(id);
    bytes -= request?.line.length ?? 0;
    return request;
  }

  return {
    hold(id, request) {
      release(id);
      held.set(id, request);
      bytes += request.line.length;
    },
    release,
    ids: () => [...held.keys()],
    lines: () => [...held.values()].map(({ line }) => line),
    hasRoom: () => held.size < limits.requests && bytes < limits.heldBytes,
    lost(now) {
      for (const id of held.keys()) if (!lostAt.has(id)) lostAt.set(id, now);
    },
    lostBefore: (moment) => [...lostAt].filter(([, at]) => at < moment).map(([id]) => id),
  };
}
