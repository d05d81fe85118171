/** All role files of one directory: each a role, or what is wrong with it. One that is broken spoils no other. */
import { type Dirent, opendirSync } from "node:fs";
import { join } from "node:path";
import { readBoundedFile, readFailure } from "../../config/bounded-file.ts";
import type { Problem } from "../../config/problem.ts";
import { decodeText } from "../../config/settings-text.ts";
import type { Role } from "../role.ts";
import { Name } from "../task.ts";
import type { RoleFile } from "./role-file.ts";

/** Largest role file, in bytes. */
export const MAX_ROLE_FILE_BYTES = 64 * 1024;
/** Most role files of one directory. */
const MAX_ROLE_FILES = 200;
/** Most entries of the directory that are looked at. */
const MAX_ENTRIES = 2_000;

export interface RoleFiles {
  readonly roles: Readonly<Record<string, Role>>;
  /** Names whose file is there and cannot be used. */
  readonly broken: ReadonlySet<string>;
  readonly problems: readonly Problem[];
  /** False: nobody knows which files there are. */
  readonly isComplete: boolean;
  /** What was read of each, for whoever asks whether it is still the same. */
  readonly bytes: readonly (readonly [name: string, bytes: Buffer])[];
}

/** A directory that is not there has none. Never throws for anything that it may hold. */
export async function readRoleFiles(directory: string): Promise<RoleFiles> {
  const listed = namesIn(directory);
  if (typeof listed === "string") return { ...NONE, problems: [whole(directory, listed)], isComplete: false };
  if (listed.length === 0) return NONE;
  // What reads YAML is loaded with the first role file.
  const { parseRoleFile } = await import("./role-file.ts");
  const roles: Record<string, Role> = {};
  const broken = new Set<string>();
  const problems: Problem[] = [];
  const bytes: [string, Buffer][] = [];
  for (const name of listed) {
    const read = readRoleFile(join(directory, `${name}.md`), parseRoleFile);
    if (read.bytes) bytes.push([name, read.bytes]);
    if ("role" in read) roles[name] = read.role;
    else {
      broken.add(name);
      problems.push(...read.problems);
    }
  }
  return { roles, broken, problems, isComplete: true, bytes };
}

const NONE: RoleFiles = { roles: {}, broken: new Set(), problems: [], isComplete: true, bytes: [] };

/** What is no NAME.md is somebody else's: an editor leaves such files. */
function namesIn(directory: string): string[] | string {
  const names: string[] = [];
  try {
    const entries = opendirSync(directory);
    try {
      let seen = 0;
      for (let entry: Dirent | null = entries.readSync(); entry !== null; entry = entries.readSync()) {
        if (++seen > MAX_ENTRIES) return `has more than ${MAX_ENTRIES} entries`;
        const name = entry.name.endsWith(".md") ? entry.name.slice(0, -3) : "";
        if (Name.safeParse(name).success) names.push(name);
      }
    } finally {
      entries.closeSync();
    }
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "ENOENT" ? [] : readFailure(error);
  }
  return names.length > MAX_ROLE_FILES ? `has more than ${MAX_ROLE_FILES} role files` : names.sort();
}

function readRoleFile(path: string, parse: (text: string, file: string) => RoleFile) {
  let bytes: Buffer;
  try {
    bytes = readBoundedFile(path, MAX_ROLE_FILE_BYTES, { links: false });
  } catch (error) {
    return { problems: [whole(path, readFailure(error))], bytes: undefined };
  }
  const decoded = decodeText(bytes, path);
  return "problem" in decoded ? { problems: [decoded.problem], bytes } : { ...parse(decoded.text, path), bytes };
}

function whole(file: string, message: string): Problem {
  return { file, line: 0, column: 0, path: "", message };
}
