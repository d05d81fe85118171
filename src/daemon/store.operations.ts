/** The store as its keeper sees it: back it up, check it, make room in it. */
import * as z from "zod";
import type { RequestMemory } from "../access/request.store.ts";
import { actorLabel } from "../core/actor.ts";
import { iso } from "../core/clock.ts";
import { type Call, operation } from "../core/operation.ts";
import type { Store } from "../store/store.ts";
import type { Backup } from "./maintenance/back-up.ts";
import type { Maintenance } from "./maintenance/maintenance.ts";

export interface StoreRoom {
  readonly maintenance: Pick<Maintenance, "backUp" | "check" | "prune">;
  readonly store: Pick<Store, "read">;
  /** Of a request that its caller gave a name. */
  readonly request?: RequestMemory;
}

export const backup = operation({
  name: "store.backup",
  summary: "Make a verified copy of the store; the daemon works on meanwhile.",
  effect: "write",
  scope: "admin",
  rest: "POST /store/backup",
  input: z.strictObject({}),
  output: z.object({
    path: z.string().describe("Where it lies."),
    bytes: z.int(),
    checkedAt: z.string().describe("When it was found to be whole."),
    tasks: z.int(),
    events: z.int(),
  }),
  refuses: ["conflict"],
  example: {},
  handle: async ({ maintenance, store, request, actor }: StoreRoom & Call) => {
    const known = await request?.recall(store.read);
    if (known) return backupView(known.result as Backup);
    return backupView(await maintenance.backUp(actorLabel(actor), async (tx, made) => request?.record(tx, made)));
  },
});

function backupView({ checkedAt, ...made }: Backup) {
  return { ...made, checkedAt: iso(checkedAt) };
}

export const check = operation({
  name: "store.check",
  summary: "Check the whole store: its file, its references and the laws that its rows keep.",
  effect: "read",
  scope: "admin",
  rest: "GET /store/check",
  input: z.strictObject({}),
  output: z.object({
    ok: z.boolean(),
    problems: z.array(z.string()).describe("Each as a sentence; at most 100 of a kind."),
    counted: z
      .object({ tasks: z.int(), runs: z.int(), events: z.int() })
      .nullable()
      .describe("What it holds; null when it is too damaged to tell."),
  }),
  refuses: ["conflict"],
  example: {},
  handle: async ({ maintenance }: StoreRoom) => {
    const { problems, ...checked } = await maintenance.check();
    return { ...checked, problems: [...problems] };
  },
});

export const prune = operation({
  name: "store.prune",
  summary: "Remove now what is older than the limits say: events, finished tasks, run directories, request ids.",
  confirm: "Remove now what is older than the limits say?",
  effect: "destroy",
  scope: "admin",
  rest: "POST /store/prune",
  input: z.strictObject({
    dryRun: z.boolean().default(false).describe("Only tell how much that would be."),
  }),
  output: z.object({
    dryRun: z.boolean(),
    events: z.int(),
    tasks: z.int(),
    runs: z.int(),
    runDirectories: z.int(),
    sessions: z.int().describe("What agents' programs kept for finished tasks."),
    workspaces: z.int().describe("Of old finished tasks, that held nothing of their own."),
    strays: z.int().describe("Directories and exit files that belong to no run."),
    requests: z.int().describe("Writes that were remembered under a request id."),
    failed: z.array(z.string()).describe("What could not be removed, and why."),
  }),
  refuses: ["conflict"],
  example: { dryRun: true },
  handle: async ({ maintenance }: StoreRoom, { dryRun }) => {
    const { failed, ...counts } = await maintenance.prune({ dryRun });
    return { dryRun, ...counts, failed: [...failed] };
  },
});

export const storeOperations = [backup, check, prune] as const;
