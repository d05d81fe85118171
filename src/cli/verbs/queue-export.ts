/** `steward queue export [FILE]`: the daemon gives the queue, the file is written here, for the daemon may not be allowed to. */
import { EXIT } from "../../core/refusal.ts";
import type { Invocation } from "../invocation.ts";
import { visibleJson, visibleLine } from "../visible.ts";
import { writeQueueFile } from "./queue-file.ts";

interface Exported {
  readonly sprintId: string | null;
  readonly text: string;
  readonly tasks: number;
  readonly changed: readonly string[];
  readonly added: readonly string[];
}

export async function exportQueue({ input, json, call, out }: Invocation): Promise<number> {
  const chosen = ["sprint", "import", "project"].filter((name) => input[name] !== undefined);
  const wanted = Object.fromEntries(chosen.map((name) => [name, input[name]]));
  const exported = (await call("queue.export", wanted)) as Exported;
  // `-` is stdout, as it is stdin for an import; a file of that name is ./-
  const file = input.file === undefined || input.file === "-" ? undefined : String(input.file);
  const isWritten = file !== undefined && input.dryRun !== true;
  if (file === undefined && input.dryRun !== true && !json) {
    // For a program or a file: as it is, whatever is in it.
    await out.write(out.isTerminal ? `${visibleJson(exported.text)}` : exported.text);
    return EXIT.ok;
  }
  if (isWritten) writeQueueFile(file, exported.text, { force: input.force === true });
  if (json) {
    const { text: _, ...facts } = exported;
    const told = file === undefined ? exported : { ...facts, file, written: isWritten };
    await out.write(`${visibleJson(JSON.stringify(told))}\n`);
  } else await out.write(report(exported, file, isWritten));
  return EXIT.ok;
}

function report({ sprintId, tasks, changed, added }: Exported, file: string | undefined, isWritten: boolean): string {
  const name = sprintId === null ? "" : ` of ${visibleLine(sprintId)}`;
  const what = `${tasks} tasks${name}: ${changed.length} changed since they were imported, ${added.length} new.`;
  const where = file === undefined ? "" : `${isWritten ? "Written to" : "Would be written to"} ${visibleLine(file)}.\n`;
  return `${what}\n${where}`;
}
