/** Writes the role files of a preset: never over what somebody changed, unless they say so, and then theirs is kept beside it. */
import { linkSync, mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { readBoundedFile } from "../../config/bounded-file.ts";
import { MAX_ROLE_FILE_BYTES } from "../../task/project/role-files.ts";
import { refusalFailure, usageFailure } from "../failure.ts";

/** What becomes of files that are there and say something else: nothing is done at all, they stay, or they make room. */
const EXISTING = ["refuse", "keep", "replace"] as const;
export type Existing = (typeof EXISTING)[number];

export interface RoleText {
  readonly role: string;
  readonly text: string;
}

export interface RolesWritten {
  /** Paths of the files that are new, or replaced. */
  readonly written: readonly string[];
  /** Those that say something else and stayed. */
  readonly kept: readonly string[];
  /** What was replaced, as it is called now. */
  readonly aside: readonly string[];
}

/** Most old versions of a file that lie beside it. */
const MAX_OLD = 1_000;

export function existingNamed(word: string): Existing {
  const known = EXISTING.find((one) => one === word);
  if (known) return known;
  throw usageFailure(`--existing is not ${JSON.stringify(word)}.`, `It is one of ${EXISTING.join(", ")}.`);
}

/** Changes nothing. Refuses what `writeRoles` would refuse. */
export function mayWriteRoles(directory: string, roles: readonly RoleText[], existing: Existing): void {
  const { others } = lookAt(directory, roles);
  if (existing === "refuse" && others.length > 0) throw isThere(others.map(({ path }) => path));
}

/** All or none. */
export function writeRoles(directory: string, roles: readonly RoleText[], existing: Existing = "refuse"): RolesWritten {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  mayWriteRoles(directory, roles, existing);
  const { missing, others } = lookAt(directory, roles);
  const replaced = existing === "replace" ? others : [];
  const undo: (() => void)[] = [];
  try {
    const aside = replaced.map(({ path }) => {
      const old = putAside(path);
      undo.push(() => renameSync(old, path));
      return old;
    });
    for (const { path, text } of [...missing, ...replaced]) {
      writeNew(path, text);
      undo.push(() => rmSync(path, { force: true }));
    }
    const written = [...missing, ...replaced].map(({ path }) => path).sort();
    return { written, kept: existing === "keep" ? others.map(({ path }) => path) : [], aside };
  } catch (error) {
    for (const step of undo.reverse()) step();
    throw error;
  }
}

interface Place {
  readonly path: string;
  readonly text: string;
}

/** Those that are not there yet, and those in whose place something else is. */
function lookAt(directory: string, roles: readonly RoleText[]): { missing: Place[]; others: Place[] } {
  const places = roles.map(({ role, text }) => ({ path: join(directory, `${role}.md`), text }));
  const there = new Map(places.map(({ path }) => [path, textOf(path)]));
  return {
    missing: places.filter(({ path }) => there.get(path) === undefined),
    others: places.filter(({ path, text }) => there.get(path) !== undefined && there.get(path) !== text),
  };
}

/** Undefined where nothing is; null for what is no role file: a link, a directory, too large, not to be read. */
function textOf(path: string): string | null | undefined {
  try {
    return readBoundedFile(path, MAX_ROLE_FILE_BYTES, { links: false }).toString("utf8");
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "ENOENT" ? undefined : null;
  }
}

/** Under a name that is free and that no role has: it does not end in .md. */
function putAside(path: string): string {
  for (let number = 1; number <= MAX_OLD; number++) {
    const old = `${path}.~${number}~`;
    if (textOf(old) !== undefined) continue;
    renameSync(path, old);
    return old;
  }
  throw refusalFailure({
    code: "conflict",
    message: `${path} was replaced ${MAX_OLD} times already; no role was written.`,
    hint: "Remove old versions of it.",
  });
}

/** Never half, and never over one that somebody else has just written. */
function writeNew(path: string, text: string): void {
  const draft = `${path}.${process.pid}.new`;
  writeFileSync(draft, text, { mode: 0o600, flag: "wx" });
  try {
    linkSync(draft, path);
  } catch (error) {
    throw (error as NodeJS.ErrnoException).code === "EEXIST" ? isThere([path]) : error;
  } finally {
    rmSync(draft, { force: true });
  }
}

function isThere(paths: readonly string[]): Error {
  const [said, they] = paths.length === 1 ? ["is there already and says", "it"] : ["are there already and say", "them"];
  return refusalFailure({
    code: "conflict",
    message: `${paths.join(", ")} ${said} something else; nothing was changed.`,
    hint: `The same again with \`--existing keep\` leaves ${they} and writes the others; with \`--existing replace\` the preset's take their place, and yours stay beside them (NAME.md.~1~).`,
    data: { paths },
  });
}
