/** A person at a terminal: a real one, of the kernel, with what is shown on it and keys that are pressed. */
import { execFileSync, spawn } from "node:child_process";
import { onTestFinished } from "vitest";
import { eventually } from "./eventually.ts";
import { STEWARD_ENV } from "./programs.ts";

const PTY = `
import os, pty, sys
sys.exit(os.waitstatus_to_exitcode(pty.spawn(sys.argv[1:])))`;

export const NO_TERMINAL = "python3 with its pty module is not there";

export const hasTerminal: boolean = (() => {
  try {
    execFileSync("python3", ["-c", "import os, pty; os.waitstatus_to_exitcode"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
})();

export interface AtTerminal {
  shown(): string;
  press(keys: string): void;
  /** Resolves when this is shown behind what was shown at the last time that it resolved. */
  until(text: string): Promise<void>;
  readonly ended: Promise<number | null>;
}

/** Of 24 rows and 80 columns, as whatever says nothing of itself. */
export function atTerminal(command: readonly string[]): AtTerminal {
  const child = spawn("python3", ["-c", PTY, ...command], {
    env: { PATH: process.env.PATH ?? "", TERM: "xterm", ...STEWARD_ENV },
    stdio: ["pipe", "pipe", "inherit"],
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  let shown = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    shown += text;
  });
  const ended = new Promise<number | null>((resolve) => child.once("close", resolve));
  let seen = 0;
  return {
    shown: () => shown,
    press: (keys) => void child.stdin.write(keys),
    async until(text) {
      const at = await eventually(`"${text}" is shown`, () => {
        const found = shown.indexOf(text, seen);
        return found === -1 ? undefined : found + text.length;
      });
      seen = at;
    },
    ended,
  };
}
