/** `steward workspace diff TASK [--stat]`: all of it, part after part. */
import { EXIT } from "../../core/refusal.ts";
import type { Invocation } from "../invocation.ts";
import { visibleJson, visibleText } from "../visible.ts";

interface Part {
  readonly text: string;
  readonly next: number | null;
  readonly cut: boolean;
}

export async function diffWorkspace({ input, json, call, out, err }: Invocation): Promise<number> {
  if (json) {
    await out.write(`${visibleJson(JSON.stringify(await call("workspace.diff", input)))}\n`);
    return EXIT.ok;
  }
  let from = typeof input.from === "number" ? input.from : 0;
  for (;;) {
    const { text, next, cut } = (await call("workspace.diff", { ...input, from })) as Part;
    await out.write(out.isTerminal ? visibleText(text) : text);
    if (next === null && cut) await err.write("It is longer, and ends here.\n");
    if (next === null || input.limit !== undefined) return EXIT.ok;
    from = next;
  }
}
