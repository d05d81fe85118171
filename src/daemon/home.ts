/** Makes a home fit to live in: its directories, owned by us and open to nobody else. */
import { chmodSync, mkdirSync, readdirSync, type Stats, statSync } from "node:fs";
import { dirname, join } from "node:path";
import type { HomePaths } from "../core/home.ts";
import { StartFailure } from "./start-failure.ts";

/** Bits that let the group or others do anything. */
const OTHERS = 0o077;
/** Others may write, or it is shared by agreement (sticky): what lies in it says nothing about whose it is. */
const EVERYBODYS = 0o1002;

export function prepareHome(paths: HomePaths): void {
  try {
    makeDirectory(paths.home);
    makePrivate(paths, statSync(paths.home));
    for (const directory of [paths.logs, paths.runs, paths.exits, paths.roles]) makeDirectory(directory);
  } catch (error) {
    if (error instanceof StartFailure) throw error;
    throw new StartFailure(
      "unavailable",
      `The home ${paths.home} cannot be used: ${error instanceof Error ? error.message : error}.`,
      {
        hint: "Name another one with --home or STEWARD_HOME.",
      },
    );
  }
}

/** Where nothing can be made (/proc), Node's own recursive way tries for ever. */
function makeDirectory(path: string): void {
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory()) return;
  if (dirname(path) !== path) makeDirectory(dirname(path));
  try {
    mkdirSync(path, { mode: 0o700 });
  } catch (error) {
    // Somebody else was faster: several may be started at once.
    if (!statSync(path, { throwIfNoEntry: false })?.isDirectory()) throw error;
  }
}

/** The file system is what keeps others out, so it has to. Only from what is a home, or is to be one, are they shut out. */
function makePrivate(paths: HomePaths, { uid, mode }: Stats): void {
  const us = process.getuid?.();
  if (us !== undefined && uid !== us) {
    throw new StartFailure("denied", `The home ${paths.home} belongs to the user ${uid}, and this is ${us}.`, {
      hint: "Run Steward as its owner, or name another home.",
    });
  }
  const open = openToOthers(paths.home, mode);
  if (open === undefined) return;
  if (!mayShutOut(paths, mode)) {
    throw new StartFailure("denied", `${open}, and a home has to shut them out.`, { hint: elsewhere(paths.home) });
  }
  chmodSync(paths.home, 0o700);
}

/** As the beginning of a sentence; undefined when it is not. */
export function openToOthers(home: string, mode: number): string | undefined {
  if ((mode & OTHERS) === 0) return undefined;
  return `${home} is open to other users (mode ${(mode & 0o7777).toString(8)})`;
}

/** What to do about a directory that is no home and shall be open to others as before. */
export function elsewhere(home: string): string {
  return `Name a directory of its own, which is made when it is not there: --home ${join(home, "steward")}`;
}

/** A home of before, or empty: whatever else it is may be needed by others, as /tmp is. */
export function mayShutOut({ home, settings, database, token, daemon }: HomePaths, mode: number): boolean {
  if ((mode & EVERYBODYS) !== 0) return false;
  const names = new Set(readdirSync(home).map((name) => `${home}/${name}`));
  return names.size === 0 || [settings, database, token, daemon].some((path) => names.has(path));
}
