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

test("without agents it says how to find some", () => {
  expect(renderAgents({ agents: [] }, pipe)).toContain("steward init");
});
