import { expect, test } from "vitest";
import { maskJson, maskText } from "./mask.ts";

test.each<[string, string, readonly string[], string]>([
  ["a secret, wherever it stands", "a key-1 b key-1", ["key-1"], "a [masked] b [masked]"],
  ["secrets that overlap, together", "xabcdex", ["abc", "cde"], "x[masked]x"],
  ["a secret within another one", "xabcdex", ["abcde", "bcd"], "x[masked]x"],
  ["one that repeats itself", "aaaaa", ["aa"], "[masked]"],
  [
    "what a cut has left of one",
    "it was key-1234… and key-12… (7 more characters)",
    ["key-12345678"],
    "it was [masked]… and [masked]… (7 more characters)",
  ],
  ["the beginning of one only where something was cut", "key-1234 key… key-", ["key-12345678"], "key-1234 key… key-"],
  ["nothing where there is none", "plain", ["key-1", ""], "plain"],
])("hides %s", (_, text, secrets, shown) => {
  expect(maskText(text, secrets)).toBe(shown);
});

test("hides it in every text, name and number of JSON, and leaves the rest as it is", () => {
  const input = { command: "curl -H key-12345", "key-12345": [12345678, true, null, { deep: "key-12345!" }], n: 7 };
  expect(maskJson(input, ["key-12345", "345678"])).toEqual({
    command: "curl -H [masked]",
    "[masked]": ["12[masked]", true, null, { deep: "[masked]!" }],
    n: 7,
  });
});
