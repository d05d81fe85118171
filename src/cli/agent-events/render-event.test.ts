import { describe, expect, test } from "vitest";
import type { AgentEvent } from "../../agent/agent-event.ts";
import { columnsOf } from "../columns.ts";
import type { View } from "../view.ts";
import { closeLine, NOTHING_SHOWN, renderEvent, renderPause } from "./render-event.ts";

const PIPE: View = { isLive: false, hasControl: false, columns: undefined };
const terminal = (columns: number): View => ({ isLive: true, hasControl: true, columns });
const plain = (columns: number): View => ({ isLive: true, hasControl: false, columns });

type Happened = AgentEvent extends infer E ? (E extends AgentEvent ? Omit<E, "n" | "at"> : never) : never;

const AT = "2030-01-31T10:00:00.000Z";

/** All that is written for these, and the line ended. */
function written(view: View, ...happened: Happened[]): string {
  let shown = NOTHING_SHOWN;
  let text = "";
  for (const [i, event] of happened.entries()) {
    const rendered = renderEvent(shown, { n: i + 1, at: AT, ...event } as AgentEvent, view);
    text += rendered.text;
    shown = rendered.shown;
  }
  return text + closeLine(shown, view).text;
}

const text = (said: string) => ({ type: "text", text: said }) as const;
const tool = (state: "running" | "completed" | "failed" | "denied", input: unknown, more: object = {}) =>
  ({ type: "tool", callId: "c1", name: "Bash", input, state, output: null, ...more }) as const;
const usage = (inputTokens: number, costUsd: number | null = null) =>
  ({ type: "usage", inputTokens, outputTokens: 10, cacheReadTokens: 0, cacheWriteTokens: 0, costUsd }) as const;

