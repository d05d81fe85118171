import { expect, test } from "vitest";
import { FRAGMENTS, settingsFile } from "./example.fixture.ts";
import { readSettings } from "./load.ts";
import { HIDDEN, showSettings } from "./show.ts";

test("what is shown are the effective settings, with references as they were written", () => {
  const env = { A: { env: "KEY" }, B: { file: "/run/key" }, C: "plain" };
  const agent = { runtime: "command", command: ["x"], env };
  const loaded = readSettings(settingsFile(JSON.stringify({ agents: { a: agent } })), FRAGMENTS);
  if (!loaded.ok) throw new Error("the file is good");
  const shown = showSettings(loaded.settings);
  expect(shown).toEqual(loaded.settings);
  expect(shown.host.maxRuns).toBe(2);
});

test.each([
  "token",
  "API_KEY",
  "apiKey",
  "GITHUB_TOKEN",
  "githubToken",
  "dbPassword",
  "client-secret",
  "AWS_SECRET_ACCESS_KEY",
])("a plain text called %s is hidden, a reference of that name is not", (name) => {
  const ref = { env: "X" };
  expect(showSettings({ a: [{ [name]: "s3cret" }], b: { [name]: ref } })).toEqual({
    a: [{ [name]: HIDDEN }],
    b: { [name]: ref },
  });
  expect(showSettings({ [name]: ["s3cret"] })).toEqual({ [name]: [HIDDEN] });
});

test.each(["tokenFile", "monkey", "keyboard", "maxTokensNote", "secretary"])("%s is shown", (name) => {
  expect(showSettings({ [name]: "text" })).toEqual({ [name]: "text" });
});
