import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { anAgent } from "../../test/builders.ts";
import { Webhook } from "../event/outbox/webhook.ts";
import { settingsNotes } from "./settings-notes.ts";

function aHome(): string {
  const home = mkdtempSync(join(tmpdir(), "steward-notes-"));
  onTestFinished(() => rmSync(home, { recursive: true, force: true }));
  return home;
}

const aWebhook = (more: object) =>
  Webhook.parse({ url: "https://example.com/hook", topics: ["*"], secret: { env: "KEY" }, ...more });

const ofTopics = (...topics: string[]) => settingsNotes({ webhooks: { ops: aWebhook({ topics }) }, agents: {} }, "/");
const ofCommand = (...command: string[]) => settingsNotes({ webhooks: {}, agents: { a: anAgent({ command }) } }, "/");

test("a topic that no event has is told, with the one that was meant", () => {
  expect(ofTopics("task.completed", "task.*", "*")).toEqual([]);
  expect(ofTopics("task.*", "task.failled")).toEqual([
    'webhooks.ops.topics[1]: there is no event "task.failled"; did you mean "task.failed"?',
  ]);
  expect(ofTopics("tsk.*")).toEqual(['webhooks.ops.topics[0]: there is no event "tsk.*"; did you mean "task.*"?']);
  expect(ofTopics("weather.turned")).toEqual([expect.stringContaining("docs/reference/events.md")]);
});

test("what is nearly a placeholder is told; other braces are the program's own", () => {
  expect(ofCommand("sh", "-c", "{prompt} {taskId} awk '{print}' {a}")).toEqual([]);
  expect(ofCommand("claude", "-p", "{promt}", "--id={task_id}")).toEqual([
    "agents.a.command[2]: {promt} is not filled in; did you mean {prompt}?",
    "agents.a.command[3]: {task_id} is not filled in; did you mean {taskId}?",
  ]);
});

test("a secret whose file is missing or empty is told, beside the settings file as elsewhere, and never its value", () => {
  const home = aHome();
  writeFileSync(join(home, "key"), "s3cret");
  writeFileSync(join(home, "empty"), "\n");
  const file = (path: string) => ({ file: path });
  const webhooks = { ops: aWebhook({ secret: file("key"), headers: { "X-Key": file("gone"), "X-Plain": "text" } }) };
  const agents = { a: anAgent({ env: { KEY: file("empty"), OTHER: file(join(home, "key")) } }) };
  expect(settingsNotes({ webhooks, agents }, home)).toEqual([
    expect.stringMatching(/^webhooks\.ops\.headers\.X-Key: The secret \{ file gone \} .*ENOENT/),
    "agents.a.env.KEY: The secret { file empty } is empty.",
  ]);
});
