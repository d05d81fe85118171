/** Every limit of this host as one section of the settings file: each name ends with its unit. */
import * as z from "zod";
import { fragment } from "./fragment.ts";

const KIB = 1024;
const MIB = 1024 * KIB;
const GIB = 1024 * MIB;
/** Timers overflow beyond 24.8 days: a longer wait would end at once or early. */
const MAX_SECONDS = 24 * 24 * 3600;
/** A hundred years. */
const MAX_DAYS = 36_500;

const Limits = z
  .strictObject({
    promptBytes: limit(MIB, "Longest prompt of a task, in bytes.", { min: KIB }),
    resultBytes: limit(MIB, "Longest result that a run may write, in bytes.", { min: KIB }),
    titleCharacters: limit(200, "Longest title of a task, in characters.", { min: 16 }),
    dataBytes: limit(64 * KIB, "Longest `data` of a task, in bytes of JSON.", { min: 2 }),
    taskNeeds: limit(1_000, "Most other tasks that one task may need."),
    queuedTasks: limit(1_000_000, "Most tasks that may be unfinished at once; more are refused with queue_full."),
    rpcLineBytes: limit(8 * MIB, "Longest JSON-RPC line on the socket, in bytes. Not below promptBytes.", {
      min: 64 * KIB,
    }),
    httpBodyBytes: limit(8 * MIB, "Longest body of an HTTP request, in bytes. Not below promptBytes.", {
      min: 64 * KIB,
    }),
    httpHeaderBytes: limit(16 * KIB, "Longest request line and headers of an HTTP request, in bytes.", {
      min: 4 * KIB,
      max: MIB,
    }),
    httpRequestSeconds: seconds(60, "Longest time an HTTP request may take to arrive, in seconds."),
    httpRequestsPerSecond: limit(5_000, "Most HTTP requests of one address in a second."),
    clients: limit(256, "Most clients that may be connected at once, to each socket and port."),
    unreadBytes: limit(
      64 * MIB,
      "What all clients together may leave unread of their answers, in bytes; beyond it whoever leaves most is disconnected.",
      { min: MIB },
    ),
    approvalSeconds: seconds(
      24 * 3600,
      "How long a question of an agent waits for a person, in seconds; then it is a no.",
    ),
    approvalInputBytes: limit(
      256 * KIB,
      "Longest input of a tool that a person is asked about, in bytes of JSON; what is longer is denied unseen.",
      { min: KIB },
    ),
    runAskedSeconds: seconds(
      7 * 24 * 3600,
      "How long in all the time of a run stands still because its agent waits for people, in seconds; after that it goes on.",
    ),
    runApprovals: limit(1_000, "Most questions that one run may ask; further ones are denied."),
    runOutputKeptBytes: limit(64 * MIB, "Output kept of each run (head and tail), in bytes.", { min: 64 * KIB }),
    runOutputMaxBytes: limit(4 * GIB, "Output of a run, in bytes, beyond which it fails with output_limit.", {
      min: 64 * KIB,
    }),
    logFileBytes: limit(50 * MIB, "Size at which the log is rotated, in bytes.", { min: 64 * KIB }),
    logFiles: limit(5, "Log files kept, the current one included.", { max: 1_000 }),
    pageItems: limit(50, "Items on a page when the caller names no number. Not above pageMaxItems."),
    pageMaxItems: limit(500, "Most items on a page.", { max: 10_000 }),
    wipRuns: limit(1, "Runs at once of a role that names no WIP limit."),
    taskAttempts: limit(3, "Attempts of a task that names no number."),
    taskLoops: limit(3, "How often a task goes back, of a role that names no number.", { min: 0, max: 1_000 }),
    taskStages: limit(50, "Stages of roles that a task goes through before a person is asked.", { max: 10_000 }),
    gateSeconds: seconds(30 * 60, "Longest time a gate may take that names none, in seconds."),
    handoverBytes: limit(
      32 * KIB,
      "What one stage hands over to the next, in bytes: summary, value, ends of outputs.",
      {
        min: KIB,
        max: 256 * KIB,
      },
    ),
    runWallSeconds: seconds(2 * 3600, "Longest time a run may take, in seconds."),
    runIdleSeconds: seconds(15 * 60, "Longest time a run may be silent, in seconds."),
    runStartSeconds: seconds(60, "Longest time an agent may take to start, in seconds."),
    runHandshakeSeconds: seconds(60, "Longest time until an agent that is talked with answers at all, in seconds."),
    runProgressSeconds: seconds(180, "Longest time until something comes of its work, in seconds."),
    runInterruptSeconds: seconds(
      3,
      "How long an agent may take to stop when it is told to, before SIGTERM, in seconds.",
      {
        min: 0,
      },
    ),
    runLeaveSeconds: seconds(10, "How long an agent's program may go on after it said its last word, in seconds."),
    taskSubtasks: limit(20, "Most sub-tasks that the agents of one task may hand out.", { min: 0 }),
    subtaskLevels: limit(2, "How deep sub-tasks may hand out sub-tasks of their own.", { min: 0, max: 20 }),
    approvalHoldSeconds: seconds(
      60,
      "How long a run that asks for an approval keeps its place, in seconds; then it is parked, where the agent can go on later.",
    ),
    terminateGraceSeconds: seconds(10, "Time between SIGTERM and SIGKILL when a run is ended, in seconds.", { min: 0 }),
    stopDrainSeconds: seconds(10, "Time that stopping waits for work in flight, in seconds.", { min: 0 }),
    backoffFirstSeconds: seconds(
      10,
      "Wait before the first retry, in seconds; it doubles. Not above backoffMaxSeconds.",
    ),
    backoffMaxSeconds: seconds(15 * 60, "Longest wait before a retry, in seconds."),
    scheduleGrainMs: limit(1_000, "How exactly scheduled tasks become runnable, in milliseconds.", {
      min: 10,
      max: 60_000,
    }),
    loopBlockedSeconds: seconds(
      5,
      "How long the daemon's event loop may stand still before it is told where, in seconds. Not above loopStuckSeconds.",
    ),
    loopStuckSeconds: seconds(60, "How long it may stand still before the daemon is ended, in seconds; agents run on."),
    crashLoopEnds: limit(5, "Unexpected ends of the daemon within crashLoopMinutes after which it starts in standby.", {
      max: 1_000,
    }),
    crashLoopMinutes: limit(10, "How long an unexpected end counts, in minutes.", { max: 24 * 60 }),
    memoryMb: limit(512, "Resident memory of the daemon, in MB; nearing it is told as a problem.", { min: 64 }),
    outboxPendingMessages: limit(
      1_000,
      "Messages of one webhook that may wait; further events stay events until there is room.",
      { max: 1_000_000 },
    ),
    outboxDeliveredDays: limit(7, "How long delivered messages are kept, in days.", { max: 3_650 }),
    outboxDeadDays: limit(30, "How long dead messages are kept, in days.", { max: 3_650 }),
    freeDiskBytes: limit(256 * MIB, "Free disk, in bytes, below which no run is launched.", { min: 0 }),
    workspacesBytes: limit(
      20 * GIB,
      "What all workspaces may take, in bytes; beyond it those of finished tasks that hold nothing of their own are removed, or tasks wait.",
      { min: MIB },
    ),
    eventRetentionDays: days(30, "How long events are kept, in days."),
    finishedTaskDays: days(
      90,
      "How long finished tasks are kept with their runs and results, in days. Their keys are free again afterwards.",
    ),
    runDirectoryDays: days(14, "How long a run's output and files are kept after its end, in days."),
    requestIdDays: days(7, "How long it is remembered what was done under a request id, in days."),
    backupEveryHours: limit(24, "How often the store is backed up, in hours; 0 is never.", { min: 0, max: 8_760 }),
    backupsKept: limit(7, "Backups kept, the newest.", { max: 1_000 }),
  })
  .refine(...notAbove("promptBytes", "rpcLineBytes"))
  .refine(...notAbove("promptBytes", "httpBodyBytes"))
  .refine(...notAbove("runOutputKeptBytes", "runOutputMaxBytes"))
  .refine(...notAbove("pageItems", "pageMaxItems"))
  .refine(...notAbove("backoffFirstSeconds", "backoffMaxSeconds"))
  .refine(...notAbove("loopBlockedSeconds", "loopStuckSeconds"))
  .prefault({})
  .describe("Limits of this host. Each has a default.");

export type Limits = z.output<typeof Limits>;

export const limits = fragment("limits", Limits);

export const LIMIT_DEFAULTS: Limits = Limits.parse(undefined);

interface Range {
  readonly min?: number;
  readonly max?: number;
}

function limit(fallback: number, description: string, { min = 1, max = Number.MAX_SAFE_INTEGER }: Range = {}) {
  return z.int().min(min).max(max).default(fallback).describe(description);
}

function seconds(fallback: number, description: string, { min = 1 }: Range = {}) {
  return limit(fallback, description, { min, max: MAX_SECONDS });
}

function days(fallback: number, description: string) {
  return limit(fallback, description, { max: MAX_DAYS });
}

function notAbove(lower: string, upper: string) {
  const holds = (all: Readonly<Record<string, number>>) => (all[lower] ?? 0) <= (all[upper] ?? 0);
  const params: { path: PropertyKey[]; message: string } = {
    path: [lower],
    message: `must not be above limits.${upper}`,
  };
  return [holds, params] as const;
}
