/** `steward top`: what runs now, drawn anew as things happen, until q. Away from a terminal it is `steward ps`. */
import { isatty } from "node:tty";
import { EXIT } from "../../core/refusal.ts";
import type { Invocation } from "../invocation.ts";
import { openKeys } from "../keys.ts";
import { openScreen } from "../live-runs/screen.ts";
import { screenLines } from "../live-runs/screen-lines.ts";
import { watchRunning } from "../live-runs/watch-running.ts";
import { viewOf } from "../view.ts";
import { ps } from "./ps.ts";

/** How often the spans of time are drawn anew, in ms. */
const TICK_MS = 1_000;

/** A terminal that says nothing of itself. */
const ROWS = 24;

export async function top(invocation: Invocation): Promise<number> {
  const { out, env, json } = invocation;
  if (json || !out.isTerminal || !isatty(0)) return ps(invocation);
  const watching = watchRunning(invocation);
  // The first answer before the screen is taken: without a daemon that is a sentence as everywhere.
  await watching.first;
  const screen = openScreen(1);
  const keys = openKeys(process.stdin);
  const draw = () =>
    screen.draw(
      screenLines(watching.seen(), { now: Date.now(), view: viewOf(out, env), rows: process.stdout.rows || ROWS }),
    );
  watching.onChange(draw);
  process.stdout.on("resize", draw);
  const tick = setInterval(draw, TICK_MS);
  try {
    draw();
    await Promise.race([untilQuit(keys), watching.failed]);
  } finally {
    clearInterval(tick);
    process.stdout.off("resize", draw);
    watching.stop();
    keys.close();
    screen.close();
  }
  return EXIT.ok;
}

/** q, Ctrl-C, or nobody is there any more. */
async function untilQuit(keys: Pick<ReturnType<typeof openKeys>, "key">): Promise<void> {
  for (;;) {
    const key = await keys.key();
    if (key === undefined || key === "q" || key === "Q") return;
  }
}
