/** The home: whose it is, who may look into it, and whether its socket has a path that works. */
import { constants } from "node:fs";
import { access, lstat, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { isShortSocket } from "../../core/home.ts";
import { elsewhere, mayShutOut, openToOthers } from "../home.ts";
import { type Check, type Finding, note, ok, problem, type Surroundings, warning } from "./finding.ts";

/** Bits that let the group or others write. */
const OTHERS_WRITE = 0o022;

export const home: Check = {
  subject: "home",
  async run(around) {
    const { paths } = around;
    const found = await stat(paths.home).catch(() => undefined);
    if (!found) return [note(`There is no ${paths.home} yet.`, "`steward start` makes it.")];
    if (!found.isDirectory())
      return [problem(`${paths.home} is not a directory.`, "Name another home with --home or STEWARD_HOME.")];
    const findings = [...owner(around, found.uid), ...mode(around, found.mode), ...(await writable(around))];
    return [
      ...(findings.length > 0 ? findings : [ok(`${paths.home} is yours alone and can be written.`)]),
      ...(await settingsMode(around)),
      ...(await socket(around)),
    ];
  },
};

function owner({ paths }: Surroundings, uid: number): Finding[] {
  const us = process.geteuid?.();
  if (us === undefined || uid === us) return [];
  return [
    problem(
      `${paths.home} belongs to user ${uid}, and this is user ${us}.`,
      "Run Steward as its owner, or name another home.",
    ),
  ];
}

function mode({ paths }: Surroundings, bits: number): Finding[] {
  const open = openToOthers(paths.home, bits);
  if (open === undefined) return [];
  return mayShutOut(paths, bits)
    ? [warning(`${open}.`, `chmod 700 ${paths.home}`)]
    : [problem(`${open}, and a home has to shut them out.`, elsewhere(paths.home))];
}

async function writable({ paths }: Surroundings): Promise<Finding[]> {
  try {
    await access(paths.home, constants.W_OK | constants.X_OK);
    return [];
  } catch {
    return [
      problem(`${paths.home} cannot be written.`, "Is its file system mounted read-only? Are its permissions right?"),
    ];
  }
}

/** Whoever may write the settings says which programs run as you. */
async function settingsMode({ paths }: Surroundings): Promise<Finding[]> {
  const found = await stat(paths.settings).catch(() => undefined);
  if (!found || (found.mode & OTHERS_WRITE) === 0) return [];
  return [warning(`${paths.settings} can be written by other users.`, `chmod go-w ${paths.settings}`)];
}

async function socket({ paths }: Surroundings): Promise<Finding[]> {
  if (!isShortSocket(paths.socket)) return [];
  const directory = dirname(paths.socket);
  const found = await lstat(directory).catch(() => undefined);
  if (found && found.uid !== process.geteuid?.()) {
    return [
      problem(
        `The path of the home is too long for a socket, and ${directory}, which would be used instead, belongs to somebody else.`,
        "Choose a home with a shorter path.",
      ),
    ];
  }
  return [note(`The path of the home is too long for a socket; it lies at ${paths.socket}.`)];
}
