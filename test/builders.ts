/** Builders: a test shows only what matters to it. */

import type * as z from "zod";
import type { Agent } from "../src/agent/agent.ts";
import { type Catalog, catalogOf } from "../src/agent/catalog.ts";
import { LIMIT_DEFAULTS, type Limits } from "../src/config/limits.ts";
import type { Actor } from "../src/core/actor.ts";
import type { Ids } from "../src/core/ids.ts";
import { silentLog } from "../src/core/log.ts";
import type { Role } from "../src/task/role.ts";
import type { TaskRow } from "../src/task/task.store.ts";
import type { NewTask } from "../src/task/task.ts";
import { createUnread, type Unread } from "../src/transports/unread.ts";

export const ada: Actor = { kind: "person", name: "ada", scope: "admin" };

export type TaskInput = z.input<typeof NewTask>;

export function aTask(rest: Partial<TaskInput> = {}): TaskInput {
  return { prompt: "Do it", ...rest };
}

export function anAgent(rest: Partial<Agent> = {}): Agent {
  return { runtime: "command", command: ["true"], ...rest };
}

export function someLimits(rest: Partial<Limits> = {}): Limits {
  return { ...LIMIT_DEFAULTS, ...rest };
}

/** Tokens are counted, and the jitter is in the middle: no jitter at all. */
export function testIds(): Ids {
  let made = 0;
  return { token: () => `token-${++made}`, random: () => 0.5 };
}

export interface CatalogParts {
  readonly roles?: Readonly<Record<string, Role>>;
  readonly agents?: Readonly<Record<string, Agent>>;
  readonly unhealthy?: Readonly<Record<string, string>>;
}

export function aCatalog({ roles = {}, agents = {}, unhealthy = {} }: CatalogParts): Catalog {
  return catalogOf({
    roles: new Map([[1, versioned(roles)]]),
    agents: versioned(agents),
    unhealthy: new Map(Object.entries(unhealthy)),
  });
}

function versioned<T>(bodies: Readonly<Record<string, T>>) {
  return new Map(Object.entries(bodies).map(([name, body]) => [name, { name, version: 1, body }]));
}

/** A row as the store gives it, for rules that look at one and touch no store. */
export function aTaskRow(rest: Partial<TaskRow> = {}): TaskRow {
  return {
    id: 17,
    project_id: 1,
    class_id: 1,
    key: null,
    title: "Do it",
    role: "default",
    agent: null,
    state: "queued",
    priority: 0,
    blocked_by: 0,
    open_children: 0,
    rolls_up: 0,
    not_before: null,
    parked_reason: null,
    parked_note: null,
    parked_until: null,
    held_by: null,
    attempts_spent: 0,
    max_attempts: null,
    stage: 0,
    loops: 0,
    gate: 0,
    awaits_children: 0,
    end_reason: null,
    cancel_requested_at: null,
    parent_id: null,
    retry_of: null,
    submitted_by: "person:ada",
    created_at: 0,
    updated_at: 0,
    finished_at: null,
    ...rest,
  };
}

/** For those who do not care how much stays unread. */
export const plenty: Unread = createUnread(() => 2 ** 40, silentLog);
