/** The daemon itself as callers see it: is it there, how is it, go, stop, read the settings again. */
import * as z from "zod";
import { operation } from "../core/operation.ts";
import { refuse } from "../core/refusal.ts";
import { TaskStats } from "../task/task.operations.ts";
import { aiwgPing, aiwgStatus, atomRestart, atomStart, atomStatus, atomStop } from "./daemon.compat.ts";

export interface DaemonRoom {
  readonly daemon: DaemonDoor;
}

/** What the composition root lets callers do with it. */
export interface DaemonDoor {
  readonly now: () => number;
  readonly status: () => Promise<z.input<typeof DaemonStatus>>;
  /** Answers first and stops then. */
  readonly stopSoon: () => void;
  /**
   * Answers first, stops then, and begins again as the same process: in standby where that is asked for, or where it was
   * started so and still is. Tells which it will be; undefined where a process cannot begin again.
   */
  readonly restartSoon: (standby: boolean | undefined) => { readonly standby: boolean } | undefined;
  /** What in the settings file as it is now would keep a daemon from starting. */
  readonly obstacles: () => readonly string[];
  readonly activate: () => boolean;
  readonly reload: () => Promise<{ changed: boolean; taken: boolean; problems: string[] }>;
}

export const DaemonStatus = z.object({
  state: z
    .enum(["active", "standby", "stopping"])
    .describe("In standby nothing is claimed by itself but tasks of roles that were switched on."),
  pid: z.int(),
  version: z.string(),
  uptimeSeconds: z.int(),
  memoryMb: z.number(),
  memoryLimitMb: z.number().describe("Nearing it is told as a problem."),
  cpuPercent: z.number().describe("Of one core, since it was last asked."),
  addresses: z.array(z.string()),
  home: z.string(),
  host: z.string(),
  clients: z.int(),
  custody: z.object({ level: z.string(), how: z.string(), hole: z.string().nullable() }),
  store: z.object({
    kind: z.enum(["sqlite", "postgres"]),
    address: z.string().describe("The file, or the server and its database."),
  }),
  settings: z.enum(["file", "defaults"]).describe("defaults: there is no steward.json."),
  tasks: TaskStats,
  runs: z.object({ live: z.int(), max: z.int() }),
  lastEnd: z
    .object({ at: z.string(), reason: z.string() })
    .nullable()
    .describe("How the daemon before this one ended, when nobody had asked for it."),
  pausedRoles: z
    .array(z.string())
    .describe("Roles of which nothing new is claimed, because somebody wanted it so: by whom, since when, why."),
  problems: z.array(z.string()).describe("What is not as it should be, each as a sentence."),
});

export const ping = operation({
  name: "ping",
  summary: "Is a daemon there?",
  effect: "read",
  scope: "read",
  rest: "GET /ping",
  input: z.strictObject({}),
  output: z.object({ pong: z.literal(true), timestamp: z.int().describe("Epoch ms.") }),
  refuses: [],
  example: {},
  compat: [aiwgPing],
  handle: ({ daemon }: DaemonRoom) => ({ pong: true as const, timestamp: daemon.now() }),
});

export const status = operation({
  name: "daemon.status",
  summary: "Show how the daemon is.",
  effect: "read",
  scope: "read",
  rest: "GET /daemon",
  input: z.strictObject({}),
  output: DaemonStatus,
  refuses: [],
  example: {},
  compat: [aiwgStatus, atomStatus],
  tool: true,
  handle: ({ daemon }: DaemonRoom) => daemon.status(),
});

export const stop = operation({
  name: "daemon.stop",
  summary: "Stop the daemon. Agents run on and are taken over by the next one.",
  confirm: "Stop the daemon? Agents run on.",
  effect: "destroy",
  scope: "admin",
  rest: "POST /daemon/stop",
  input: z.strictObject({}),
  output: z.object({ stopping: z.literal(true), pid: z.int() }),
  refuses: [],
  example: {},
  compat: [atomStop],
  handle: ({ daemon }: DaemonRoom) => {
    daemon.stopSoon();
    return { stopping: true as const, pid: process.pid };
  },
});

export const restart = operation({
  name: "daemon.restart",
  summary: "Stop the daemon and start it again, with the settings as they are then. Agents run on.",
  confirm: "Restart the daemon? Agents run on.",
  effect: "destroy",
  scope: "admin",
  rest: "POST /daemon/restart",
  input: z.strictObject({
    standby: z
      .boolean()
      .optional()
      .describe("Whether it begins in standby. Default: as it was started, unless it was activated since."),
  }),
  output: z.object({
    restarting: z.literal(true),
    pid: z.int().describe("The same before and after."),
    wasActive: z.boolean().describe("False: it was in standby."),
    standby: z.boolean().describe("Whether it will be in standby. One that a crash loop began ends with a restart."),
  }),
  refuses: ["conflict"],
  example: {},
  compat: [atomRestart],
  handle: async ({ daemon }: DaemonRoom, { standby }) => {
    const [obstacle] = daemon.obstacles();
    if (obstacle !== undefined) {
      refuse("conflict", `With these settings it would not start again: ${obstacle}`, {
        hint: "Mend the file; `steward config check` shows every problem.",
      });
    }
    const { state } = await daemon.status();
    const next = daemon.restartSoon(standby);
    if (!next) refuse("conflict", "Here a process cannot begin again.", { hint: "`steward restart`." });
    return { restarting: true as const, pid: process.pid, wasActive: state === "active", standby: next.standby };
  },
});

export const activate = operation({
  name: "daemon.activate",
  summary: "End the standby: claim tasks from now on.",
  effect: "write",
  scope: "admin",
  rest: "POST /daemon/activate",
  input: z.strictObject({}),
  output: z.object({ activated: z.boolean().describe("False when it was active already.") }),
  refuses: [],
  example: {},
  compat: [atomStart],
  handle: ({ daemon }: DaemonRoom) => ({ activated: daemon.activate() }),
});

export const reload = operation({
  name: "daemon.reload",
  summary: "Read the settings file again; a broken one changes nothing.",
  effect: "write",
  scope: "admin",
  rest: "POST /daemon/reload",
  input: z.strictObject({}),
  output: z.object({
    changed: z.boolean(),
    taken: z.boolean().describe("False: a file is broken, and what it said last stays."),
    problems: z.array(z.string()).describe("Why the old settings stay, or what in the new ones cannot work."),
  }),
  refuses: [],
  example: {},
  handle: ({ daemon }: DaemonRoom) => daemon.reload(),
});

export const daemonOperations = [ping, status, stop, restart, activate, reload] as const;
