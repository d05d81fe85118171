/** A host: one daemon's home on one machine. Two users on one machine are two hosts. */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { availableParallelism, hostname } from "node:os";
import * as z from "zod";
import { fragment } from "../config/fragment.ts";

export const hostSettings = fragment(
  "host",
  z
    .strictObject({
      name: z
        .string()
        .min(1)
        .max(100)
        .optional()
        .describe("How this host is called in lists. Default: the machine's name."),
      maxRuns: z
        .int()
        .min(0)
        .max(1000)
        .optional()
        .describe("How many runs may live on this host at once. Default: its cores, at least 2."),
      custody: z
        .enum(["auto", "namespace", "cgroup", "scan"])
        .default("auto")
        .describe("How runs are kept together so that each can be ended whole: auto takes the best that works here."),
    })
    .prefault({})
    .describe("This host."),
);

/** How many runs may live on this machine at once unless host.maxRuns says. */
export function usualMaxRuns(): number {
  return Math.max(2, availableParallelism());
}

/** Stable for one home on one machine, different for every other. */
export function hostKey(home: string): string {
  return createHash("sha256")
    .update(`${machineId()}\0${process.getuid?.() ?? ""}\0${home}`)
    .digest("hex")
    .slice(0, 32);
}

/** machine-id(5); a machine without one is known by its name. */
function machineId(): string {
  try {
    return readFileSync("/etc/machine-id", "utf8").trim() || hostname();
  } catch {
    return hostname();
  }
}
