import { expect, test } from "vitest";
import { whatRuns } from "./live-runs.ts";

test("what waits for an answer is counted by the daemon, however little of it is listed", async () => {
  const call = async (operation: string) => {
    if (operation === "approval.list") return { approvals: [{ approvalId: "approval-900" }], next: "x", pending: 812 };
    if (operation === "agent.list") return { agents: [] };
    if (operation === "role.list") return { roles: [] };
    return operation === "run.list" ? { runs: [] } : {};
  };
  expect(await whatRuns(call)).toEqual({ runs: [], tasks: {}, limits: [], paused: [], questions: 812 });
});
