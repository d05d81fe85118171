/** `steward workflow check NAME | FILE`: a file is read here, without a daemon; it need not lie where workflows lie. */
import { resolve } from "node:path";
import { EXIT } from "../../core/refusal.ts";
import type { Invocation } from "../invocation.ts";
import { render } from "../render.ts";
import { visibleJson } from "../visible.ts";

export async function checkWorkflow({ input, json, out, call }: Invocation): Promise<number> {
  const target = String(input.name);
  const checked = /[./]/.test(target) ? await checkFile(resolve(target)) : await call("workflow.check", input);
  await out.write(json ? `${visibleJson(JSON.stringify(checked))}\n` : await render("workflow.check", checked));
  return (checked as { ok: boolean }).ok ? EXIT.ok : EXIT.runFailed;
}

async function checkFile(file: string) {
  const { readWorkflowFile } = await import("../../task/workflow/files.ts");
  const read = await readWorkflowFile(file);
  const problems = "problems" in read ? read.problems : [];
  return { file, ok: problems.length === 0, problems };
}
