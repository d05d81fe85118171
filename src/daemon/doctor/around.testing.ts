/** What the doctor's checks are given in tests, and what they say, a line for each finding. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import { someLimits } from "../../../test/builders.ts";
import { testClock } from "../../../test/clock.ts";
import { scratch } from "../../../test/scratch.ts";
import { NOTES } from "../../../test/stores/notes.ts";
import { homePaths } from "../../core/home.ts";
import type { Migration } from "../../store/store.ts";
import type { Check, Surroundings } from "./finding.ts";

export const directory = scratch("doctor");
export const migrations: readonly Migration[] = [
  NOTES,
  { name: "notes/2", up: () => ["ALTER TABLE note ADD COLUMN colour TEXT"] },
];
const NEVER = new AbortController().signal;

type Rest = Partial<Omit<Surroundings, "settings">> & { readonly settings?: Partial<Surroundings["settings"]> };

export function around({ settings, ...rest }: Rest = {}): Surroundings {
  return {
    paths: homePaths(directory()),
    clock: testClock(Date.now()),
    env: { PATH: process.env.PATH },
    version: "1.0.0",
    askerVersion: undefined,
    migrations,
    daemon: { answers: false, silentMs: undefined },
    http: undefined,
    ...rest,
    settings: {
      source: "file",
      broken: [],
      dangling: [],
      limits: someLimits(),
      custody: "auto",
      isStoreElsewhere: false,
      agents: {},
      ...settings,
    },
  };
}

/** `warning: … → …`, one line for each finding. */
export async function told(check: Check, surroundings: Surroundings = around()): Promise<string[]> {
  const findings = await check.run(surroundings, NEVER);
  return findings.map(({ level, sentence, toDo }) => `${level}: ${sentence}${toDo ? ` → ${toDo}` : ""}`);
}

export function lines(...patterns: readonly RegExp[]) {
  return patterns.map((pattern) => expect.stringMatching(pattern) as unknown);
}

export function program(name: string, script: string): { path: string; PATH: string } {
  const bin = directory();
  writeFileSync(join(bin, name), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  return { path: join(bin, name), PATH: `${bin}:${process.env.PATH}` };
}
