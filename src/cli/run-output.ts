/** Copies what a run writes to where the reader is: raw into a pipe or file, made safe for a terminal. */
import type { Invocation } from "./invocation.ts";
import type { Output } from "./output.ts";
import { visibleText } from "./visible.ts";
import { type OutputWanted, outputParts, patient } from "./waiting.ts";

export async function copyOutput(
  call: Invocation["call"],
  wanted: OutputWanted & { readonly follow: boolean },
  output: Output,
): Promise<void> {
  const { follow, ...which } = wanted;
  const encoding = output.isTerminal ? "text" : "base64";
  for await (const { text } of outputParts(patient(call, { reached: false }), { ...which, encoding }, follow)) {
    await output.write(output.isTerminal ? visibleText(text) : Buffer.from(text, "base64"));
  }
}
