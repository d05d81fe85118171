/** A role as a Markdown file: its fields in front matter, what its agent is told as the text below. */
import { judge, problemsOf } from "../../config/judge.ts";
import type { Problem } from "../../config/problem.ts";
import { parseYaml } from "../../config/yaml.ts";
import { Role } from "../role.ts";

export type RoleFile = { readonly role: Role } | { readonly problems: readonly Problem[] };

const Fields = Role.omit({ instructions: true });

/** Never throws for anything that a file may hold. `file` is what problems name. */
export function parseRoleFile(text: string, file: string): RoleFile {
  const whole = (message: string, line: number) => ({
    problems: [{ file, line, column: Math.min(line, 1), path: "", message }],
  });
  if (text.includes("\0")) return whole("has a NUL byte: it is no text", 0);
  const parts = split(text);
  if (parts === undefined) return whole("the front matter is never closed: write --- on a line of its own", 1);
  const instructions = parts.body.trim();
  const told = instructions === "" ? {} : { instructions };
  if (saysNothing(parts.front)) return { role: told };
  const judged = judge(parseYaml(parts.front), Fields);
  if (judged.ok) return { role: { ...judged.value, ...told } };
  return { problems: problemsOf(judged.faults, parts.front, file).map(oneLineDown) };
}

/** Undefined where front matter begins and does not end. */
function split(text: string): { readonly front: string; readonly body: string } | undefined {
  const [first = "", ...rest] = text.split(/\r\n|\r|\n/);
  if (first.trimEnd() !== "---") return { front: "", body: text };
  const end = rest.findIndex((line) => line.trimEnd() === "---");
  return end === -1 ? undefined : { front: rest.slice(0, end).join("\n"), body: rest.slice(end + 1).join("\n") };
}

function saysNothing(front: string): boolean {
  return front.split("\n").every((line) => /^\s*(#.*)?$/.test(line));
}

/** Above the front matter stands its first line. */
function oneLineDown(problem: Problem): Problem {
  return problem.line === 0 ? problem : { ...problem, line: problem.line + 1 };
}
