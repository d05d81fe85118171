/** The package as npm puts it somewhere: what `npm pack` takes, unpacked below node_modules, with npm's link to its launcher. */
import { execFileSync } from "node:child_process";
import { mkdirSync, symlinkSync } from "node:fs";
import { dirname, join } from "node:path";
import { ROOT } from "./bench.ts";

const NAME = "steward";

export interface Installed {
  /** The path by which a shell would find it. */
  readonly steward: string;
  /** The daemon's own program. */
  readonly daemon: string;
  /** A PATH on which the Node that measures is the first. */
  readonly path: string;
}

export function installPackage(prefix: string): Installed {
  const home = join(prefix, "lib", "node_modules", NAME);
  const bin = join(prefix, "bin");
  mkdirSync(home, { recursive: true });
  mkdirSync(bin);
  const args = ["pack", "--ignore-scripts", "--silent", "--pack-destination", prefix];
  const tarball = execFileSync("npm", args, { cwd: ROOT, encoding: "utf8" }).trim();
  execFileSync("tar", ["-xzf", join(prefix, tarball), "-C", home, "--strip-components=1"]);
  symlinkSync(join("..", "lib", "node_modules", NAME, "bin", "steward"), join(bin, "steward"));
  const daemon = join(home, "dist", "daemon.mjs");
  return { steward: join(bin, "steward"), daemon, path: `${dirname(process.execPath)}:${process.env.PATH ?? ""}` };
}
