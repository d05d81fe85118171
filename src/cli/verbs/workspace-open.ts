/** `steward workspace open TASK [--shell]`: where a task's worktree is, or a shell in it. */
import { spawn } from "node:child_process";
import { EXIT } from "../../core/refusal.ts";
import type { Invocation } from "../invocation.ts";
import { visibleJson, visibleLine } from "../visible.ts";

interface Workspace {
  readonly taskId: string;
  readonly branch: string;
  readonly workingDirectory: string;
}

/** The exit code of a shell is the shell's. */
export async function openWorkspace({ input, json, call, env, out, err }: Invocation): Promise<number> {
  const { shell, ...which } = input;
  const workspace = (await call("workspace.get", which)) as Workspace;
  const { taskId, branch, workingDirectory } = workspace;
  if (shell === true) {
    await err.write(`${taskId} on ${visibleLine(branch)}; leave the shell to come back.\n`);
    return await shellIn(workingDirectory, env.SHELL || "/bin/sh");
  }
  // A path is for programs too (`cd "$(steward workspace open task-17)"`): it is written as it is, unless a terminal reads it.
  const path = out.isTerminal ? visibleLine(workingDirectory) : workingDirectory;
  await out.write(`${json ? visibleJson(JSON.stringify(workspace)) : path}\n`);
  return EXIT.ok;
}

function shellIn(cwd: string, program: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, { cwd, stdio: "inherit" });
    child.once("error", reject);
    child.once("exit", (code) => resolve(code ?? EXIT.runFailed));
  });
}
