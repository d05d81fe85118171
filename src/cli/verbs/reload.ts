/** `steward daemon reload`: the exit code says whether the file was taken. */
import { EXIT } from "../../core/refusal.ts";
import type { Invocation } from "../invocation.ts";
import { visibleJson, visibleLine } from "../visible.ts";

export async function reload({ call, json, out, err }: Invocation): Promise<number> {
  const result = (await call("daemon.reload", {})) as { changed: boolean; taken: boolean; problems: string[] };
  const isRefused = !result.changed && !result.taken;
  if (json) await out.write(`${visibleJson(JSON.stringify(result))}\n`);
  else {
    for (const problem of result.problems) await err.write(`${visibleLine(problem)}\n`);
    const said = result.changed ? "The settings were read again." : "Nothing has changed.";
    await out.write(`${isRefused ? "The last good settings stay." : said}\n`);
  }
  return isRefused ? EXIT.configuration : EXIT.ok;
}
