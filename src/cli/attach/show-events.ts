/** Shows what an agent does as it comes, and hands over to whoever answers its questions. */
import { AgentEvent } from "../../agent/agent-event.ts";
import { closeLine, NOTHING_SHOWN, renderEvent, renderPause, type Shown } from "../agent-events/render-event.ts";
import type { Output } from "../output.ts";
import type { Part } from "../stream.ts";
import type { View } from "../view.ts";

/** When nothing came for so long, what was held back of a word is shown, in ms. */
const PAUSE_MS = 150;

export interface ShowEvents {
  readonly view: View;
  readonly out: Output;
  /** What happened before is not shown, only counted; ISO. */
  readonly since?: string | undefined;
  /** Called for each question; the next event waits for it. */
  readonly onAsked?: ((approvalId: string) => Promise<void>) | undefined;
}

/** `before` is what was shown of earlier runs of the task. Leaves the line ended. */
export async function showEvents(
  parts: AsyncIterable<Part>,
  { view, out, since, onAsked }: ShowEvents,
  before: Shown = NOTHING_SHOWN,
): Promise<Shown> {
  let shown: Shown = { ...before, hasSpoken: false };
  let pause: NodeJS.Timeout | undefined;
  const show = async (rendered: { shown: Shown; text: string }, isSilent = false) => {
    shown = rendered.shown;
    if (rendered.text !== "" && !isSilent) await out.write(rendered.text);
  };
  try {
    for await (const part of parts) {
      clearTimeout(pause);
      const event = "item" in part ? AgentEvent.safeParse(part.item).data : undefined;
      // A mark, or news of a kind that only a newer daemon knows.
      if (!event) continue;
      const isPast = since !== undefined && event.at < since;
      await show(renderEvent(shown, event, view), isPast);
      if (event.type === "permission" && event.state === "asked" && event.approvalId !== null && onAsked) {
        await show(closeLine(shown, view), isPast);
        await onAsked(event.approvalId);
      }
      // A reader that is gone is noticed at the next event.
      if (!isPast) pause = setTimeout(() => void show(renderPause(shown, view)).catch(() => {}), PAUSE_MS);
    }
  } finally {
    clearTimeout(pause);
    await show(closeLine(shown, view));
  }
  return shown;
}
