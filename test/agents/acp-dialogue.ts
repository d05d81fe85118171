/** The Agent Client Protocol, version 1: JSON-RPC on standard input and output. Gemini, OpenCode, Copilot and Qwen speak it. */
import { course, type Dialogue } from "./dialogue.ts";
import { type Message, part, type Wire } from "./wire.ts";

const ARGV: Partial<Record<string, readonly string[]>> = {
  gemini: ["--acp"],
  opencode: ["acp"],
  copilot: ["--acp"],
  // It would begin in a mode in which a model answers in our place.
  qwen: ["--acp", "--approval-mode", "default"],
};

export const acpDialogue: Dialogue = {
  argv: ({ agent }) => ARGV[agent] ?? [],

  async play(wire, turn, place) {
    const clientCapabilities = { fs: { readTextFile: false, writeTextFile: false }, terminal: false };
    const clientInfo = { name: "steward", version: "0.0.0" };
    await call(wire, 1, "initialize", { protocolVersion: 1, clientInfo, clientCapabilities });
    const settings = { cwd: place.cwd, mcpServers: [] };
    const opened =
      place.session === null
        ? await call(wire, 2, "session/new", settings)
        : await call(wire, 2, "session/load", { ...settings, sessionId: place.session });
    const sessionId = place.session ?? String(part(opened.result).sessionId);
    const prompt = [{ type: "text", text: turn.prompt ?? "" }];
    send(wire, { id: 3, method: "session/prompt", params: { sessionId, prompt } });
    const wanted = turn.answer === "allow" ? "allow_once" : "reject_once";
    await course(wire, turn, place, {
      isQuestion: ({ id, method }) => id !== undefined && method !== undefined,
      isLast: ({ id, method }) => id === 3 && method === undefined,
      answer: ({ id, params }) => {
        const options = part(params).options;
        const option = Array.isArray(options) ? options.map(part).find(({ kind }) => kind === wanted) : undefined;
        if (option === undefined) send(wire, { id, result: {} });
        else send(wire, { id, result: { outcome: { outcome: "selected", optionId: option.optionId } } });
      },
      interrupt: (open) => {
        send(wire, { method: "session/cancel", params: { sessionId } });
        if (open !== null) send(wire, { id: open.id, result: { outcome: { outcome: "cancelled" } } });
      },
    });
    return sessionId;
  },
};

const send = (wire: Wire, message: Message) => wire.send({ jsonrpc: "2.0", ...message });

async function call(wire: Wire, id: number, method: string, params: object): Promise<Message> {
  send(wire, { id, method, params });
  return await wire.hear(`the answer to ${method}`, (message) => message.id === id && message.method === undefined);
}
