/** What of the projects of this host is not as their owner may think: for the status of the daemon, which never waits long for it. */
import type { Clock } from "../../core/clock.ts";
import { allProjects } from "../../project/project.store.ts";
import type { Projects } from "../../project/project.ts";
import type { Reader } from "../../store/store.ts";
import { readProjectContent } from "./project-file.ts";
import { trustProblem, trustState } from "./project-trust.ts";

/** Longest that a look at the files of all projects is waited for, in ms. */
const LOOK_MS = 2_000;

export interface ProjectProblemsOptions {
  readonly read: Reader;
  readonly projects: () => Projects;
  readonly clock: Clock;
  readonly contentOf?: typeof readProjectContent;
}

interface Look {
  readonly told: string[];
  /** Where it is; undefined when it has ended. */
  at: { readonly project: string; readonly directory: string } | undefined;
}

/** Each as a sentence. There is one look at a time, at one directory at a time: one that does not answer holds up nothing else. */
export function createProjectProblems(options: ProjectProblemsOptions): () => Promise<readonly string[]> {
  const { clock } = options;
  let now: Promise<readonly string[]> | undefined;
  let next: Promise<readonly string[]> | undefined;
  let late: Look | undefined;

  /** Whoever asks while somebody looks is told by the look after that: files may have changed behind this one. */
  function ask(): Promise<readonly string[]> {
    if (late) return Promise.resolve(tellLate(late));
    if (now) {
      next ??= now
        .catch(() => {})
        .then(() => {
          next = undefined;
          return ask();
        });
      return next;
    }
    now = lookInTime().finally(() => {
      now = undefined;
    });
    return now;
  }

  async function lookInTime(): Promise<readonly string[]> {
    const look: Look = { told: [], at: undefined };
    const { promise: timeUp, resolve } = Promise.withResolvers<"late">();
    const timer = clock.after(LOOK_MS, () => resolve("late"));
    const looking = lookAtAll(options, look).finally(() => timer.cancel());
    if ((await Promise.race([looking, timeUp])) !== "late") return look.told;
    late = look;
    const end = () => {
      late = undefined;
    };
    looking.then(end, end);
    return tellLate(look);
  }

  return ask;
}

async function lookAtAll({ read, projects, contentOf = readProjectContent }: ProjectProblemsOptions, look: Look) {
  const inSettings = new Map(Object.entries(projects()));
  if (inSettings.size === 0) return;
  for (const row of await allProjects(read)) {
    const directory = inSettings.get(row.key)?.directory;
    if (directory === undefined) continue;
    look.at = { project: row.key, directory };
    const problem = trustProblem(row.key, trustState(await contentOf(directory), row));
    if (problem !== undefined) look.told.push(problem);
  }
  look.at = undefined;
}

function tellLate({ told, at }: Look): readonly string[] {
  if (!at) return told;
  const { project, directory } = at;
  return [
    ...told,
    `The project "${project}" was not looked at within ${LOOK_MS / 1000} s, nor were those after it: does ${directory} answer?`,
  ];
}
