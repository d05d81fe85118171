/** An agent that only talks: enough of Claude Code's control protocol to be heard, and words that tell when they were said. */
import { createInterface } from "node:readline";
import { setTimeout as pause } from "node:timers/promises";

const [words = "1", pauseMs = "0"] = process.argv.slice(2, 4);
const say = (message: object) => void process.stdout.write(`${JSON.stringify(message)}\n`);

/** Until whoever measures has begun to listen, in ms. */
const LISTENING_MS = 1_000;

for await (const line of createInterface({ input: process.stdin })) {
  const { type, request_id } = JSON.parse(line) as { type: string; request_id?: string };
  if (type === "control_request") say({ type: "control_response", response: { subtype: "success", request_id } });
  if (type !== "user") continue;
  say({ type: "system", subtype: "init", session_id: "talker", model: "none" });
  await pause(LISTENING_MS);
  for (let n = 0; n < Number(words); n++) {
    const text = `said at ${(performance.timeOrigin + performance.now()).toFixed(3)}`;
    say({ type: "assistant", message: { id: `${n}`, content: [{ type: "text", text }] } });
    await pause(Number(pauseMs));
  }
  say({ type: "result", subtype: "success", is_error: false, result: "Done." });
}
