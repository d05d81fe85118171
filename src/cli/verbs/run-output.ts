/** `steward run output ID [-f]`. */
import { EXIT } from "../../core/refusal.ts";
import type { Invocation } from "../invocation.ts";
import { copyOutput } from "../run-output.ts";
import { visibleJson } from "../visible.ts";
import { type OutputWanted, outputParts, patient } from "../waiting.ts";

export async function runOutput({ input, json, out, call }: Invocation): Promise<number> {
  const { follow, ...wanted } = input as unknown as OutputWanted & { readonly follow?: boolean };
  if (!json) {
    await copyOutput(call, { ...wanted, follow: follow === true }, out);
  } else if (follow) {
    for await (const part of outputParts(patient(call, { reached: false }), wanted, true))
      await out.write(`${visibleJson(JSON.stringify(part))}\n`);
  } else {
    await out.write(`${visibleJson(JSON.stringify(await call("run.output", wanted)))}\n`);
  }
  return EXIT.ok;
}
