/** `steward workflow run NAME --input k=v`: inputs are put together here, files among them read here; `--wait` stays to the end. */
import { resolve } from "node:path";
import { readBoundedFile, readFailure } from "../../config/bounded-file.ts";
import { EXIT, REFUSALS } from "../../core/refusal.ts";
import { exitOf, reportLines } from "../attach/report.ts";
import { usageFailure } from "../failure.ts";
import type { Invocation } from "../invocation.ts";
import { render, viewOf } from "../render.ts";
import { readStdin } from "../stdin.ts";
import { visibleJson } from "../visible.ts";
import { patient, settledTask, type TaskSeen } from "../waiting.ts";

/** Largest file that is given as an input, in bytes. */
const INPUT_FILE_BYTES = 4 * 1024 * 1024;

interface Ran {
  readonly dryRun: boolean;
  readonly tasks: readonly { readonly taskId: string }[];
}

export async function runWorkflow(invocation: Invocation): Promise<number> {
  const { call, out, env, json } = invocation;
  const { wait, input = [], inputs = {}, ...rest } = invocation.input;
  const given = { ...(inputs as object), ...(await namedInputs(input as readonly string[])) };
  // A project that is named has a directory of its own.
  const here = rest.project === undefined ? { cwd: process.cwd() } : {};
  const ran = (await call("workflow.run", { ...here, ...rest, inputs: given })) as Ran;
  const isWaited = wait === true && !ran.dryRun;
  if (!json) await out.write(await render("workflow.run", ran, viewOf(out, env)));
  else if (!isWaited) await out.write(`${visibleJson(JSON.stringify(ran))}\n`);
  return isWaited ? await waitForAll(invocation, ran) : EXIT.ok;
}

/** One after the other: whichever ends last, they have all ended. A question is answered while the others are waited for. */
async function waitForAll({ call, err, out, json }: Invocation, ran: Ran): Promise<number> {
  const ended: TaskSeen[] = [];
  for (const { taskId } of ran.tasks) {
    const task = await settledTask(patient(call, { reached: true }), taskId);
    ended.push(task);
    if (!json) await err.write(`${reportLines(task, undefined, Date.now()).join("\n")}\n`);
  }
  if (json) await out.write(`${visibleJson(JSON.stringify({ ...ran, tasks: ended }))}\n`);
  const exits = ended.map(exitOf).filter((exit) => exit !== EXIT.ok);
  // Whoever is asked first can still make all of it complete.
  const isAsked = exits.length > 0 && exits.every((exit) => exit === REFUSALS.approval_required.exit);
  return isAsked ? REFUSALS.approval_required.exit : exits.length > 0 ? EXIT.runFailed : EXIT.ok;
}

async function namedInputs(all: readonly string[]): Promise<Record<string, string>> {
  const given: [string, string][] = [];
  for (const one of all) {
    const equals = one.indexOf("=");
    if (equals < 1) {
      throw usageFailure(
        `--input ${JSON.stringify(one.slice(0, 80))} is not NAME=VALUE.`,
        "Such as --input what='dark mode'.",
      );
    }
    given.push([one.slice(0, equals), await textOf(one.slice(equals + 1))]);
  }
  return Object.fromEntries(given);
}

/** `@FILE` is what is in it; a value that begins with @ is written with two. */
async function textOf(text: string): Promise<string> {
  if (text.startsWith("@@") || !text.startsWith("@")) return text.replace(/^@@/, "@");
  if (text === "@-") return await readStdin();
  const file = resolve(text.slice(1));
  try {
    return readBoundedFile(file, INPUT_FILE_BYTES).toString("utf8");
  } catch (error) {
    throw usageFailure(
      `${file} ${readFailure(error)}.`,
      "After @ comes the path of a file; a value that begins with @ is written @@.",
    );
  }
}
