/** The daemon as the seeds' clients know it: AIWG's status, and Atom's control API under `/api/agent`. */
import type { Compat, Fields } from "../core/compat.ts";
import { refuse } from "../core/refusal.ts";

export const aiwgPing: Compat = { seed: "aiwg", at: "ping" };

export const aiwgStatus: Compat = {
  seed: "aiwg",
  at: "daemon.status",
  answer: ({ pid, uptimeSeconds, clients, tasks, runs, problems }) => ({
    pid,
    uptime_seconds: uptimeSeconds,
    started_at: new Date(Date.now() - Number(uptimeSeconds) * 1000).toISOString(),
    health: (problems as unknown[]).length === 0 ? "healthy" : "degraded",
    subsystems: {
      ipc: { clients },
      supervisor: {
        running: (runs as Fields).live,
        queued: (tasks as Fields).queued,
        maxConcurrency: (runs as Fields).max,
        tasks: (tasks as Fields).total,
      },
    },
  }),
};

/** There, what runs is the engine: one in standby is not running. */
const isRunning = ({ state }: Fields) => state === "active";

export const atomStatus: Compat = {
  seed: "atom",
  at: "GET|POST /api/agent/status",
  answer: (ours) => ({
    success: true,
    status: {
      running: isRunning(ours),
      pid: ours.pid,
      uptime_seconds: ours.uptimeSeconds,
      memory_mb: ours.memoryMb,
      cpu_percent: ours.cpuPercent,
      status: isRunning(ours) ? "running" : "not_running",
    },
    message: isRunning(ours) ? "Steward is running" : `Steward is in ${ours.state}`,
  }),
};

/** What they send is checked as theirs; where we answer is a matter of our settings, and the answer says where that is. */
function checkStart(theirs: Fields): void {
  const fields = Object.entries(START_FIELDS).flatMap(([field, { fits, problem }]) =>
    theirs[field] === undefined || fits(theirs[field]) ? [] : [{ field, problem }],
  );
  const said = fields.map(({ field, problem }) => `${field} ${problem}`).join("; ");
  if (fields.length > 0) refuse("invalid_input", said, { data: { fields } });
}

const START_FIELDS: Readonly<Record<string, { fits: (value: unknown) => boolean; problem: string }>> = {
  port: whole(1, 65_535),
  host: { fits: (value) => typeof value === "string", problem: "must be text" },
  workers: whole(1, 16),
  host_mount: { fits: (value) => typeof value === "boolean", problem: "must be true or false" },
  dev: { fits: (value) => typeof value === "boolean", problem: "must be true or false" },
};

/** Theirs takes digits for a number. */
function whole(from: number, to: number) {
  const numberOf = (value: unknown) => (typeof value === "string" && /^\d+$/.test(value) ? Number(value) : value);
  const fits = (value: unknown) => Number.isInteger(numberOf(value)) && Number(value) >= from && Number(value) <= to;
  return { fits, problem: `must be a whole number from ${from} to ${to}` };
}

/** FastAPI's status for a body that does not fit. */
const UNPROCESSABLE = 422;

export const atomStart: Compat = {
  seed: "atom",
  at: "POST /api/agent/start",
  input: (theirs) => {
    checkStart(theirs);
    return {};
  },
  codes: { invalid_input: UNPROCESSABLE, conflict: 400 },
  async answer({ activated }, { ask, address }) {
    const { pid } = (await ask("daemon.status", {})) as Fields;
    if (!activated) refuse("conflict", `Steward is already running (PID: ${pid})`);
    const message = "Steward started successfully";
    return { success: true, pid, status: "started", dashboard_url: address ?? null, message, error: null };
  },
};

export const atomStop: Compat = {
  seed: "atom",
  at: "POST /api/agent/stop",
  codes: { conflict: 400 },
  async before({ ask }) {
    if (!isRunning((await ask("daemon.status", {})) as Fields)) refuse("conflict", "Steward is not running");
  },
  answer: () => ({ success: true, status: "stopped", message: "Steward stopped successfully" }),
};

/** What restarts there runs afterwards, whether it ran before or not. */
export const atomRestart: Compat = {
  seed: "atom",
  at: "POST /api/agent/restart",
  input: (theirs) => {
    checkStart(theirs);
    return { standby: false };
  },
  codes: { invalid_input: UNPROCESSABLE, conflict: 400 },
  answer: ({ pid, wasActive }, { address }) => ({
    success: true,
    pid,
    status: "restarted",
    dashboard_url: address ?? null,
    was_running: wasActive,
    message: "Steward is restarting",
  }),
};
