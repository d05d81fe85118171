/** Claude Code's control protocol: stream-json on both sides, questions as control requests. */
import { course, type Dialogue } from "./dialogue.ts";
import { type Message, part } from "./wire.ts";

const FLAGS = "-p --input-format stream-json --output-format stream-json --verbose --permission-prompt-tool stdio";

export const claudeDialogue: Dialogue = {
  argv: ({ session }) => [...FLAGS.split(" "), ...(session === null ? [] : ["--resume", session])],

  async play(wire, turn, place) {
    const defers = turn.answer === "defer";
    // In seconds; without it a question is withdrawn after ten minutes.
    const hooks = { PreToolUse: [{ matcher: "*", hookCallbackIds: ["hook-0"], timeout: 86_400 }] };
    const request = { subtype: "initialize", ...(defers && { hooks }) };
    wire.send({ type: "control_request", request_id: "init-1", request });
    await wire.hear("the answer to initialize", ({ type }) => type === "control_response");
    if (turn.prompt !== null) {
      const message = { role: "user", content: [{ type: "text", text: turn.prompt }] };
      wire.send({ type: "user", session_id: "", parent_tool_use_id: null, message });
    }
    const respond = (question: Message, response: object) =>
      wire.send({
        type: "control_response",
        response: { subtype: "success", request_id: question.request_id, response },
      });
    await course(wire, turn, place, {
      isQuestion: ({ type }) => type === "control_request",
      isLast: ({ type }) => type === "result",
      answer: (question) => {
        if (turn.answer === "allow")
          respond(question, { behavior: "allow", updatedInput: part(question.request).input });
        else if (turn.answer === "deny") respond(question, { behavior: "deny", message: "A person said no." });
        else respond(question, { hookSpecificOutput: { hookEventName: "PreToolUse", permissionDecision: "defer" } });
      },
      interrupt: () =>
        wire.send({ type: "control_request", request_id: "interrupt-1", request: { subtype: "interrupt" } }),
    });
    return String((await wire.hear("the result", ({ type }) => type === "result")).session_id);
  },
};
