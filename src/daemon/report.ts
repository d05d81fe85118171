/** How a daemon tells whoever started it that it answers, or why it will not: one JSON line on an inherited descriptor. */
import { closeSync, writeSync } from "node:fs";
import * as z from "zod";

/** Names the descriptor in the daemon's environment. */
export const REPORT_FD = "STEWARD_REPORT_FD";

export const StartReport = z.union([
  z.object({ ready: z.literal(true), pid: z.int() }),
  z.object({
    ready: z.literal(false),
    code: z.string(),
    exitCode: z.int(),
    message: z.string(),
    hint: z.string().optional(),
  }),
]);

export type StartReport = z.output<typeof StartReport>;

/** Once; a starter that has gone away is no reason to fail. */
export function reportStart(report: StartReport): void {
  const fd = Number(process.env[REPORT_FD]);
  delete process.env[REPORT_FD];
  if (!Number.isInteger(fd) || fd < 3) return;
  try {
    writeSync(fd, `${JSON.stringify(report)}\n`);
    closeSync(fd);
  } catch {
    // Nobody listens any more.
  }
}
