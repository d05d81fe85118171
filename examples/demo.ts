/** `npm run demo`: a sprint queue becomes a working program, in a temporary home, by agents that are small real programs. */
import { join } from "node:path";
import { parseArgs, styleText } from "node:util";
import { ask } from "./demo/ask.ts";
import { mustBeComplete, numbersOf } from "./demo/ending.ts";
import { followQueue } from "./demo/follow.ts";
import { leave } from "./demo/leave.ts";
import { furnish, makePlace, type Place } from "./demo/place.ts";
import { prove, TAG } from "./demo/proof.ts";
import { openScreen, type Screen } from "./demo/screen.ts";
import { steward } from "./demo/steward.ts";
import { seconds } from "./demo/table.ts";

const QUEUE = join(import.meta.dirname, "sprint-queue.json");

/** How long the whole queue may take, in ms. */
const QUEUE_LIMIT_MS = 90_000;

/** Exit status of a program that a signal ended: 128 and its number. */
const SIGNALS = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;

const USAGE = "usage: npm run demo [-- --keep]    --keep leaves its files there, to look around";

const keep = readFlags();
process.exitCode = keep === undefined ? 2 : await demo(keep);

async function demo(keep: boolean): Promise<number> {
  const interruption = listenForSignals();
  const screen = openScreen(process.stdout);
  const place = makePlace();
  const progress = { started: false };
  let code = 0;
  try {
    await tell(screen, place, progress, interruption.signal);
  } catch (error) {
    code = interruption.exitCode() ?? 1;
    screen.end();
    screen.say(`\n${interruption.exitCode() ? "Interrupted." : `The demo did not work. ${messageOf(error)}`}`);
  }
  try {
    await leave(place, { started: progress.started, keep });
    screen.say(keep ? whereToLook(place) : "\nNothing is left running and all files are removed; --keep keeps them.");
  } catch (error) {
    code ||= 1;
    screen.say(`\nThe daemon could not be stopped, so ${place.root} is still there. ${messageOf(error)}`);
  }
  return code;
}

async function tell(
  { say, show, end }: Screen,
  place: Place,
  progress: { started: boolean },
  signal: AbortSignal,
): Promise<void> {
  const began = performance.now();
  const fact = (name: string, text: string) => say(`  ${styleText("dim", name.padEnd(8))}${text}`);
  say(`\n${styleText("bold", "Steward demo")}: a sprint queue becomes a program. No network, no model.\n`);
  await furnish(place);
  fact("home", place.home);

  progress.started = true;
  const asked = performance.now();
  const { pid } = (await steward(place.home, "start")) as { pid: number };
  fact("daemon", `pid ${pid}, answers after ${seconds(performance.now() - asked)}`);
  signal.throwIfAborted();

  const imported = (await steward(place.home, "queue", "import", QUEUE)) as Imported;
  for (const [index, line] of importLines(imported).entries()) fact(index === 0 ? "import" : "", line);
  say("");

  const asking = ask(place.home);
  try {
    const tasks = await followQueue({ asking, signal, limitMs: QUEUE_LIMIT_MS, onChange: show });
    end();
    await mustBeComplete(tasks, imported.counts.tasks, asking);
    say(`\n  What they built, at the tag ${TAG}:\n`);
    for (const { command, printed } of await prove(place.repository)) say(`    $ ${command.padEnd(12)}${printed}`);
    say(`\n  ${numbersOf(tasks)}; ${seconds(performance.now() - began)} in all.`);
  } finally {
    asking.close();
  }
}

/** What the demo reads of the report of `queue import`. */
interface Imported {
  readonly sprintId: string | null;
  readonly counts: { readonly tasks: number; readonly byState: Readonly<Record<string, number>> };
  readonly normalised: readonly { readonly task: string | null; readonly message: string }[];
  readonly warnings: readonly unknown[];
}

function importLines({ sprintId, counts, normalised, warnings }: Imported): string[] {
  const states = Object.entries(counts.byState).map(([state, count]) => `${count} ${state}`);
  const orphans = normalised.flatMap(({ task, message }) => (task && message.startsWith("orphaned") ? [task] : []));
  return [
    `${counts.tasks} tasks of ${sprintId}: ${states.join(", ")}`,
    `${normalised.length} fields read otherwise than written, ${warnings.length} warnings`,
    ...orphans.map((task) => `${task} was somebody's whose lease has ended: queued again`),
  ];
}

function whereToLook({ root, home, repository }: Place): string {
  return [
    `\nNothing is left running; the files are kept in ${root}.\nTo look around:`,
    `  git -C ${repository} log --graph --oneline`,
    `  bin/steward --home ${home} start`,
    `  bin/steward --home ${home} task get G003-T01`,
  ].join("\n");
}

/** Undefined when they are not understood. */
function readFlags(): boolean | undefined {
  try {
    return parseArgs({ options: { keep: { type: "boolean", default: false } } }).values.keep;
  } catch (error) {
    console.error(`${messageOf(error)}\n${USAGE}`);
    return undefined;
  }
}

/** The first signal ends the demo in good order; more change nothing, for that is already happening. */
function listenForSignals() {
  const controller = new AbortController();
  let exitCode: number | undefined;
  for (const [signal, code] of Object.entries(SIGNALS)) {
    process.on(signal, () => {
      exitCode ??= code;
      controller.abort();
    });
  }
  // Nobody reads any more: the same as being told to stop.
  process.stdout.on("error", () => controller.abort());
  return { signal: controller.signal, exitCode: () => exitCode };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
