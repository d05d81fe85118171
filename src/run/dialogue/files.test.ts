/** The files of a dialogue: whole lines in, lines out that are said once, events that go on where a checkpoint was. */
import { appendFileSync, mkdirSync, readFileSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { scratch } from "../../../test/scratch.ts";
import { newState } from "../../agent/runtimes/conversation.ts";
import { type Checkpoint, readCheckpoint, writeCheckpoint } from "./checkpoint.ts";
import { NO_EVENTS, openEventLog } from "./event-log.ts";
import { MAX_LINE_BYTES, readLines } from "./lines.ts";
import { openTranscript } from "./transcript.ts";

const directory = scratch("dialogue");
const MIB = 2 ** 20;
const NOW = Date.parse("2026-01-05T08:00:00Z");

describe("lines that an agent printed", () => {
  test("are given whole, from wherever one reads, and the last only when it has ended", () => {
    const path = join(directory(), "stdout.log");
    writeFileSync(path, "one\n\nthrée\nfou");
    expect(readLines(path, 0, MIB).map(({ text }) => text)).toEqual(["one", "", "thrée"]);
    expect(readLines(path, 4, MIB)).toEqual([
      { text: "", next: 5 },
      { text: "thrée", next: 12 },
    ]);
    expect(readLines(path, 12, MIB)).toEqual([]);
    appendFileSync(path, "r\n");
    expect(readLines(path, 12, MIB)).toEqual([{ text: "four", next: 17 }]);
  });

  test("come in pieces that together are all of them, whatever the pieces", () => {
    const path = join(directory(), "stdout.log");
    fc.assert(
      fc.property(fc.array(fc.string({ maxLength: 400_000, unit: "grapheme" })), fc.nat(MIB), (texts, most) => {
        const lines = texts.map((text) => text.replaceAll("\n", " "));
        writeFileSync(path, lines.map((line) => `${line}\n`).join(""));
        const read: (string | undefined)[] = [];
        for (let at = 0, piece = readLines(path, 0, most); piece.length > 0; piece = readLines(path, at, most)) {
          read.push(...piece.map(({ text }) => text));
          at = piece.at(-1)?.next ?? at;
        }
        expect(read).toEqual(lines.map((line) => Buffer.from(line).toString("utf8")));
      }),
      { numRuns: 40 },
    );
  });

  test("that are too long are passed over, and the next is read", () => {
    const path = join(directory(), "stdout.log");
    writeFileSync(path, `${"x".repeat(MAX_LINE_BYTES + 1)}\nnext\n`);
    expect(readLines(path, 0, 100 * MIB).map(({ text }) => text)).toEqual([undefined, "next"]);
  });

  test("that never end are looked at a piece at a time, and what comes after them is read", () => {
    const path = join(directory(), "stdout.log");
    writeFileSync(path, "first\n");
    truncateSync(path, 2 ** 40);
    appendFileSync(path, "\nnext\n");
    const begun = readLines(path, 0, MIB);
    expect(begun.map(({ text }) => text)).toEqual(["first"]);
    const [passed, ...more] = readLines(path, 6, MIB);
    expect(passed).toMatchObject({ text: undefined });
    expect(more).toEqual([]);
    const [further] = readLines(path, passed?.next ?? 0, MIB);
    expect(further).toEqual({ text: "", next: (passed?.next ?? 0) + MIB });
    expect(readLines(path, 2 ** 40 - 10, MIB).map(({ text }) => text)).toEqual(["", "next"]);
  });

  test("are none where there is no file, or something else in its place", () => {
    const at = directory();
    mkdirSync(join(at, "folder"));
    symlinkSync("/etc/passwd", join(at, "link"));
    for (const name of ["missing", "folder", "link"]) expect(readLines(join(at, name), 0, MIB)).toEqual([]);
  });
});

describe("what is said to an agent", () => {
  const said = (path: string) => readFileSync(path, "utf8");

  test("is a line each, and an empty one in the end", () => {
    const path = join(directory(), "stdin.log");
    const transcript = openTranscript(path, 0);
    transcript.say(["one"]);
    transcript.say(["two"]);
    transcript.close();
    expect(said(path)).toBe("one\ntwo\n\n");
  });

  test("before a crash is not said again, in whatever order, and what was begun is finished", () => {
    const path = join(directory(), "stdin.log");
    writeFileSync(path, "old\none\ntwo\nthr");
    const transcript = openTranscript(path, "old\n".length);
    for (const line of ["two", "one", "three", "one"]) transcript.say([line]);
    expect(said(path)).toBe("old\none\ntwo\nthree\none\n");
  });

  test("does not join what nobody wants to finish", () => {
    const path = join(directory(), "stdin.log");
    writeFileSync(path, "torn");
    openTranscript(path, 0).say(["whole"]);
    expect(said(path)).toBe("torn\nwhole\n");
  });

  test("once is said once, wherever the daemon died", () => {
    const lines = ["alpha", "beta", "beta", "gamma"];
    const whole = lines.map((line) => `${line}\n`).join("");
    for (let died = 0; died <= whole.length; died++) {
      const path = join(directory(), "stdin.log");
      writeFileSync(path, whole.slice(0, died));
      const transcript = openTranscript(path, 0);
      transcript.say(lines);
      expect(said(path).split("\n").filter(Boolean).sort()).toEqual([...lines].sort());
    }
  });
});

describe("events of an agent", () => {
  const text = (words: string) => ({ news: { type: "text", text: words } as const, at: NOW });

  test("are numbered, and written on from a checkpoint as if nothing had come after it", () => {
    const path = join(directory(), "events.jsonl");
    const log = openEventLog(path, NO_EVENTS, MIB);
    log.write([text("one"), text("two")]);
    const place = log.place();
    log.write([text("lost")]);
    const next = openEventLog(path, place, MIB);
    next.write([text("three")]);
    const lines = readFileSync(path, "utf8").trim().split("\n");
    expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual([
      { n: 1, at: "2026-01-05T08:00:00.000Z", type: "text", text: "one" },
      { n: 2, at: "2026-01-05T08:00:00.000Z", type: "text", text: "two" },
      { n: 3, at: "2026-01-05T08:00:00.000Z", type: "text", text: "three" },
    ]);
  });

  test("that only tell stop where the file is long enough; those that count go on", () => {
    const path = join(directory(), "events.jsonl");
    const log = openEventLog(path, NO_EVENTS, 200);
    for (let n = 0; n < 50; n++) log.write([text("words")]);
    log.write([{ news: { type: "ended", ok: true, failure: null, reason: null, text: null }, at: NOW }]);
    const lines = readFileSync(path, "utf8").trim().split("\n");
    expect(lines.length).toBeLessThan(6);
    expect(JSON.parse(lines.at(-1) ?? "")).toMatchObject({ type: "ended", n: lines.length });
  });
});

describe("a checkpoint", () => {
  const checkpoint: Checkpoint = {
    runtime: "claude",
    workspace: "/workspace",
    state: newState({ phase: "greeting" }, { session: null, usage: null }),
    heard: 7,
    said: 3,
    events: { size: 0, last: 0 },
    askedMs: 12.5,
    askingSince: null,
    asked: {},
    lastError: null,
  };

  test("is read as it was written", () => {
    const path = join(directory(), "dialogue.json");
    writeCheckpoint(path, checkpoint);
    expect(readCheckpoint(path)).toEqual(checkpoint);
  });

  test.each([
    ["nothing", undefined],
    ["half of it", JSON.stringify(checkpoint).slice(0, 50)],
    ["a list", "[]"],
    ["another runtime", JSON.stringify({ ...checkpoint, runtime: "perl" })],
    ["a negative place", JSON.stringify({ ...checkpoint, heard: -1 })],
    ["asking since no moment", JSON.stringify({ ...checkpoint, askingSince: "noon" })],
    ["no state", JSON.stringify({ ...checkpoint, state: null })],
    ["a state that is none", JSON.stringify({ ...checkpoint, state: { asking: "all" } })],
  ])("that is %s is none", (_, content) => {
    const path = join(directory(), "dialogue.json");
    if (content !== undefined) writeFileSync(path, content);
    expect(readCheckpoint(path)).toBeUndefined();
  });
});
