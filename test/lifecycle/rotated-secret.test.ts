import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { aHome, shellAgent } from "./daemon.ts";
import { done, lastRun } from "./tasks.ts";

test("a secret that was replaced since is not shown by a daemon that never knew it", async () => {
  await using home = aHome(shellAgent({ agent: { env: { API_KEY: { file: "key" } } } }));
  writeFileSync(join(home.path, "key"), "the-old-key");
  const first = await home.start();
  const { runId } = lastRun(await done(first, 'echo "$API_KEY"'));
  await first.kill("SIGKILL");
  writeFileSync(join(home.path, "key"), "the-new-key");
  const next = await home.start();
  expect(await next.call("run.output", { runId })).toMatchObject({ text: "***********\n" });
});
