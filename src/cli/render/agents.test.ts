import { expect, test } from "vitest";
import { renderAgents } from "./agents.ts";

const agent = { agent: "claude", runtime: "claude", roles: ["default"], healthy: true, problem: null };
const terminal = { isLive: true, hasControl: true, columns: 80 };
const pipe = { isLive: false, hasControl: false, columns: undefined };

test("an agent that may do anything unasked is red where somebody watches, and plain elsewhere", () => {
  const agents = { agents: [{ ...agent, permissions: "yolo" }] };
  expect(renderAgents(agents, terminal)).toContain("\u001b[31myolo\u001b[0m");
  expect(renderAgents(agents, pipe)).not.toContain("\u001b");
});

test("others are not", () => {
  expect(renderAgents({ agents: [{ ...agent, permissions: "ask" }] }, terminal)).not.toContain("\u001b");
});

test("an agent at its limit is said to be, and until when, and which run tries", () => {
  const limit = { until: "2026-01-05T08:30:00.000Z", reason: "five_hour", runId: null };
  const shown = (more: object) => renderAgents({ agents: [{ ...agent, permissions: "ask", ...more }] }, pipe);
  expect(shown({ limit })).toContain("at its limit until 2026-01-05T08:30:00.000Z: five_hour");
  expect(shown({ limit: { ...limit, runId: "run-7" } })).toContain("run-7 tries whether its limit is over");
  expect(shown({ limit: null })).not.toContain("limit until");
});

test("without agents it says how to find some", () => {
  expect(renderAgents({ agents: [] }, pipe)).toContain("steward init");
});
