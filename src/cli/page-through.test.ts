import { expect, test } from "vitest";
import { pageThrough, wrap } from "./page-through.ts";

async function read(lines: readonly string[], keys: readonly (string | undefined)[]) {
  const left = [...keys];
  let text = "";
  const whole = await pageThrough({
    lines,
    screen: () => ({ columns: 40, rows: 5 }),
    write: async (more) => {
      text += more;
    },
    keys: { drop: async () => {}, key: async () => left.shift() },
  });
  return { whole, text, keysLeft: left.length };
}

const TEN = Array.from({ length: 10 }, (_, at) => `line ${at + 1}`);

test("what fits is shown at once, and no key is waited for", async () => {
  expect(await read(TEN.slice(0, 4), [])).toEqual({
    whole: true,
    text: "line 1\nline 2\nline 3\nline 4\n",
    keysLeft: 0,
  });
});

test("more than a screen is shown a screen at a time, each after a key, to the last line", async () => {
  const { whole, text, keysLeft } = await read(TEN, [" ", "a", "x"]);
  expect({ whole, keysLeft }).toEqual({ whole: true, keysLeft: 1 });
  expect(text.match(/line \d+/g)).toEqual(TEN);
  expect(text).toContain("-- 6 more lines");
});

test.each([["q"], [undefined]])("whoever leaves with %s has not seen it", async (key) => {
  const { whole, text } = await read(TEN, [" ", key]);
  expect(whole).toBe(false);
  expect(text).not.toContain("line 9");
});

test("a line that is longer than the screen is wide counts as several, and goes on behind a sign", async () => {
  const { text } = await read(["x".repeat(190)], [" "]);
  expect(text).toContain("-- 1 more line");
  expect(wrap("y".repeat(50), 40)).toEqual(["y".repeat(40), `↪ ${"y".repeat(10)}`]);
});

test("wide characters never make a row wider than the screen", () => {
  for (const row of wrap("漢".repeat(100), 40))
    expect([...row].filter((one) => one === "漢").length).toBeLessThanOrEqual(20);
  expect(wrap("漢".repeat(100), 40).join("").replaceAll("↪ ", "")).toBe("漢".repeat(100));
});
