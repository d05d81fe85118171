/** Shows the queue while it runs: on a terminal one table that changes in place, elsewhere a line for each change. */
import { styleText } from "node:util";
import type { Task } from "./follow.ts";
import { agentOf, cut, nameOf, seconds, TABLE_WIDTH, tableOf, whatOf } from "./table.ts";

export interface Screen {
  say(text: string): void;
  show(tasks: readonly Task[]): void;
  /** The last table stays. Safe to call when nothing was shown. */
  end(): void;
}

/** How often the times of what runs are drawn anew, in ms. */
const DRAW_MS = 100;

/** Rows beside those of the table that a terminal needs: the heading, and the line that the cursor is on. */
const ROWS_BESIDE = 2;

export function openScreen(stream: NodeJS.WriteStream): Screen {
  const say = (text: string) => void stream.write(`${text}\n`);
  let shown: { show(tasks: readonly Task[]): void; end(): void } | undefined;
  return {
    say,
    show(tasks) {
      const fits = stream.isTTY && stream.columns >= TABLE_WIDTH && stream.rows >= tasks.length + ROWS_BESIDE;
      shown ??= fits ? tableInPlace(stream) : linePerChange(say);
      shown.show(tasks);
    },
    end() {
      shown?.end();
      shown = undefined;
    },
  };
}

function tableInPlace(stream: NodeJS.WriteStream) {
  const HIDE_CURSOR = "\x1b[?25l";
  const SHOW_CURSOR = "\x1b[?25h";
  let tasks: readonly Task[] = [];
  let drawn = 0;
  const draw = () => {
    const lines = tableOf(tasks, Date.now());
    const back = drawn === 0 ? HIDE_CURSOR : `\x1b[${drawn}A`;
    stream.write(`${back}${lines.map((line) => `\x1b[2K${line}\n`).join("")}`);
    drawn = lines.length;
  };
  const timer = setInterval(draw, DRAW_MS);
  return {
    show(now: readonly Task[]) {
      tasks = now;
      draw();
    },
    end() {
      clearInterval(timer);
      draw();
      stream.write(SHOW_CURSOR);
    },
  };
}

/** What is left of a line of 80 columns behind the time. */
const LINE_WIDTH = TABLE_WIDTH - 10;

/** Waiting is not worth a line: the table at the end has everything. */
const SILENT = new Set(["blocked", "queued"]);

function linePerChange(say: (text: string) => void) {
  const began = Date.now();
  const told = new Map<string, string>();
  let last: readonly Task[] = [];
  return {
    show(tasks: readonly Task[]) {
      last = tasks;
      for (const task of parentsLast(tasks)) {
        if (told.get(task.taskId) === task.state) continue;
        told.set(task.taskId, task.state);
        if (!SILENT.has(task.state)) say(changeLine(task, tasks, Date.now() - began));
      }
    },
    end() {
      say("");
      for (const line of tableOf(last, Date.now())) say(line);
    },
  };
}

/** A parent ends because its last sub-task did, in the same moment. */
function parentsLast(tasks: readonly Task[]): Task[] {
  const parents = new Set(tasks.map(({ parentId }) => parentId));
  return [...tasks.filter(({ taskId }) => !parents.has(taskId)), ...tasks.filter(({ taskId }) => parents.has(taskId))];
}

function changeLine(task: Task, tasks: readonly Task[], sinceMs: number): string {
  const at = seconds(Math.max(1, sinceMs)).padStart(6);
  const who = agentOf(task).padEnd(8);
  const line = `${nameOf(task).padEnd(8)}  ${who}  ${task.state.padEnd(9)}  ${whatOf(task, tasks)}`;
  return `  ${styleText("dim", at)}  ${cut(line, LINE_WIDTH)}`;
}
