/** What a repository says of its own project: `.steward/project.json` and `.steward/roles/*.md`. It counts only as far as a person trusted exactly this. */
import { createHash } from "node:crypto";
import { lstat } from "node:fs/promises";
import { join } from "node:path";
import * as z from "zod";
import { readBoundedFileAsync, readFailure } from "../../config/bounded-file.ts";
import { fragment } from "../../config/fragment.ts";
import { settingsOf } from "../../config/load.ts";
import type { Problem } from "../../config/problem.ts";
import { decodeText } from "../../config/settings-text.ts";
import { Project } from "../../project/project.ts";
import { Role } from "../role.ts";
import { Name } from "../task.ts";
import { findRoleFiles, parseRoleFiles, type RoleFilesFound } from "./role-files.ts";

/** Largest `project.json`, in bytes. */
const MAX_PROJECT_FILE_BYTES = 64 * 1024;

/** Its own directory, in the project's. */
export const PROJECT_DIRECTORY = ".steward";

/** No agents, no variables and no permissions: these are the host's. */
const fragments = [
  fragment("roles", z.record(Name, Role).prefault({}).describe("Roles of the project's tasks, by name.")),
  fragment("setup", Project.shape.setup),
] as const;

export interface ProjectContent {
  /** Over all that was read, and where; null where there is nothing. */
  readonly digest: string | null;
  readonly roles: Readonly<Record<string, Role>>;
  readonly setup: Project["setup"];
  /** While there are any, none of it can be trusted. */
  readonly problems: readonly Problem[];
}

/** What was understood last, by directory: asked again and again while nothing changes. */
const understood = new Map<string, ProjectContent>();

/** Never throws for anything that may lie there. */
export async function readProjectContent(directory: string): Promise<ProjectContent> {
  const found = await findFiles(directory);
  const digest = digestOf(directory, found);
  const known = understood.get(directory);
  if (known && known.digest === digest) return known;
  const content = await understand(found, digest);
  understood.set(directory, content);
  return content;
}

interface Found {
  readonly path: string;
  /** Or why there are none; undefined where there is no such file. */
  readonly bytes: Buffer | string | undefined;
  readonly roles: RoleFilesFound;
}

async function findFiles(directory: string): Promise<Found> {
  const own = join(directory, PROJECT_DIRECTORY);
  const path = join(own, "project.json");
  for (const link of [own, join(own, "roles")])
    if (await isLink(link)) return { path: link, bytes: "is a symbolic link", roles: { files: [] } };
  return { path, bytes: await readProjectFile(path), roles: await findRoleFiles(join(own, "roles")) };
}

/** Another place is another project, whatever lies there. */
function digestOf(directory: string, { bytes, roles }: Found): string | null {
  if (bytes === undefined && roles.files.length === 0 && !roles.problem) return null;
  const hash = createHash("sha256");
  const add = (name: string, part: Buffer | string) => {
    const kind = typeof part === "string" ? "problem" : "bytes";
    hash.update(`${JSON.stringify([name, kind, Buffer.byteLength(part)])}\n`).update(part);
  };
  add("directory", directory);
  if (bytes !== undefined) add("project.json", bytes);
  for (const { name, bytes: part } of roles.files) add(`roles/${name}.md`, part);
  if (roles.problem) add("roles", roles.problem.message);
  return hash.digest("hex");
}

async function understand(found: Found, digest: string | null): Promise<ProjectContent> {
  const file = parseProjectFile(found);
  const files = await parseRoleFiles(found.roles);
  const roles = { ...file.roles };
  for (const [name, role] of Object.entries(files.roles)) roles[name] = { ...roles[name], ...role };
  return { digest, roles, setup: file.setup, problems: [...file.problems, ...files.problems] };
}

async function readProjectFile(path: string): Promise<Found["bytes"]> {
  try {
    return await readBoundedFileAsync(path, MAX_PROJECT_FILE_BYTES, { links: false });
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "ENOENT" ? undefined : readFailure(error);
  }
}

function parseProjectFile({ path, bytes }: Found) {
  const none = { roles: {}, setup: undefined, problems: [] };
  if (bytes === undefined) return none;
  if (typeof bytes === "string") {
    return { ...none, problems: [{ file: path, line: 0, column: 0, path: "", message: bytes }] };
  }
  const decoded = decodeText(bytes, path);
  if ("problem" in decoded) return { ...none, problems: [decoded.problem] };
  const read = settingsOf(decoded.text, path, fragments);
  return read.ok ? { ...read.settings, problems: [] } : { ...none, problems: read.problems.map(explained) };
}

/** Sections of the settings, and fields of an agent, that people write into a project's file. */
const OF_THE_HOST = /^(host|store|http|webhooks|compat|limits|projects|directory)$/;
const OF_AN_AGENT = /^(roles\..+\.)?(permissions|env|passEnv|runtime|command|cwd|model)$/;

/** What is known elsewhere is no slip of the pen: why it is not known here, and where it belongs. */
function explained(problem: Problem): Problem {
  const { path, message } = problem;
  if (message !== "unknown key") return problem;
  if (path === "agents")
    return {
      ...problem,
      message: "unknown key here: agents are the user's own, and no repository says which programs they are",
      hint: "write them into steward.json; `agent` of a role here can name one",
    };
  const whose = OF_THE_HOST.test(path) ? "this is the host's to say" : OF_AN_AGENT.test(path) && "this is an agent's";
  if (!whose) return problem;
  const hint = OF_THE_HOST.test(path) ? "write it into steward.json" : "write it at that agent in steward.json";
  return { ...problem, message: `unknown key here: ${whose}, and no repository's`, hint };
}

async function isLink(path: string): Promise<boolean> {
  try {
    return (await lstat(path)).isSymbolicLink();
  } catch {
    // What is not there is none; what cannot even be looked at cannot be read either, and that is told where it is read.
    return false;
  }
}
