/** One conversation with a daemon in standby in a new home: every operation, what it gives and what it refuses. */

export interface Step {
  readonly ask: string;
  readonly with?: Readonly<Record<string, unknown>>;
}

export const settings = {
  host: { maxRuns: 8, name: "here" },
  limits: { terminateGraceSeconds: 1, scheduleGrainMs: 10, promptBytes: 2048, backupEveryHours: 0 },
  agents: { shell: { runtime: "command", command: ["sh", "-c", "{prompt}"] } },
  roles: { builder: { agent: "shell", wipLimit: 3, attempts: 1 }, tester: {} },
};

const queue = JSON.stringify({
  sprint: { id: "SPRINT-7" },
  tasks: [{ id: "T1", title: "Plan it", status: "ready", priority: 1 }],
});

/** Ids are known, because nobody else asks: `task-1` is the first that was submitted. */
export const conversation: readonly Step[] = [
  { ask: "ping" },
  { ask: "task.submit", with: { prompt: "echo hello; echo oops >&2", role: "builder", key: "first", priority: 5 } },
  { ask: "task.submit", with: { prompt: "something else", role: "builder", key: "first" } },
  {
    ask: "task.submit",
    with: { prompt: 'Grüße 🚂 $(id) `id` "quoted" --json -- -x', role: "tester", needs: ["first"] },
  },
  { ask: "task.submit", with: { prompt: "true", needs: ["task-99"] } },
  { ask: "task.submit", with: { prompt: "true", priority: 2_000_000 } },
  { ask: "task.submit", with: { prompt: "x".repeat(3_000) } },
  { ask: "task.submit", with: { prompt: "true", key: "itself", needs: ["itself"] } },
  { ask: "task.submit", with: { prompt: "exit 3", role: "builder", data: { a: [1, null, "ü"] }, timeoutSeconds: 90 } },
  { ask: "task.submit", with: { prompt: "true", notBefore: "2099-01-01T00:00:00Z", attempts: 2, title: "Later" } },
  { ask: "task.update", with: { taskId: "task-4", title: "Much later", priority: 7 } },
  { ask: "task.update", with: { taskId: "task-99", title: "Nobody" } },
  { ask: "task.get", with: { taskId: "task-2" } },
  { ask: "task.get", with: { taskId: "first" } },
  { ask: "task.get", with: { taskId: "task-99" } },
  { ask: "task.list", with: { state: "queued", limit: 1 } },
  { ask: "task.list", with: { before: "task-4", role: "builder" } },
  { ask: "task.list", with: { limit: 0 } },
  { ask: "task.stats" },
  { ask: "task.explain", with: { taskId: "task-2" } },
  { ask: "run.start", with: { role: "builder" } },
  { ask: "run.wait", with: { runId: "run-1", waitMs: 20_000 } },
  { ask: "task.wait", with: { taskId: "task-1", waitMs: 20_000 } },
  { ask: "run.output", with: { runId: "run-1" } },
  { ask: "run.output", with: { runId: "run-1", stream: "stderr", encoding: "base64", from: 1, limit: 2 } },
  { ask: "run.output", with: { runId: "run-99" } },
  { ask: "run.get", with: { runId: "run-1" } },
  { ask: "run.list", with: { state: "ended" } },
  { ask: "run.abandon", with: { runId: "run-1" } },
  { ask: "run.start", with: { role: "builder" } },
  { ask: "run.wait", with: { runId: "run-2", waitMs: 20_000 } },
  { ask: "task.get", with: { taskId: "task-3" } },
  { ask: "run.start", with: { role: "builder" } },
  { ask: "task.retry", with: { taskId: "task-3" } },
  { ask: "task.retry", with: { taskId: "task-1" } },
  { ask: "task.resume", with: { taskId: "task-1", note: "go on" } },
  { ask: "task.cancel", with: { taskId: "task-4" } },
  { ask: "task.cancel", with: { taskId: "task-4" } },
  { ask: "task.cancel", with: { taskId: "task-1" } },
  { ask: "queue.import", with: { text: queue, file: "queue.json", dryRun: true } },
  { ask: "queue.import", with: { text: queue, file: "queue.json" } },
  { ask: "queue.import", with: { text: "{", file: "queue.json" } },
  { ask: "agent.list" },
  { ask: "agent.test", with: { agent: "shell" } },
  { ask: "agent.test", with: { agent: "nobody" } },
  { ask: "role.list" },
  { ask: "token.create", with: { name: "ci", scope: "operate", expiresSeconds: 3_600 } },
  { ask: "token.create", with: { name: "not a name" } },
  { ask: "token.list" },
  { ask: "token.revoke", with: { tokenId: "token-1" } },
  { ask: "token.revoke", with: { tokenId: "token-9" } },
  { ask: "event.list", with: { after: 2, topic: "task.*", limit: 4 } },
  { ask: "event.list", with: { taskId: "task-1", limit: 20 } },
  { ask: "event.list", with: { topic: "Not A Topic" } },
  { ask: "store.check" },
  { ask: "store.backup" },
  { ask: "store.prune", with: { dryRun: true } },
  { ask: "doctor" },
  { ask: "webhook.list" },
  { ask: "webhook.test", with: { webhook: "nobody" } },
  { ask: "webhook.resume", with: { webhook: "nobody" } },
  { ask: "outbox.list", with: { limit: 3 } },
  { ask: "outbox.redeliver", with: { messageId: "message-9" } },
  { ask: "outbox.drop", with: { messageId: "message-9" } },
  { ask: "doctor" },
  { ask: "store.check" },
  { ask: "store.backup" },
  { ask: "store.prune", with: { dryRun: true } },
  { ask: "daemon.status" },
  { ask: "daemon.reload" },
  { ask: "daemon.activate" },
  { ask: "daemon.activate" },
];

/** Operations that end the daemon: asked last, in a test of their own. */
export const LAST_WORDS = ["daemon.restart", "daemon.stop"];
