/** Copies what a run writes to where the reader is: raw into a pipe or file, made safe for a terminal. */
import type { Invocation } from "./invocation.ts";
import type { Output } from "./output.ts";
import { visibleJson, visibleText } from "./visible.ts";

export interface OutputWanted {
  readonly runId: string;
  readonly stream?: string | undefined;
  readonly from?: number | undefined;
  readonly limit?: number | undefined;
  readonly encoding?: "text" | "base64" | undefined;
}

export interface OutputPart {
  readonly text: string;
  readonly next: number;
  readonly ended: boolean;
}

type Asking = Pick<Invocation, "call" | "follow">;

export async function copyOutput(
  asking: Asking,
  { follow, ...which }: OutputWanted & { readonly follow: boolean },
  output: Output,
): Promise<void> {
  const wanted = { ...which, encoding: output.isTerminal ? ("text" as const) : ("base64" as const) };
  for await (const { text } of follow ? partsToCome(asking, wanted) : partsUntilNow(asking, wanted)) {
    await output.write(output.isTerminal ? visibleText(text) : Buffer.from(text, "base64"));
  }
}

/** Each part as a line of JSON. */
export async function copyParts(
  asking: Asking,
  { follow, ...wanted }: OutputWanted & { readonly follow: boolean },
  output: Output,
): Promise<void> {
  for await (const part of follow ? partsToCome(asking, wanted) : partsUntilNow(asking, wanted))
    await output.write(`${visibleJson(JSON.stringify(part))}\n`);
}

/** All there is now. */
async function* partsUntilNow({ call }: Asking, wanted: OutputWanted): AsyncGenerator<OutputPart> {
  for (let from = wanted.from ?? 0; ; ) {
    const part = (await call("run.output", { ...wanted, from })) as OutputPart;
    if (part.text !== "") yield part;
    if (part.next === from) return;
    from = part.next;
  }
}

/** All there is and will be, until the run ends. */
async function* partsToCome({ follow }: Asking, wanted: OutputWanted): AsyncGenerator<OutputPart> {
  for await (const part of follow("run.output", wanted)) if ("item" in part) yield part.item as unknown as OutputPart;
}
