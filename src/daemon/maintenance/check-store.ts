/** Is the store whole, and does it keep its own laws? Asked apart from the event loop where that is possible. */

import type { Log } from "../../core/log.ts";
import { brokenLaws } from "../../run/laws.ts";
import { askApart } from "../../store/apart.ts";
import type { Reader, Store } from "../../store/store.ts";
import { integrityProblems } from "../../store/verify.ts";
import type { Duty } from "./duty.ts";

export interface StoreCheck {
  readonly ok: boolean;
  readonly problems: readonly string[];
  /** Null when it is too damaged to be counted. */
  readonly counted: { readonly tasks: number; readonly runs: number; readonly events: number } | null;
}

/** Problems told of one kind. */
const MOST = 100;

/** A store that is no file is asked itself. */
export async function checkStore(where: { readonly file: string } | Pick<Store, "read">): Promise<StoreCheck> {
  if ("read" in where) return await lawsOf(where.read);
  try {
    return await askApart(where.file, async (read) => {
      const damage = await integrityProblems(read, "full", MOST);
      // What the laws say of a damaged file is anybody's guess.
      return damage.length > 0 ? { ok: false, problems: damage, counted: null } : await lawsOf(read);
    });
  } catch (error) {
    // Too damaged even for that question.
    const why = error instanceof Error ? error.message : String(error);
    return { ok: false, problems: [`${where.file} cannot be read: ${why}`], counted: null };
  }
}

const DAY_MS = 24 * 3600_000;

/** Damage is found before somebody needs what is damaged, and while the backups that lack it are still kept. */
export function checkDuty(log: Log, check: () => Promise<StoreCheck>): Duty {
  return {
    name: "store check",
    everyMs: DAY_MS,
    async run() {
      const { problems } = await check();
      if (problems[0] === undefined) return;
      log.error("the store is not as it should be", { problems });
      throw new Error(`${problems[0]} (\`steward store check\` shows all ${problems.length})`);
    },
  };
}

async function lawsOf(read: Reader): Promise<StoreCheck> {
  const problems = await brokenLaws(read, MOST);
  const count = async (table: string) =>
    Number((await read.get<{ n: number }>(`SELECT count(*) AS n FROM ${table}`))?.n ?? 0);
  const counted = { tasks: await count("task"), runs: await count("run"), events: await count("event") };
  return { ok: problems.length === 0, problems, counted };
}
