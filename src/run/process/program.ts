/** Finds the program that an agent's first argument means, before anything is launched. */
import { accessSync, constants, statSync } from "node:fs";
import { join, resolve } from "node:path";

/** The absolute path of an executable file, by the rules of execvp(3): a name with a slash is a path, others are looked up. */
export function resolveProgram(name: string, { PATH, cwd }: { PATH: string; cwd: string }): string | undefined {
  if (name === "" || name.includes("\0")) return undefined;
  if (name.includes("/")) return executable(resolve(cwd, name));
  for (const directory of PATH.split(":")) {
    const found = executable(join(resolve(cwd, directory), name));
    if (found !== undefined) return found;
  }
  return undefined;
}

function executable(path: string): string | undefined {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile() ? path : undefined;
  } catch {
    return undefined;
  }
}
