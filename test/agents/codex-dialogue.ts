/** Codex's app-server: JSON-RPC without its version, questions as requests of the server. */
import { course, type Dialogue } from "./dialogue.ts";
import { type Message, part, type Wire } from "./wire.ts";

export const codexDialogue: Dialogue = {
  argv: () => ["app-server"],

  async play(wire, turn, place) {
    const clientInfo = { name: "steward", title: "Steward", version: "0.0.0" };
    await call(wire, 1, "initialize", { clientInfo, capabilities: null });
    wire.send({ method: "initialized" });
    const settings = { cwd: place.cwd, approvalPolicy: "untrusted", sandbox: "workspace-write" };
    const thread =
      place.session === null
        ? await call(wire, 2, "thread/start", settings)
        : await call(wire, 2, "thread/resume", { ...settings, threadId: place.session, excludeTurns: true });
    const threadId = String(part(part(thread.result).thread).id);
    const input = [{ type: "text", text: turn.prompt ?? "", text_elements: [] }];
    const started = await call(wire, 3, "turn/start", { threadId, input });
    const turnId = part(part(started.result).turn).id;
    await course(wire, turn, place, {
      isQuestion: ({ id, method }) => id !== undefined && method !== undefined,
      isLast: ({ method }) => method === "turn/completed",
      answer: ({ id }) => wire.send({ id, result: { decision: turn.answer === "allow" ? "accept" : "decline" } }),
      interrupt: () => wire.send({ id: 4, method: "turn/interrupt", params: { threadId, turnId } }),
    });
    return threadId;
  },
};

async function call(wire: Wire, id: number, method: string, params: object): Promise<Message> {
  wire.send({ id, method, params });
  return await wire.hear(`the answer to ${method}`, (message) => message.id === id && message.method === undefined);
}
