/** What the operations about runs are given, and how they find the run that is meant. */
import * as z from "zod";
import type { RequestMemory } from "../access/request.store.ts";
import type { CatalogSource } from "../agent/catalog.ts";
import type { Limits } from "../config/limits.ts";
import type { Clock } from "../core/clock.ts";
import { parseId } from "../core/ids.ts";
import { refuse } from "../core/refusal.ts";
import type { Reader, Store } from "../store/store.ts";
import type { Engine } from "./engine.ts";
import { type RunRow, runById } from "./run.store.ts";
import type { WorkspaceRoom } from "./workspace/workspace-room.ts";

export interface RunRoom {
  readonly store: Store;
  readonly clock: Clock;
  readonly limits: () => Limits;
  readonly catalog: CatalogSource;
  readonly engine: Engine;
  readonly hostId: number;
  readonly maxRuns: () => number;
  readonly runsDirectory: string;
  readonly secrets: () => readonly string[];
  readonly workspaces: WorkspaceRoom;
  /** Of a request that its caller gave a name. */
  readonly request?: RequestMemory;
}

export const RunRef = z.string().min(1).max(40).describe("A run's id, as run-42.");

export function runNumber(reference: string): number {
  return parseId("run", reference) ?? noSuchRun(reference);
}

export async function mustBeRun(read: Reader, reference: string): Promise<RunRow> {
  return (await runById(read, runNumber(reference))) ?? noSuchRun(reference);
}

function noSuchRun(reference: string): never {
  return refuse("not_found", `There is no run "${reference}".`, {
    hint: "`steward run list` shows what there is.",
    data: { runId: reference },
  });
}
