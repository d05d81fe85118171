/** Server-sent events out of a body of bytes (HTML standard, section 9.2), within bounded memory. */
import { notSteward } from "./errors.ts";

export interface ServerSent {
  readonly event: string;
  readonly data: string;
  readonly id: string;
}

/** Comments (a server's sign of life) are left out, and so is what was not sent whole. */
export async function* serverSentEvents(
  body: AsyncIterable<Uint8Array> | null,
  maxBytes: number,
): AsyncGenerator<ServerSent> {
  const decoder = new TextDecoder();
  let waiting: string[] = [];
  let length = 0;
  let fields = new Map<string, string>();
  for await (const chunk of body ?? []) {
    const text = decoder.decode(chunk, { stream: true });
    length += text.length;
    if (length > maxBytes) throw notSteward("that address");
    waiting.push(text);
    if (!text.includes("\n")) continue;
    const lines = waiting.join("").split("\n");
    waiting = [lines.pop() ?? ""];
    for (const line of lines.map(withoutReturn)) {
      if (line !== "") take(fields, line);
      else {
        const data = fields.get("data");
        if (data !== undefined) yield { event: fields.get("event") ?? "message", data, id: fields.get("id") ?? "" };
        fields = new Map();
      }
    }
    length = (waiting[0] ?? "").length + [...fields.values()].reduce((sum, value) => sum + value.length, 0);
  }
}

function take(fields: Map<string, string>, line: string): void {
  const [, field = "", value = ""] = /^([^:]*)(?:: ?(.*))?$/s.exec(line) ?? [];
  if (field === "") return;
  const more = field === "data" ? fields.get("data") : undefined;
  fields.set(field, more === undefined ? value : `${more}\n${value}`);
}

function withoutReturn(line: string): string {
  return line.endsWith("\r") ? line.slice(0, -1) : line;
}
