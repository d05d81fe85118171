/** The package as npm puts it somewhere: what `npm pack` takes, unpacked below node_modules, with npm's link to its launcher. */
import { execFileSync } from "node:child_process";
import { mkdirSync, symlinkSync } from "node:fs";
import { dirname, join } from "node:path";
import { ROOT } from "./bench.ts";

const NAME = "steward";

/** Gives the path by which a shell would find `steward`, and the PATH on which the Node that measures is the first. */
export function installPackage(prefix: string): { steward: string; path: string } {
  const home = join(prefix, "lib", "node_modules", NAME);
  const bin = join(prefix, "bin");
  mkdirSync(home, { recursive: true });
  mkdirSync(bin);
  const args = ["pack", "--ignore-scripts", "--silent", "--pack-destination", prefix];
  const tarball = execFileSync("npm", args, { cwd: ROOT, encoding: "utf8" }).trim();
  execFileSync("tar", ["-xzf", join(prefix, tarball), "-C", home, "--strip-components=1"]);
  symlinkSync(join("..", "lib", "node_modules", NAME, "bin", "steward"), join(bin, "steward"));
  return { steward: join(bin, "steward"), path: `${dirname(process.execPath)}:${process.env.PATH ?? ""}` };
}
