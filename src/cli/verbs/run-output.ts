/** `steward run output ID [-f]`. */
import { EXIT } from "../../core/refusal.ts";
import type { Invocation } from "../invocation.ts";
import { copyOutput, copyParts, type OutputWanted } from "../run-output.ts";
import { visibleJson } from "../visible.ts";

export async function runOutput(invocation: Invocation): Promise<number> {
  const { input, json, out, call } = invocation;
  const { follow, ...wanted } = input as unknown as OutputWanted & { readonly follow?: boolean };
  if (!json) {
    await copyOutput(invocation, { ...wanted, follow: follow === true }, out);
  } else if (follow) {
    await copyParts(invocation, { ...wanted, follow }, out);
  } else {
    await out.write(`${visibleJson(JSON.stringify(await call("run.output", wanted)))}\n`);
  }
  return EXIT.ok;
}
