/** What Codex does, as news: each item of a turn when it begins and when it is over. Pieces of one in between are not told. */
import type { AgentNews } from "../../agent-event.ts";
import type { Making } from "../conversation.ts";
import { type Fields, fields, inputForEvent, isFields, list, number, outputText, text } from "../json-line.ts";
import { type Change, type CodexOwn, MOST_PATCHES, recall, remember, without } from "./state.ts";

/** Longest patch that is remembered until it was asked about, in characters of JSON: nobody is shown a longer one. */
const MAX_PATCH = 512 * 1024;
/** Longest last word that is remembered, in characters. */
const MAX_LAST_TEXT = 16 * 1024;

export function itemStarted(making: Making<CodexOwn>, params: Fields): void {
  const item = fields(params.item);
  const id = text(item.id, 200);
  const tool = toolOf(item);
  if (!tool || id === null) return;
  const { name, input } = tool;
  making.setOwn({ calls: remember(making.own.calls, id, name) });
  if (item.type === "fileChange") rememberPatch(making, id, item.changes);
  making.tell({ type: "tool", callId: id, name, input: inputForEvent(input), state: "running", output: null });
}

export function itemCompleted(making: Making<CodexOwn>, params: Fields): void {
  const item = fields(params.item);
  making.setOwn({ retryingAfter: null });
  if (item.type === "reasoning" || item.type === "plan") tellThought(making, item);
  else if (item.type !== "agentMessage") tellTool(making, item);
  else if (params.threadId === making.state.session) tellText(making, item);
}

/** Of the agent itself: what its sub-agents say is said to it. */
function tellText(making: Making<CodexOwn>, item: Fields): void {
  const said = text(item.text);
  if (said === null) return;
  making.setOwn({ lastText: text(said, MAX_LAST_TEXT) });
  making.tell({ type: "text", text: said });
}

function tellTool(making: Making<CodexOwn>, item: Fields): void {
  const tool = toolOf(item);
  if (!tool) return;
  const callId = text(item.id, 200) ?? "";
  const { name, output } = tool;
  const { calls, patches } = making.own;
  const input = recall(calls, callId) === undefined ? inputForEvent(tool.input) : null;
  making.setOwn({ calls: without(calls, callId), patches: without(patches, callId) });
  making.tell({ type: "tool", callId, name, input, state: stateOf(item), output });
}

/** For a question about it. */
export function rememberPatch(making: Making<CodexOwn>, id: string, value: unknown): void {
  const changes = list(value).map((change): Change => {
    const { path, kind, diff } = fields(change);
    return { path: String(path ?? ""), kind: kind ?? null, diff: String(diff ?? "") };
  });
  const { patches } = making.own;
  const isShown = changes.length > 0 && JSON.stringify(changes).length <= MAX_PATCH;
  making.setOwn({ patches: isShown ? remember(patches, id, changes, MOST_PATCHES) : without(patches, id) });
}

export function serverTool(server: unknown, tool: unknown): string {
  return `${text(server, 90) ?? "(no server)"}/${text(tool, 100) ?? "(no name)"}`;
}

interface Tool {
  readonly name: string;
  readonly input: unknown;
  readonly output: string | null;
}

/** Undefined for what is no call of a tool. */
function toolOf(item: Fields): Tool | undefined {
  switch (item.type) {
    case "commandExecution": {
      const { command, cwd } = item;
      return { name: "shell", input: { command, cwd }, output: outputText(item.aggregatedOutput) };
    }
    case "fileChange":
      return { name: "apply_patch", input: { changes: item.changes }, output: null };
    case "mcpToolCall": {
      const output = contentText(fields(item.result).content) ?? text(fields(item.error).message);
      return { name: serverTool(item.server, item.tool), input: item.arguments, output: outputText(output) };
    }
    case "dynamicToolCall":
      return { name: text(item.tool, 100) ?? "", input: item.arguments, output: null };
    case "collabAgentToolCall": {
      const { prompt, model } = item;
      return { name: text(item.tool, 100) ?? "sub-agent", input: { prompt, model }, output: null };
    }
    case "webSearch":
      return { name: "web_search", input: { query: item.query, action: item.action }, output: null };
    case "imageView":
      return { name: "view_image", input: { path: item.path }, output: null };
    default:
      return undefined;
  }
}

type ToolState = Extract<AgentNews, { type: "tool" }>["state"];

function stateOf({ status, exitCode }: Fields): ToolState {
  if (status === "declined") return "denied";
  const isFailure = status === "failed" || status === "interrupted" || (number(exitCode) ?? 0) !== 0;
  return isFailure ? "failed" : "completed";
}

function tellThought(making: Making<CodexOwn>, item: Fields): void {
  const parts = item.type === "plan" ? [item.text] : [...list(item.summary), ...list(item.content)];
  const thought = text(parts.filter((part) => typeof part === "string").join("\n\n"));
  if (thought !== null) making.tell({ type: "thought", text: thought });
}

function contentText(content: unknown): string | null {
  const parts = list(content).flatMap((part) => (isFields(part) && typeof part.text === "string" ? [part.text] : []));
  return parts.length === 0 ? null : parts.join("\n");
}
