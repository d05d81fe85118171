/** Writes the settings file whole or not at all; one that is there is only replaced as it was read. */
import { linkSync, readFileSync, realpathSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { readSettings } from "../../config/load.ts";
import { formatProblem } from "../../config/problem.ts";
import { fragments } from "../../settings.ts";
import { refusalFailure, unavailableFailure } from "../failure.ts";

/** Throws a `Failure` when somebody else has made one meanwhile. */
export function writeNewSettings(path: string, text: string): void {
  withDraft(path, text, 0o600, (draft) => {
    try {
      linkSync(draft, path);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "EEXIST") throw changedMeanwhile(path);
      throw error;
    }
    rmSync(draft);
  });
}

/** A link stays a link. Throws a `Failure` when the file no longer says what it said. */
export function replaceSettings(path: string, before: string, text: string): void {
  const file = realpathSync(path);
  withDraft(file, text, statSync(file).mode & 0o777, (draft) => {
    if (readFileSync(file, "utf8") !== before) throw changedMeanwhile(path);
    renameSync(draft, file);
  });
}

/** What could not be read back never becomes the settings. */
function withDraft(path: string, text: string, mode: number, put: (draft: string) => void): void {
  const draft = `${path}.${process.pid}.new`;
  try {
    writeFileSync(draft, text, { mode, flag: "wx" });
    const read = readSettings(draft, fragments);
    if (!read.ok) throw new Error(`the settings as they would be cannot be read: ${read.problems.map(formatProblem)}`);
    put(draft);
  } catch (error) {
    rmSync(draft, { force: true });
    const { code } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    throw unavailableFailure(`${path} cannot be written (${code}).`, "See who owns it and its directory.");
  }
}

function changedMeanwhile(path: string): Error {
  return refusalFailure({
    code: "conflict",
    message: `Somebody else has written ${path} meanwhile; nothing of it was changed.`,
    hint: "Try again.",
  });
}
