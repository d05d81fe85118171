/** What of the projects of this host is not as their owner may think: for the status of the daemon. */
import { allProjects } from "../../project/project.store.ts";
import type { Projects } from "../../project/project.ts";
import type { Reader } from "../../store/store.ts";
import { readProjectContent } from "./project-file.ts";
import { trustProblem, trustState } from "./project-trust.ts";

/** Each as a sentence. */
export async function projectProblems(read: Reader, projects: Projects): Promise<string[]> {
  if (Object.keys(projects).length === 0) return [];
  const rows = await allProjects(read);
  const told = await Promise.all(
    rows.map(async (row) => {
      const directory = projects[row.key]?.directory;
      if (directory === undefined) return [];
      return trustProblem(row.key, trustState(await readProjectContent(directory), row)) ?? [];
    }),
  );
  return told.flat();
}
