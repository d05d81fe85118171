/** Makes a home fit to live in: its directories, owned by us and open to nobody else. */
import { chmodSync, mkdirSync, statSync } from "node:fs";
import type { HomePaths } from "../core/home.ts";
import { StartFailure } from "./start-failure.ts";

export function prepareHome(paths: HomePaths): void {
  try {
    mkdirSync(paths.home, { recursive: true, mode: 0o700 });
    assertOurs(paths.home);
    for (const directory of [paths.logs, paths.runs, paths.exits])
      mkdirSync(directory, { recursive: true, mode: 0o700 });
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

/** The file system is what keeps others out, so it has to. */
function assertOurs(home: string): void {
  const { uid, mode } = statSync(home);
  const us = process.getuid?.();
  if (us !== undefined && uid !== us) {
    throw new StartFailure("denied", `The home ${home} belongs to the user ${uid}, and this is ${us}.`, {
      hint: "Run Steward as its owner, or name another home.",
    });
  }
  if ((mode & 0o077) !== 0) chmodSync(home, 0o700);
}