/** What a terminal shows of it in the end: lines that were written anew, without colours. */
function seen(out: string): string[] {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: taking what steers a terminal away is the purpose
  const plainText = out.replace(/\u001b\[[\d;]*m/g, "");
  return plainText.split("\n").map((line) => line.slice(line.lastIndexOf("\u001b[2K") + 1).replace(/^\[2K/, ""));
}

describe("what an agent does, in a pipe", () => {
  test.each<[string, Happened[], string]>([
    [
      "pieces of text flow together",
      [text("\n\nHel"), text("lo, "), text("Ada.\n"), text("Bye")],
      "Hello, Ada.\nBye\n",
    ],
    [
      "a tool is one line, when it has ended",
      [text("Look:"), tool("running", { command: "npm test\n--all" }), tool("completed", null), text("Good.")],
      "Look:\n  ✓ Bash  npm test --all\nGood.\n",
    ],
    [
      "a tool that failed shows the beginning of what it said",
      [tool("failed", { command: "x" }, { output: "one\n\ntwo\nthree\nfour" })],
      "  ✗ Bash  x\n      one\n      two\n      three\n",
    ],
    ["a denied one says so", [tool("denied", { command: "rm -rf /" })], "  ⊘ Bash  rm -rf /  (denied)\n"],
    ["thoughts are marked", [{ type: "thought", text: "Hm" }, text("Yes")], "(thinking) Hm\nYes\n"],
    ["what was spent ends what was said", [text("One."), usage(5), text("Two.")], "One.\nTwo.\n"],
    [
      "what whoever answered said stands below, whole",
      [
        {
          ...{ type: "permission", callId: "c1", tool: "", input: null, approvalId: "approval-7", state: "denied" },
          note: `Run\u001b[2J the tests first${", really".repeat(20)}.`,
        },
      ],
      `  ⊘ approval-7: denied\n    said: Run\\e[2J the tests first${", really".repeat(20)}.\n`,
    ],
    [
      "questions stand out, and their answers name them",
      (["asked", "approved", "denied", "expired", "withdrawn"] as const).map((state) => ({
        type: "permission",
        callId: "c1",
        tool: "Bash",
        input: { command: "npm i" },
        approvalId: "approval-7",
        state,
        note: null,
      })),
      [
        "  ? approval-7: may it? Bash  npm i",
        "  ✓ approval-7: approved  Bash  npm i",
        "  ⊘ approval-7: denied  Bash  npm i",
        "  ⊘ approval-7: nobody answered in time  Bash  npm i",
        "  · approval-7: no longer asked  Bash  npm i\n",
      ].join("\n"),
    ],
    [
      "tries are told",
      [{ type: "retrying", attempt: 1, afterMs: 2_000, reason: "429 rate_limit" }],
      "  ↻ tries again in 2 s (try 2): 429 rate_limit\n",
    ],
    [
      "errors and bad ends are told",
      [
        { type: "error", message: "no\nnetwork" },
        { type: "ended", ok: false, failure: "auth", reason: "Invalid API key", text: null },
      ],
      "! no network\n✗ auth: Invalid API key\n",
    ],
    [
      "an agent that left with its question is no error",
      [{ type: "ended", ok: false, failure: "deferred", reason: "tool_deferred", text: null }],
      "  · it left, and comes back with the answer\n",
    ],
    ["a tool that nobody has heard of is one all the same", [tool("completed", null, { name: "" })], "  ✓ a tool\n"],
    [
      "a last word that was never said is said",
      [{ type: "ended", ok: true, failure: null, reason: null, text: "Done.\nAll of it." }],
      "Done.\nAll of it.\n",
    ],
    [
      "a last word that was said is not said again",
      [text("Done."), { type: "ended", ok: true, failure: null, reason: null, text: "Done." }],
      "Done.\n",
    ],
    [
      "who it is, as far as it tells",
      [{ type: "started", session: "s", model: "opus", version: null }],
      "  · model opus\n",
    ],
  ])("%s", (_, happened, shown) => {
    expect(written(PIPE, ...happened)).toBe(shown);
  });

  test("a limit is told when it comes near, once for each step, and when it is reached", () => {
    const limit = (usedPercent: number | null, blocked = false, resetsAt: string | null = null) =>
      ({ type: "limit", scope: "five_hour", blocked, resetsAt, usedPercent }) as const;
    const out = written(PIPE, limit(50), limit(82), limit(85), limit(93), limit(null, true, "2030-01-31T12:05:00Z"));
    expect(out.split("\n")).toEqual([
      "  · 82 % of the limit five_hour are used",
      "  · 93 % of the limit five_hour are used",
      "  ‖ the limit five_hour is reached; it resets in 2 h 5 min",
      "",
    ]);
  });

  test("what was spent is summed", () => {
    let shown = NOTHING_SHOWN;
    for (const event of [usage(100, 0.5), usage(20), usage(3, 0.25)])
      shown = renderEvent(shown, { n: 1, at: AT, ...event }, PIPE).shown;
    expect(shown.usage).toMatchObject({ inputTokens: 123, outputTokens: 30, costUsd: 0.75 });
  });
});

describe("at a terminal", () => {
  test("a tool's line is there while it runs and written anew when it has ended", () => {
    const out = written(terminal(40), tool("running", { command: "npm test" }), tool("completed", null), text("Ok"));
    expect(out).toContain("… Bash  npm test");
    expect(seen(out)).toEqual(["  ✓ Bash  npm test", "Ok", ""]);
  });

  test("a tool whose line was followed by something else ends on a line of its own", () => {
    const out = written(terminal(40), tool("running", "a"), text("meanwhile"), tool("completed", null));
    expect(seen(out)).toEqual(["  … Bash  a", "meanwhile", "  ✓ Bash  a", ""]);
  });

  test("words are not broken, however they come in, and wide characters count twice", () => {
    const piecewise = [..."one two three 漢字漢字漢字 four"].map(text);
    expect(seen(written(terminal(11), ...piecewise))).toEqual(["one two", "three 漢字", "漢字漢字", "four", ""]);
    expect(seen(written(terminal(21), text("👩‍👩‍👧 family and e\u0301 accents")))).toEqual([
      "👩‍👩‍👧 family and e\u0301",
      "accents",
      "",
    ]);
  });

  test("a word longer than a line is left whole", () => {
    const url = `https://example.org/${"x".repeat(60)}`;
    expect(seen(written(terminal(30), text(`See ${url} there`)))).toEqual(["See", `${url} there`, ""]);
  });

  test("what is held back of a word is shown when nothing more comes", () => {
    const { shown, text: first } = renderEvent(NOTHING_SHOWN, { n: 1, at: AT, ...text("half a wo") }, terminal(40));
    const pause = renderPause(shown, terminal(40));
    const rest = renderEvent(pause.shown, { n: 2, at: AT, ...text("rd more ") }, terminal(40));
    expect([first, pause.text, rest.text]).toEqual(["half a", " wo", "rd more"]);
  });

  test.each([20, 33, 80])("no line but of text is broken by %i columns", (columns) => {
    const long = { command: "字".repeat(300), nested: { deep: "x".repeat(500) } };
    const out = written(
      terminal(columns),
      tool("running", long),
      tool("failed", null, { output: `${"y".repeat(500)}\n👩‍👩‍👧${"z".repeat(100)}` }),
      {
        type: "permission",
        callId: "c",
        tool: "T".repeat(200),
        input: long,
        approvalId: null,
        state: "asked",
        note: null,
      },
      { type: "error", message: "e".repeat(300) },
    );
    for (const line of seen(out)) expect(columnsOf(line)).toBeLessThan(columns);
  });

  test("without colours nothing steers the terminal", () => {
    const out = written(plain(40), tool("running", "a"), { type: "thought", text: "hm" }, tool("completed", "a"));
    expect(out).toBe("(thinking) hm\n  ✓ Bash  a\n");
  });
});

describe("an agent that means harm", () => {
  const EVIL = "\u001b]0;owned\u0007\u001b[2J\u009b31m\u202eabc\r\u0000\u2028x";
  const everywhere: Happened[] = [
    { type: "started", session: EVIL, model: EVIL, version: EVIL },
    text(EVIL),
    { type: "thought", text: EVIL },
    tool("running", { command: EVIL }, { name: EVIL }),
    tool("failed", { [EVIL]: [EVIL] }, { name: EVIL, output: EVIL }),
    { type: "permission", callId: "c", tool: EVIL, input: EVIL, approvalId: EVIL, state: "asked", note: EVIL },
    { type: "limit", scope: EVIL, blocked: true, resetsAt: EVIL, usedPercent: null },
    { type: "retrying", attempt: 1, afterMs: -5, reason: EVIL },
    { type: "error", message: EVIL },
    { type: "ended", ok: false, failure: EVIL, reason: EVIL, text: EVIL },
  ];

  test.each([
    ["a pipe", PIPE],
    ["a terminal", terminal(40)],
    ["a terminal without colours", plain(40)],
  ] as const)("cannot steer %s with anything that it says", (_, view) => {
    const out = written(view, ...everywhere);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: what may be there
    const ours = out.replaceAll("\r\u001b[2K", "").replaceAll(/\u001b\[(?:0|[\d;]+)m/g, "");
    // biome-ignore lint/suspicious/noControlCharactersInRegex: what must not be there
    expect(ours).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/);
    if (!view.hasControl) expect(out).not.toContain("\u001b");
  });

  test.each<[string, unknown]>([
    ["marks without end on one letter", `a${"\u0301".repeat(100_000)}`],
    ["half characters", "\ud83d".repeat(1_000)],
    ["a list in a list in a list", JSON.parse(`${"[".repeat(5_000)}${"]".repeat(5_000)}`)],
    ["names of an object's own", JSON.parse('{"__proto__": {"command": "x"}, "constructor": 1}')],
    ["a million letters", "x".repeat(1_000_000)],
  ])("gets one bounded line for %s", (_, input) => {
    const out = written(terminal(40), tool("completed", input));
    expect(out.split("\n")).toHaveLength(2);
    expect(out.length).toBeLessThan(2_000);
    expect(out.isWellFormed()).toBe(true);
  });

  test("with calls that never end costs no more memory", () => {
    let shown = NOTHING_SHOWN;
    for (let n = 1; n <= 1_000; n++)
      shown = renderEvent(shown, { n, at: AT, ...tool("running", "x"), callId: `c${n}` }, PIPE).shown;
    expect(shown.tools.size).toBe(200);
  });
});
