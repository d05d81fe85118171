/** Fragments like those of real rooms, and settings files in a directory of their own. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import * as z from "zod";
import { scratch } from "../../test/scratch.ts";
import { fragment } from "./fragment.ts";
import { limits } from "./limits.ts";
import { readSettings } from "./load.ts";
import { formatProblem } from "./problem.ts";
import { Value } from "./secret.ts";

const Name = z.string().regex(/^[a-z][\w-]*$/, "must start with a small letter");

const Agent = z.discriminatedUnion("runtime", [
  z.strictObject({
    runtime: z.literal("command").describe("A program."),
    command: z.array(z.string()).min(1).describe("The program and its arguments."),
    env: z.record(z.string(), Value).default({}).describe("What it finds in its environment."),
  }),
  z.strictObject({
    runtime: z.enum(["claude", "codex"]).describe("A vendor's program."),
    model: z.string().describe("The vendor's name of the model."),
  }),
]);

/** Not strict by itself: reading refuses unknown keys all the same. */
const Host = z
  .object({
    maxRuns: z.int().min(1).max(64).default(2).describe("Runs at once."),
    standby: z.boolean().default(false).describe("Wait for the lock."),
    labels: z
      .union([z.string(), z.array(z.string())])
      .optional()
      .describe("One label or several."),
  })
  .prefault({})
  .describe("This host.");

export const FRAGMENTS = [
  fragment("host", Host),
  fragment("agents", z.record(Name, Agent).default({}).describe("Agents by name.")),
  limits,
] as const;

const aDirectory = scratch("settings");

export function settingsFile(content: string | Uint8Array): string {
  const path = join(aDirectory(), "steward.json");
  writeFileSync(path, content);
  return path;
}

/** What is wrong with a file of that content, each problem as `line:column path: message`. */
export function problemsWith(content: string | Uint8Array): string[] {
  const loaded = readSettings(settingsFile(content), FRAGMENTS);
  if (loaded.ok) return [];
  return loaded.problems.map((problem) =>
    formatProblem({ ...problem, file: "" })
      .slice(1)
      .trim(),
  );
}
