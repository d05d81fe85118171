/** What the system says of a path, told to whoever gave it: another path is needed, or the place does not let us, which may pass. */
import { type Failure, unavailableFailure, usageFailure } from "./failure.ts";

/** Whatever is done about them, this path will not do. */
const WRONG_PATHS: Readonly<Record<string, string>> = {
  ENAMETOOLONG: "a name in it is too long",
  ENOTDIR: "a part of it is no directory",
  EISDIR: "it is a directory",
  ELOOP: "it leads through too many links",
};

/** Of a directory to be made: a link to nowhere stands there, or a file, or it is a place like /proc. */
const UNMADE = new Set(["ENOENT", "EEXIST"]);

const CLOSED_PLACES: Readonly<Record<string, string>> = {
  EACCES: "permission is denied",
  EPERM: "it is not permitted",
  EROFS: "its file system is read-only",
  ENOSPC: "there is no room left",
  EDQUOT: "the quota is used up",
};

/** Undefined for what is not about a path, or for which the path is not to blame: that may be a bug. */
export function pathFailure(thrown: unknown, path = pathOf(thrown), verb = "used"): Failure | undefined {
  const { code = "", syscall } = thrown as NodeJS.ErrnoException;
  if (path === undefined) return undefined;
  const unmade = syscall === "mkdir" && UNMADE.has(code) ? "no directory can be made there" : undefined;
  const wrong = unmade ?? (Object.hasOwn(WRONG_PATHS, code) ? WRONG_PATHS[code] : undefined);
  if (wrong !== undefined) return usageFailure(said(path, verb, wrong, code), "Give another path.");
  const closed = Object.hasOwn(CLOSED_PLACES, code) ? CLOSED_PLACES[code] : undefined;
  if (closed === undefined) return undefined;
  const hint = "See who owns it and its directory, and whether there is room.";
  return unavailableFailure(said(path, verb, closed, code), hint);
}

/** Of a call into the file system that failed. */
function pathOf(thrown: unknown): string | undefined {
  const { path, syscall } = thrown as NodeJS.ErrnoException;
  return typeof path === "string" && syscall !== undefined ? path : undefined;
}

function said(path: string, verb: string, why: string, code: string): string {
  return `${path} cannot be ${verb}: ${why} (${code}).`;
}
