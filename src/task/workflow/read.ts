/** Reads a workflow from text: what it says, or everything that is wrong with it, each with its place. */
import { createHash } from "node:crypto";
import type { Node } from "jsonc-parser";
import { parseText } from "../../config/jsonc.ts";
import { judge, locate, problemsOf } from "../../config/judge.ts";
import type { Fault, Problem } from "../../config/problem.ts";
import { parseYaml } from "../../config/yaml.ts";
import { wrongIn } from "./check.ts";
import { understoodOf } from "./lenient.ts";
import { type Workflow, WorkflowDefinition, WorkflowName } from "./workflow.ts";

export type Read =
  | { readonly workflow: Workflow /** SHA-256 of the text. */; readonly version: string }
  | { readonly problems: readonly Problem[] };

/** `name`: what its file is called without the ending; undefined when nobody knows. */
export function readWorkflow(text: string, file: string, name: string | undefined): Read {
  const judged = judge(file.endsWith(".json") ? parseText(text) : parseYaml(text), WorkflowDefinition);
  const faults = judged.ok
    ? faultsOf(judged.value, judged.root, text, name)
    : [...judged.faults, ...(judged.said ? faultsBeside(judged.said, text, name) : [])];
  if (!judged.ok || faults.length > 0) return { problems: problemsOf(faults, text, file) };
  const workflow = { ...judged.value, name: name ?? judged.value.name ?? "workflow" };
  return { workflow, version: createHash("sha256").update(text).digest("hex") };
}

type Definition = Pick<Workflow, "inputs" | "tasks"> & { readonly name?: string | undefined };

function faultsOf(value: Definition, root: Node, text: string, name: string | undefined): Fault[] {
  const wrong = wrongIn(value).map(({ written, ...fault }) =>
    within(locate({ ...fault, isName: false }, root), written, text),
  );
  if (value.name === undefined || name === undefined || value.name === name) return wrong;
  const misnamed = { path: ["name"], message: "differs from the name of the file, which is what it is run by" };
  return [locate({ ...misnamed, isName: false }, root), ...wrong];
}

/** Of what else is wrong nothing is hidden by the first. */
function faultsBeside(
  { value, root }: { value: unknown; root: Node },
  text: string,
  name: string | undefined,
): Fault[] {
  const said = WorkflowName.safeParse((value as { name?: unknown } | null)?.name);
  return faultsOf({ ...understoodOf(value), ...(said.success && { name: said.data }) }, root, text, name);
}

/** Points at the words themselves where they stand in the file as they were read; else at the text that has them. */
function within(fault: Fault, written: string | undefined, text: string): Fault {
  const at =
    written === undefined ? -1 : text.slice(fault.offset, fault.end).indexOf(written.split("\n")[0] ?? written);
  return at < 0 ? fault : { ...fault, offset: fault.offset + at };
}
