/** All role files of one directory: each a role, or what is wrong with it. One that is broken spoils no other. */
import { opendir } from "node:fs/promises";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { readBoundedFileAsync, readFailure } from "../../config/bounded-file.ts";
import type { Problem } from "../../config/problem.ts";
import { decodeText } from "../../config/settings-text.ts";
import type { Role } from "../role.ts";
import { Name } from "../task.ts";

/** Largest role file, in bytes. */
export const MAX_ROLE_FILE_BYTES = 64 * 1024;
/** Most role files of one directory. */
const MAX_ROLE_FILES = 200;
/** Of all of them together, in bytes. */
const MAX_TOTAL_BYTES = 1024 * 1024;
/** Most entries of the directory that are looked at. */
const MAX_ENTRIES = 2_000;

/** Most problems that are told of one file: others have some, too. */
const MAX_TOLD = 10;

const TOO_MUCH = `is not read: with the files before it, it is more than ${MAX_TOTAL_BYTES} bytes`;

interface RoleFileFound {
  readonly name: string;
  readonly path: string;
  /** Or why there are none. */
  readonly bytes: Buffer | string;
}

/** As they lie there: nothing of them is understood yet. */
export interface RoleFilesFound {
  readonly files: readonly RoleFileFound[];
  /** Of the directory as a whole: nobody knows which files there are. */
  readonly problem?: Problem;
}

export interface RoleFiles {
  readonly roles: Readonly<Record<string, Role>>;
  /** Names whose file is there and cannot be used. */
  readonly broken: ReadonlySet<string>;
  readonly problems: readonly Problem[];
  /** False: nobody knows which files there are. */
  readonly isComplete: boolean;
}

/** A directory that is not there has none. Never throws for anything that it may hold. */
export async function findRoleFiles(directory: string): Promise<RoleFilesFound> {
  const names = await namesIn(directory);
  if (typeof names === "string") return { files: [], problem: whole(directory, names) };
  let total = 0;
  const files: RoleFileFound[] = [];
  for (const name of names) {
    const path = join(directory, `${name}.md`);
    const bytes = await readBoundedFileAsync(path, MAX_ROLE_FILE_BYTES, { links: false }).catch(readFailure);
    const size = typeof bytes === "string" ? 0 : bytes.length;
    const isTooMuch = total + size > MAX_TOTAL_BYTES;
    if (!isTooMuch) total += size;
    files.push({ name, path, bytes: isTooMuch ? TOO_MUCH : bytes });
  }
  return { files };
}

export async function parseRoleFiles({ files, problem }: RoleFilesFound): Promise<RoleFiles> {
  if (problem) return { roles: {}, broken: new Set(), problems: [problem], isComplete: false };
  const roles: Record<string, Role> = {};
  const broken = new Set<string>();
  const problems: Problem[] = [];
  for (const { name, path, bytes } of files) {
    // One that is made to be slow keeps nothing waiting longer than it takes alone.
    await setImmediate();
    const read = await parse(path, bytes);
    if ("role" in read) roles[name] = read.role;
    else {
      broken.add(name);
      problems.push(...read.problems.slice(0, MAX_TOLD));
      if (read.problems.length > MAX_TOLD) problems.push(whole(path, `has more than ${MAX_TOLD} problems`));
    }
  }
  return { roles, broken, problems, isComplete: true };
}

export async function readRoleFiles(directory: string): Promise<RoleFiles> {
  return await parseRoleFiles(await findRoleFiles(directory));
}

async function parse(path: string, bytes: Buffer | string) {
  if (typeof bytes === "string") return { problems: [whole(path, bytes)] };
  const decoded = decodeText(bytes, path);
  if ("problem" in decoded) return { problems: [decoded.problem] };
  // What reads YAML is loaded with the first role file.
  const { parseRoleFile } = await import("./role-file.ts");
  return parseRoleFile(decoded.text, path);
}

/** What is no NAME.md is somebody else's: an editor leaves such files. */
async function namesIn(directory: string): Promise<string[] | string> {
  const names: string[] = [];
  try {
    let seen = 0;
    for await (const entry of await opendir(directory)) {
      if (++seen > MAX_ENTRIES) return `has more than ${MAX_ENTRIES} entries`;
      const name = entry.name.endsWith(".md") ? entry.name.slice(0, -3) : "";
      if (Name.safeParse(name).success) names.push(name);
    }
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "ENOENT" ? [] : readFailure(error);
  }
  return names.length > MAX_ROLE_FILES ? `has more than ${MAX_ROLE_FILES} role files` : names.sort();
}

function whole(file: string, message: string): Problem {
  return { file, line: 0, column: 0, path: "", message };
}
