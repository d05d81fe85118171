/** The wall clock: is it plausible, did it go backwards, does anything keep it right? */
import { stat } from "node:fs/promises";
import { askProgram } from "../../run/process/ask-program.ts";
import { SYSTEM_PATH } from "../../run/process/custody.ts";
import { resolveProgram } from "../../run/process/program.ts";
import { askApart } from "../../store/apart.ts";
import { bootId } from "../presence.ts";
import { type Check, type Finding, note, ok, problem, type Surroundings, warning } from "./finding.ts";

/** No Steward is older than this. */
const SURELY_PAST = Date.parse("2025-01-01T00:00:00Z");
/** Time may lag by so much between two looks without anybody having set it, in ms. */
const SLACK_MS = 60_000;
const TRIAL_MS = 3_000;

export const clock: Check = {
  subject: "clock",
  async run(around, signal) {
    const now = around.clock.now();
    const shown = new Date(now).toISOString();
    if (now < SURELY_PAST) return [problem(`The wall clock says ${shown}, which cannot be.`, "Set it, best by NTP.")];
    const newest = Math.max(...(await Promise.all([newestEventAt(around, signal), ...written(around)])));
    const boot = bootId() ? ` (boot ${bootId()})` : "";
    return [
      newest > now + SLACK_MS
        ? warning(
            `The wall clock says ${shown}, but something here happened at ${new Date(newest).toISOString()}: it went back, or was wrong then.`,
            "Set it right: schedules, ages and retention go by it.",
          )
        : ok(`The wall clock says ${shown}${boot}.`),
      ...(await synchronised(around, signal)),
    ];
  },
};

/** 0 where the store cannot say; why not is told elsewhere. */
async function newestEventAt({ paths }: Surroundings, signal: AbortSignal): Promise<number> {
  const found = await stat(paths.database).catch(() => undefined);
  if (!found || found.size === 0 || found.uid !== process.geteuid?.()) return 0;
  const ask = () =>
    askApart(
      paths.database,
      (read) => read.get<{ at: number }>("SELECT at FROM event ORDER BY id DESC LIMIT 1"),
      signal,
    );
  return await ask().then(
    (event) => event?.at ?? 0,
    () => 0,
  );
}

function written({ paths }: Surroundings): Promise<number>[] {
  return [paths.database, paths.log, paths.daemon].map((path) =>
    stat(path).then(
      ({ mtimeMs }) => mtimeMs,
      () => 0,
    ),
  );
}

/** Silent where there is nobody to ask: in a container the clock is its host's. */
async function synchronised({ env }: Surroundings, signal: AbortSignal): Promise<Finding[]> {
  const PATH = env.PATH ?? SYSTEM_PATH;
  const timedatectl = resolveProgram("timedatectl", { PATH, cwd: "/" });
  if (!timedatectl) return [];
  const asked = await askProgram([timedatectl, "show", "--property=NTPSynchronized", "--value"], {
    env: { PATH },
    cwd: "/",
    limitMs: TRIAL_MS,
    signal,
  });
  if (asked.code !== 0) return [];
  return asked.said === "yes"
    ? [ok("It is kept right by time synchronisation.")]
    : [note("Nothing keeps it right by time synchronisation, or not yet.", "timedatectl set-ntp true")];
}
