/** `steward store restore [FILE]`: a backup takes the place of a store that is broken or lost. Only while no daemon runs. */
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { owner } from "../../access/owner.ts";
import { actorLabel } from "../../core/actor.ts";
import { iso, systemClock } from "../../core/clock.ts";
import { EXIT } from "../../core/refusal.ts";
import { holderOf } from "../../daemon/presence.ts";
import { type Restored, restoreStore } from "../../daemon/restore-store.ts";
import { takeHomeLock } from "../../fleet/lock.ts";
import { migrations } from "../../tables.ts";
import { refusalFailure, unavailableFailure } from "../failure.ts";
import type { Invocation } from "../invocation.ts";
import { prepare } from "../prepare.ts";
import { isStoreElsewhere } from "../store-elsewhere.ts";
import { visibleLine } from "../visible.ts";

export async function restore(invocation: Invocation): Promise<number> {
  const { paths, input, json, out } = invocation;
  const lock = hold(invocation);
  try {
    const from = typeof input.file === "string" && input.file !== "latest" ? resolve(input.file) : "latest";
    const restored = await restoreStore({ paths, migrations, clock: systemClock, actor: actorLabel(owner()), from });
    await out.write(json ? `${JSON.stringify(report(restored))}\n` : sentences(restored));
    return EXIT.ok;
  } catch (error) {
    // Loaded apart from us, its class is a copy: it is known by its name.
    if (!(error instanceof Error) || error.name !== "StoreUnusable") throw error;
    throw unavailableFailure(error.message, (error as Error & { hint: string }).hint);
  } finally {
    lock.release();
  }
}

function hold({ paths }: Invocation): { release(): void } {
  if (isStoreElsewhere(paths.settings)) {
    throw refusalFailure({
      code: "conflict",
      message: "The store of this home is a PostgreSQL database and no file of ours to replace.",
      hint: "Restore it with pg_restore while no daemon runs on it.",
    });
  }
  if (!existsSync(paths.home)) {
    throw refusalFailure({
      code: "not_found",
      message: `There is no home ${paths.home}.`,
      hint: "Name it with --home.",
    });
  }
  prepare(paths);
  const lock = takeHomeLock(paths.lock);
  if (lock) return lock;
  const pid = holderOf(paths);
  throw refusalFailure({
    code: "conflict",
    message: `The home ${paths.home} is held by ${pid === undefined ? "a daemon" : `the daemon with pid ${pid}`}.`,
    hint: "`steward stop` first; agents run on.",
  });
}

function report({ from, aside, facts, passedOver }: Restored): object {
  return { restored: true, from, aside, passedOver, until: iso(facts.newestAt), tasks: facts.tasks, runs: facts.runs };
}

function sentences({ from, aside, facts, passedOver }: Restored): string {
  const until = iso(facts.newestAt);
  return [
    ...passedOver.map((why) => `Passed over: ${why}`),
    `Restored ${facts.tasks} tasks and ${facts.runs} runs from ${from}.`,
    until === null
      ? "Nothing ever happened in it."
      : `What happened after ${until} is lost; what ended since may be done again.`,
    ...(aside === null ? [] : [`The store that was there is kept at ${aside}.`]),
    "`steward start` goes on with it.",
  ]
    .map((line) => `${visibleLine(line)}\n`)
    .join("");
}
