/** What an agent does, as somebody wants to read it live: one event after the other becomes text. Pure. */
import { type AgentEvent, addUsage, NO_USAGE, type Usage } from "../../agent/agent-event.ts";
import { cutToColumns } from "../columns.ts";
import { lineColumns, toned, type View } from "../view.ts";
import { visibleText } from "../visible.ts";
import { type Flow, flowOn, NEW_FLOW, settled } from "./flow.ts";
import { endedLine, type Line, limitLine, permissionLines, retryingLine, startedLine } from "./lines.ts";
import { type ToolSeen, toolLines } from "./tool-lines.ts";

/** Tools whose input is remembered for when they end; beyond that the oldest is forgotten. */
const TOOLS = 200;

export interface Shown {
  /** What the line that is not ended yet holds. */
  readonly open: "nothing" | "text" | "thought" | "tool";
  readonly flow: Flow;
  /** The call whose line is open. */
  readonly openCall: string | null;
  readonly tools: ReadonlyMap<string, ToolSeen>;
  readonly usage: Usage;
  /** Of limits: what was told last, so that it is told once. */
  readonly limitTold: string;
  /** It has said something. */
  readonly hasSpoken: boolean;
}

export const NOTHING_SHOWN: Shown = {
  open: "nothing",
  flow: NEW_FLOW,
  openCall: null,
  tools: new Map(),
  usage: NO_USAGE,
  limitTold: "",
  hasSpoken: false,
};

export interface Rendered {
  readonly shown: Shown;
  readonly text: string;
}

/** ECMA-48: to the beginning of the line, and erase it. */
const LINE_ANEW = "\r\u001b[2K";

export function renderEvent(shown: Shown, event: AgentEvent, view: View): Rendered {
  switch (event.type) {
    case "text":
      return flowing({ ...shown, hasSpoken: true }, "text", event.text, view);
    case "thought":
      return flowing(shown, "thought", event.text, view);
    case "tool":
      return tool(shown, event, view);
    case "usage": {
      // Told after what it paid for: what comes next is said anew.
      const closed = shown.open === "text" ? closeLine(shown, view) : { shown, text: "" };
      return { ...closed, shown: { ...closed.shown, usage: addUsage(shown.usage, event) } };
    }
    case "limit": {
      const { line, told } = limitLine(event, shown.limitTold);
      return lines({ ...shown, limitTold: told }, line ? [line] : [], view);
    }
    case "started":
      return lines(shown, startedLine(event), view);
    case "permission":
      return lines(shown, permissionLines(event), view);
    case "retrying":
      return lines(shown, [retryingLine(event)], view);
    case "error":
      return lines(shown, [{ text: `! ${event.message}`, tones: ["red"] }], view);
    case "ended":
      // Its last word is mostly what it said before.
      if (event.ok && !shown.hasSpoken && event.text !== null) return said(shown, event.text, view);
      return lines(shown, event.ok ? [] : [endedLine(event)], view);
  }
}

/** Writes what was held back of a word; the line stays open. */
export function renderPause(shown: Shown, view: View): Rendered {
  if (shown.open !== "text" && shown.open !== "thought") return { shown, text: "" };
  const { flow, text } = settled({ flow: shown.flow, text: "" }, flowColumns(view));
  return { shown: { ...shown, flow }, text: painted(text, shown.open, view) };
}

/** Ends the line, so that something else can be written. */
export function closeLine(shown: Shown, view: View): Rendered {
  const { shown: settledShown, text } = renderPause(shown, view);
  const isAtStart = shown.open !== "tool" && settledShown.flow.column === 0;
  const end = shown.open === "nothing" || isAtStart ? "" : "\n";
  return { shown: { ...settledShown, open: "nothing", openCall: null, flow: NEW_FLOW }, text: text + end };
}

function flowing(shown: Shown, kind: "text" | "thought", piece: string, view: View): Rendered {
  const closed = shown.open === kind ? { shown, text: "" } : closeLine(shown, view);
  const isNew = shown.open !== kind;
  // Where colour cannot tell what is only thought, a mark does.
  const mark = isNew && kind === "thought" && !view.hasControl ? "(thinking) " : "";
  const { flow, text } = flowOn(closed.shown.flow, mark + piece, flowColumns(view));
  return { shown: { ...closed.shown, open: kind, flow }, text: closed.text + painted(text, kind, view) };
}

function said(shown: Shown, text: string, view: View): Rendered {
  const flowed = flowing({ ...shown, hasSpoken: true }, "text", text, view);
  const closed = closeLine(flowed.shown, view);
  return { shown: closed.shown, text: flowed.text + closed.text };
}

function flowColumns(view: View): number | undefined {
  return view.columns === undefined ? undefined : lineColumns(view);
}

function painted(text: string, kind: "text" | "thought", view: View): string {
  return kind === "thought" ? toned(view, text, "dim") : text;
}

function tool(shown: Shown, event: Extract<AgentEvent, { type: "tool" }>, view: View): Rendered {
  const before = shown.tools.get(event.callId);
  const seen = { name: event.name || before?.name || "", input: event.input ?? before?.input ?? null };
  const tools = new Map([...shown.tools].filter(([callId]) => callId !== event.callId).slice(-TOOLS + 1));
  const isRunning = event.state === "running";
  if (isRunning) tools.set(event.callId, seen);
  const told = toolLines(seen, event);
  const [first, ...more] = told.map((line) => lineText(line, view));
  const isOpen = shown.openCall === event.callId;
  // While it runs its line is only worth showing to somebody who watches, and can be written anew.
  if (isRunning && !view.hasControl) return { shown: { ...shown, tools }, text: "" };
  const closed = isOpen ? { shown, text: LINE_ANEW } : closeLine(shown, view);
  if (isRunning) {
    const open = { ...closed.shown, tools, open: "tool", openCall: event.callId } as const;
    return { shown: open, text: closed.text + first };
  }
  const text = [first, ...more].map((line) => `${line}\n`).join("");
  return { shown: { ...closed.shown, tools, open: "nothing", openCall: null }, text: closed.text + text };
}

function lines(shown: Shown, told: readonly Line[], view: View): Rendered {
  if (told.length === 0) return { shown, text: "" };
  const closed = closeLine(shown, view);
  return { shown: closed.shown, text: closed.text + told.map((line) => `${lineText(line, view)}\n`).join("") };
}

/** One line, whatever it says: cut where the terminal would break it, unless it is to be read whole. */
export function lineText({ text, tones, isWhole }: Line, view: View): string {
  const safe = visibleText(text)
    .replaceAll(/[\n\t]+/g, " ")
    .trimEnd();
  return toned(view, isWhole ? safe : cutToColumns(safe, lineColumns(view)), ...tones);
}
