import { expect, test } from "vitest";
import { problemsWith } from "./example.fixture.ts";
import { LIMIT_DEFAULTS, limits } from "./limits.ts";

test("without a settings file every limit has the value of the tables", () => {
  expect(LIMIT_DEFAULTS).toEqual({
    promptBytes: 1_048_576,
    approvalSeconds: 86_400,
    workspacesBytes: 21_474_836_480,
    approvalInputBytes: 262_144,
    runApprovals: 1_000,
    runAskedSeconds: 604_800,
    resultBytes: 1_048_576,
    titleCharacters: 200,
    dataBytes: 65_536,
    taskNeeds: 1_000,
    queuedTasks: 1_000_000,
    httpBodyBytes: 8_388_608,
    httpHeaderBytes: 16_384,
    httpRequestSeconds: 60,
    httpRequestsPerSecond: 5_000,
    rpcLineBytes: 8_388_608,
    clients: 256,
    unreadBytes: 67_108_864,
    runOutputKeptBytes: 67_108_864,
    runOutputMaxBytes: 4_294_967_296,
    logFileBytes: 52_428_800,
    logFiles: 5,
    pageItems: 50,
    pageMaxItems: 500,
    wipRuns: 1,
    taskAttempts: 3,
    runWallSeconds: 7_200,
    runIdleSeconds: 900,
    runStartSeconds: 60,
    terminateGraceSeconds: 10,
    stopDrainSeconds: 10,
    taskLoops: 3,
    taskStages: 50,
    gateSeconds: 1800,
    handoverBytes: 32768,
    runHandshakeSeconds: 60,
    runProgressSeconds: 180,
    runInterruptSeconds: 3,
    runLeaveSeconds: 10,
    taskSubtasks: 20,
    subtaskLevels: 2,
    approvalHoldSeconds: 60,
    backoffFirstSeconds: 10,
    backoffMaxSeconds: 900,
    scheduleGrainMs: 1_000,
    loopBlockedSeconds: 5,
    loopStuckSeconds: 60,
    crashLoopEnds: 5,
    crashLoopMinutes: 10,
    memoryMb: 512,
    outboxPendingMessages: 1_000,
    outboxDeliveredDays: 7,
    outboxDeadDays: 30,
    freeDiskBytes: 268_435_456,
    eventRetentionDays: 30,
    finishedTaskDays: 90,
    runDirectoryDays: 14,
    requestIdDays: 7,
    backupEveryHours: 24,
    backupsKept: 7,
  });
});

test("a limit that is set leaves the others as they are", () => {
  expect(limits.schema.parse({ clients: 3 })).toEqual({ ...LIMIT_DEFAULTS, clients: 3 });
});

test.each(Object.keys(LIMIT_DEFAULTS))("%s takes no fraction, no negative number and no text", (name) => {
  for (const wrong of ["1.5", "-1", '"5"', "null", "true"]) {
    const problems = problemsWith(`{"limits": {"${name}": ${wrong}}}`);
    expect(problems.filter((problem) => problem.includes(` limits.${name}: `))).toHaveLength(1);
  }
});

test("no wait is longer than a timer can be", () => {
  for (const name of Object.keys(LIMIT_DEFAULTS).filter((name) => name.endsWith("Seconds"))) {
    expect(problemsWith(`{"limits": {"${name}": 2073601}}`)).toContain(
      `1:${17 + name.length} limits.${name}: must be at most 2073600`,
    );
  }
});

test.each([
  ["promptBytes", 9_000_000, "rpcLineBytes"],
  ["runOutputKeptBytes", 5_000_000_000, "runOutputMaxBytes"],
  ["pageItems", 501, "pageMaxItems"],
  ["backoffFirstSeconds", 901, "backoffMaxSeconds"],
  ["loopBlockedSeconds", 61, "loopStuckSeconds"],
])("%s cannot be %i, which is above %s", (lower, value, upper) => {
  const [problem] = problemsWith(`{"limits": {"${lower}": ${value}}}`);
  expect(problem).toContain(`limits.${lower}: must not be above limits.${upper}`);
});
