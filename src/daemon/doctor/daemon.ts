/** Is there a daemon, does it answer, and what does it say of itself? */
import { readDaemonFacts } from "../../fleet/daemon-file.ts";
import { holderIdentity } from "../presence.ts";
import { type Check, type Finding, note, ok, problem, type Surroundings, warning } from "./finding.ts";

/** It writes `daemon.json` every ten seconds; a heartbeat older than this is late, in ms. */
const LATE_MS = 45_000;

export const daemon: Check = {
  subject: "daemon",
  run: async (around) => (around.daemon.answers ? answering(around, around.daemon.status) : notAnswering(around)),
};

function answering(
  { paths, clock, settings }: Surroundings,
  status: { pid: number; state: string; uptimeSeconds: number; problems: string[] },
): Finding[] {
  const heartbeat = Date.parse(readDaemonFacts(paths.daemon)?.heartbeatAt ?? "");
  const age = clock.now() - heartbeat;
  // Those are told, and mended, elsewhere.
  const isOfSettings = (sentence: string) => [...settings.dangling, ...settings.broken].includes(sentence);
  const isLate = status.uptimeSeconds * 1000 > LATE_MS && !(age <= LATE_MS);
  return [
    ok(`It runs (pid ${status.pid}) and answers.`),
    ...(status.state === "standby"
      ? [note("It is in standby and claims nothing by itself.", "`steward daemon activate` ends that.")]
      : []),
    ...(isLate
      ? [warning(`Its heartbeat in ${paths.daemon} is late.`, "Can that file be written? `steward logs` shows more.")]
      : []),
    ...status.problems
      .filter((sentence) => !isOfSettings(sentence))
      .map((sentence) => problem(sentence, "`steward logs` may tell more.")),
  ];
}

function notAnswering({ paths, clock, daemon: seen }: Surroundings): Finding[] {
  const holder = holderIdentity(paths);
  const facts = readDaemonFacts(paths.daemon);
  const silentMs = seen.answers ? undefined : seen.silentMs;
  if (holder) {
    const since = facts ? ` Its last heartbeat was ${secondsSince(clock.now(), facts.heartbeatAt)} s ago.` : "";
    const silence = silentMs === undefined ? "does not answer" : `did not answer within ${silentMs / 1000} s`;
    return [
      problem(
        `The daemon (pid ${holder.pid}) lives but ${silence}.${since}`,
        "`steward restart` ends it, whatever state it is in, and starts another; agents run on.",
      ),
    ];
  }
  if (silentMs !== undefined) {
    return [
      problem(
        `Something listens at ${paths.socket} and did not answer within ${silentMs / 1000} s.`,
        "`steward restart` makes a new daemon.",
      ),
    ];
  }
  const died = facts
    ? [
        note(
          `An earlier one (pid ${facts.pid}) ended without a word after ${facts.heartbeatAt}.`,
          "The end of `steward logs` may say why.",
        ),
      ]
    : [];
  return [note("None is running.", "`steward start` starts one."), ...died];
}

function secondsSince(now: number, at: string): number {
  return Math.round((now - Date.parse(at)) / 1000);
}
