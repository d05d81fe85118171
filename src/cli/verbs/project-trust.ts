/** `steward project trust NAME`: shows what the project's own files would change, asks, and trusts exactly what was shown. */
import { isatty } from "node:tty";
import { EXIT } from "../../core/refusal.ts";
import { confirmed } from "../confirm.ts";
import { refusalFailure, usageFailure } from "../failure.ts";
import type { Invocation } from "../invocation.ts";
import { type ProjectSeen, renderPending } from "../render/projects.ts";
import { render } from "../render.ts";
import { visibleJson, visibleLine } from "../visible.ts";

export async function trustProject({ call, input, json, yes, out, err }: Invocation): Promise<number> {
  const project = String(input.project);
  const seen = (await call("project.get", { project })) as ProjectSeen;
  const digest = input.digest === undefined ? undefined : String(input.digest);
  if (digest === undefined && seen.pending === null) return await nothingToTrust(seen, out);
  if (digest === undefined) {
    if (!yes && (json || !isatty(0))) throw unseen(project);
    if (!json) await out.write(renderPending(seen));
    const question = `Trust the files of ${visibleLine(project)}, exactly as they are now?`;
    if (!yes && !(await confirmed({ typed: { summary: question, confirm: question, args: [], fields: [] } }, {}, err)))
      return EXIT.notConfirmed;
  }
  const trusted = await call("project.trust", { project, digest: digest ?? seen.pending?.digest });
  await out.write(json ? `${visibleJson(JSON.stringify(trusted))}\n` : await render("project.trust", trusted));
  return EXIT.ok;
}

async function nothingToTrust(seen: ProjectSeen, out: Invocation["out"]): Promise<number> {
  const [first] = seen.problems;
  if (first !== undefined) {
    throw refusalFailure({ code: "conflict", message: `It cannot be trusted as it is: ${first}` });
  }
  const why = seen.trust === "trusted" ? "is trusted as it is" : "has no files of its own (.steward)";
  await out.write(`${visibleLine(seen.project)} ${why}: there is nothing to trust.\n`);
  return EXIT.ok;
}

function unseen(project: string) {
  return usageFailure(
    "`steward project trust` shows what would change and asks a person at a terminal.",
    `A program asks \`steward project get ${project} --json\`, then gives \`--digest\` of what it saw; --yes agrees unseen.`,
  );
}
