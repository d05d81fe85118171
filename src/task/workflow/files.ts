/** Where workflows lie, and what lies there. Read when somebody asks; the library that reads them is loaded with the first. */
import { existsSync } from "node:fs";
import { opendir } from "node:fs/promises";
import { setImmediate as breath } from "node:timers/promises";
import { formatProblem, type Problem } from "../../config/problem.ts";
import { readSettingsText } from "../../config/settings-text.ts";
import { closest, didYouMean } from "../../config/suggest.ts";
import { refuse } from "../../core/refusal.ts";
import { type Workflow, WorkflowName } from "./workflow.ts";

/** Largest file of a workflow, in bytes. */
const MAX_FILE_BYTES = 256 * 1024;

/** Most files of workflows in one directory. */
const MAX_FILES = 200;

/** Most entries of a directory that are looked at. */
const MAX_ENTRIES = 10_000;

const ENDINGS = [".yaml", ".yml", ".json"] as const;

/** Where workflows may lie. Of two of the same name that of the first directory counts. */
export function workflowDirectories(home: string): readonly string[] {
  return [`${home}/workflows`];
}

export interface FoundWorkflow {
  readonly file: string;
  readonly workflow: Workflow;
  /** SHA-256 of the file. */
  readonly version: string;
}

/** Everything that can be used, and what is wrong with the rest: a broken file hides no other. */
export async function listWorkflows(
  directories: readonly string[],
): Promise<{ readonly found: readonly FoundWorkflow[]; readonly problems: readonly Problem[] }> {
  const found = new Map<string, FoundWorkflow>();
  const problems: Problem[] = [];
  for (const directory of directories) {
    const { files, problem } = await filesIn(directory);
    if (problem) problems.push(problem);
    for (const file of files) {
      await breath();
      const name = nameOf(file);
      const earlier = found.get(name);
      const read = earlier ? { problems: [taken(file, earlier.file)] } : await readWorkflowFile(file);
      if (!("problems" in read)) found.set(name, read);
      else problems.push(...read.problems);
    }
  }
  return { found: [...found.values()].sort((a, b) => (a.workflow.name < b.workflow.name ? -1 : 1)), problems };
}

/** Refuses with `not_found`, or with `conflict` and all problems when its file is broken. */
export async function findWorkflow(directories: readonly string[], name: string): Promise<FoundWorkflow> {
  const { file, problems: ambiguous } = await fileOf(directories, name);
  const read = ambiguous ? { problems: ambiguous } : await readWorkflowFile(file);
  if (!("problems" in read)) return read;
  const [first] = read.problems;
  const more = read.problems.length > 1 ? ` (and ${read.problems.length - 1} more)` : "";
  return refuse("conflict", `The workflow ${name} cannot be used: ${first ? formatProblem(first) : ""}${more}`, {
    hint: `\`steward workflow check ${name}\` shows everything that is wrong with it.`,
    data: { problems: read.problems },
  });
}

/** What `workflow.check` tells. */
export async function checkWorkflow(directories: readonly string[], name: string) {
  const { file, problems } = await fileOf(directories, name);
  const read = problems ? { problems } : await readWorkflowFile(file);
  return { file, ...read };
}

export async function readWorkflowFile(
  file: string,
): Promise<FoundWorkflow | { readonly problems: readonly Problem[] }> {
  const whole = (message: string, hint?: string): { problems: Problem[] } => ({
    problems: [{ file, line: 0, column: 0, path: "", message, ...(hint !== undefined && { hint }) }],
  });
  const name = nameOf(file);
  if (!WorkflowName.safeParse(name).success) {
    return whole("its name is none that a workflow can have", "1 to 64 letters, digits, _ - and begins with a letter");
  }
  const text = readSettingsText(file, MAX_FILE_BYTES);
  if ("missing" in text) return whole("does not exist");
  if ("problem" in text) return { problems: [text.problem] };
  const { readWorkflow } = await import("./read.ts");
  const read = readWorkflow(text.text, file, name);
  return "problems" in read ? read : { file, ...read };
}

async function fileOf(directories: readonly string[], name: string) {
  for (const directory of directories) {
    const [file, other] = ENDINGS.map((ending) => `${directory}/${name}${ending}`).filter((path) => existsSync(path));
    if (file !== undefined) return { file, problems: other === undefined ? undefined : [taken(other, file)] };
  }
  const names = (await Promise.all(directories.map(filesIn))).flatMap(({ files }) => files.map(nameOf));
  const meant = closest(name, names);
  return refuse("not_found", `There is no workflow "${name}"${meant === undefined ? "." : `; ${didYouMean(meant)}`}`, {
    hint: `Workflows are files such as ${directories[0]}/${name}.yaml; \`steward workflow list\` shows what there is.`,
    data: { name },
  });
}

function taken(file: string, earlier: string): Problem {
  const message = `there is a workflow of this name already: ${earlier}`;
  return { file, line: 0, column: 0, path: "", message, hint: "rename one of the two" };
}

/** Sorted, so that it does not matter how the disk has them. What is no such file is passed over. */
async function filesIn(directory: string): Promise<{ readonly files: readonly string[]; readonly problem?: Problem }> {
  const whole = (message: string) => ({ file: directory, line: 0, column: 0, path: "", message });
  const files: string[] = [];
  let entries = 0;
  try {
    for await (const { name } of await opendir(directory)) {
      if (++entries > MAX_ENTRIES) break;
      if (ENDINGS.some((ending) => name.endsWith(ending)) && !name.startsWith(".")) files.push(`${directory}/${name}`);
    }
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    // Nobody has written one yet.
    return code === "ENOENT" ? { files } : { files, problem: whole(`cannot be read (${code})`) };
  }
  files.sort();
  if (entries > MAX_ENTRIES || files.length > MAX_FILES) {
    return {
      files: files.slice(0, MAX_FILES),
      problem: whole(`has more than ${MAX_FILES} workflows; the rest is left out`),
    };
  }
  return { files };
}

/** `feature` of `…/feature.yaml`. */
export function nameOf(file: string): string {
  return file.replace(/^.*\//s, "").replace(/\.(yaml|yml|json)$/, "");
}
