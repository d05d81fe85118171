import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { ACCOUNT, begun, HELLO, hears, type Played, TURN } from "../../../../test/fixtures/codex-talk.ts";

const RECORDED = new URL("../../../../test/fixtures/recordings/codex-0.169.0/", import.meta.url);

/** What the program printed, heard as the answers and news of a talk of ours: the requests of the recording had other numbers. */
function heard(scenario: string): Played {
  const lines = readFileSync(new URL(`${scenario}.stdout.jsonl`, RECORDED), "utf8")
    .split("\n")
    .filter(Boolean);
  const messages = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
  const thread = messages.find(({ result }) => typeof result === "object" && result !== null && "thread" in result);
  const rest = messages.filter(({ method }) => method !== undefined);
  return hears(begun(), HELLO, ACCOUNT, { ...thread, id: 4 }, TURN, ...rest);
}

describe("as the program printed it (0.169.0)", () => {
  test.each([
    ["approved", { ok: true, failure: null }],
    ["denied", { ok: true, failure: null }],
    ["edited", { ok: true, failure: null }],
    ["resumed", { ok: true, failure: null }],
    ["retried", { ok: true, failure: null }],
    ["warned", { ok: true, failure: null }],
    ["interrupted", { ok: false, failure: "interrupted" }],
    ["withdrawn", { ok: false, failure: "interrupted" }],
    ["limited", { ok: false, failure: "limit", until: expect.any(Number) }],
    ["limited-by-key", { ok: false, failure: "limit", until: null }],
    ["unauthorized", { ok: false, failure: "auth" }],
    ["full", { ok: false, failure: "context_full" }],
    ["broken", { ok: false, failure: "server" }],
  ])("%s ends as %j", (scenario, ended) => {
    const { state, news } = heard(scenario);
    expect(state.ended).toMatchObject(ended);
    expect(news.filter(({ type }) => type === "ended")).toHaveLength(1);
  });

  test("every recording is in that table", () => {
    const scenarios = readdirSync(RECORDED).flatMap((name) => /^(.+)\.stdout\.jsonl$/.exec(name)?.[1] ?? []);
    expect(scenarios).toHaveLength(13);
  });

  test.each(["approved", "denied", "withdrawn"])("%s asks once for a command", (scenario) => {
    expect(heard(scenario).asks).toMatchObject([{ tool: "shell", kind: "execute", insists: true }]);
  });

  test("an edit asks for a patch with all that it changes", () => {
    const { asks } = heard("edited");
    expect(asks).toMatchObject([{ tool: "apply_patch", kind: "edit", paths: [expect.stringContaining("/")] }]);
    expect(asks[0]?.input).toMatchObject({ changes: [{ diff: expect.any(String) }] });
  });
});
