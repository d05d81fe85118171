import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { eventually } from "../../../test/lifecycle/eventually.ts";
import { scratch } from "../../../test/scratch.ts";
import { askProgram } from "./ask-program.ts";
import { statOf, systemProc } from "./proc.ts";

const directory = scratch("ask");
const PATH = process.env.PATH ?? "";

const ask = (script: string, { cwd = "/", limitMs = 20_000 } = {}) =>
  askProgram(["/bin/sh", "-c", script], { env: { PATH }, cwd, limitMs });

const lives = (file: string) => statOf(Number(readFileSync(file, "utf8")), systemProc) !== undefined;

test("a program says what it says, on both outputs, and how it ended", async () => {
  expect(await ask("echo out; echo err >&2; exit 3")).toMatchObject({ code: 3, said: expect.stringMatching(/out/) });
  expect(await askProgram(["/no/such"], { env: {}, cwd: "/", limitMs: 1_000 })).toMatchObject({ code: null });
});

test("what it leaves in a session of its own is ended with it, and does not hold the answer back", async () => {
  const cwd = directory();
  const away = `setsid sh -c 'echo $$ > pid.part; mv pid.part pid; exec sleep 1000' & until [ -e pid ]; do :; done; echo done`;
  expect(await ask(away, { cwd })).toEqual({ code: 0, said: "done" });
  expect(lives(join(cwd, "pid"))).toBe(false);
});

test("one that does not end is ended when its time is up, with everything it started", async () => {
  const cwd = directory();
  const { code } = await ask(`setsid sleep 1000 & echo $! > pid; wait`, { cwd, limitMs: 500 });
  expect(code).toBeNull();
  await eventually("it is gone", () => !lives(join(cwd, "pid")));
});
