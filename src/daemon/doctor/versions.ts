/** Which Node, which Steward, and whether the daemon and whoever asks are the same one. */
import { readDaemonFacts } from "../../fleet/daemon-file.ts";
import { holderIdentity } from "../presence.ts";
import { type Check, type Finding, ok, problem, type Surroundings, warning } from "./finding.ts";

/** The first major version of Node with what the daemon stands on. */
const NODE_MAJOR = 24;

export const versions: Check = {
  subject: "versions",
  run: async (around) => [node(), ...steward(around)],
};

function node(): Finding {
  const { node: version } = process.versions;
  const where = `Node ${version} (${process.execPath})`;
  if (Number.parseInt(version, 10) >= NODE_MAJOR) return ok(`${where}.`);
  return problem(`${where} is too old for Steward.`, `Install Node ${NODE_MAJOR} or newer.`);
}

function steward({ version, askerVersion, daemon, paths }: Surroundings): Finding[] {
  const other = daemon.answers ? askerVersion : runningVersion(paths);
  if (other === undefined || other === version) return [ok(`Steward ${version}.`)];
  const [theDaemon, here] = daemon.answers ? [version, other] : [other, version];
  return [
    warning(
      `The daemon is Steward ${theDaemon}, and this is ${here}.`,
      "`steward restart` brings it up to date; agents run on.",
    ),
  ];
}

function runningVersion(paths: Surroundings["paths"]): string | undefined {
  return holderIdentity(paths) ? readDaemonFacts(paths.daemon)?.version : undefined;
}
