/** The program behind an npm package's: a start less, and a signal reaches the agent itself and not only who started it. */
import { accessSync, constants, realpathSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { KNOWN_AGENTS } from "./known-agents.ts";

/** Of an absolute path: the native program where that is a script that would only start it, else the path itself. */
export function nativeProgram(program: string, arch: string = process.arch): string {
  const script = realPath(program);
  if (script === undefined || !/\.[cm]?js$/.test(script)) return program;
  for (const { native } of KNOWN_AGENTS) {
    for (const path of native[arch] ?? []) {
      // Only of the same package: codex-linux-x64 belongs to codex.
      const [scope = "", name = ""] = path.split("/");
      if (!script.includes(`/node_modules/${scope}/${name.replace(/-linux.*$/, "")}/`)) continue;
      const found = foundAbove(script, path);
      if (found !== undefined) return found;
    }
  }
  return program;
}

/** In the `node_modules` of each directory above, as Node looks for a package. */
function foundAbove(script: string, path: string): string | undefined {
  for (let at = dirname(script); at !== dirname(at); at = dirname(at)) {
    const candidate = join(at, "node_modules", path);
    if (isExecutable(candidate)) return candidate;
  }
  return undefined;
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

function realPath(path: string): string | undefined {
  try {
    return realpathSync(path);
  } catch {
    return undefined;
  }
}
