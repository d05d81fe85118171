/** Runs `node --test` and believes only what it counted. */
import { spawnSync } from "node:child_process";

/** How long the tests of a tiny program may take, in ms. */
const LIMIT_MS = 30_000;

/** How many passed. Throws when one fails, or when there is none. */
export function runTests(directory: string): number {
  const { stdout, status } = spawnSync(process.execPath, ["--test", "--test-reporter=tap"], {
    cwd: directory,
    encoding: "utf8",
    timeout: LIMIT_MS,
  });
  console.log(stdout);
  const passed = counted("pass", stdout);
  if (status !== 0) throw new Error(`node --test: ${counted("fail", stdout)} fail, ${passed} pass (exit ${status})`);
  if (passed === 0) throw new Error("node --test found no test");
  return passed;
}

function counted(word: string, tap: string): number {
  return Number(new RegExp(`^# ${word} (\\d+)$`, "m").exec(tap)?.[1] ?? 0);
}
