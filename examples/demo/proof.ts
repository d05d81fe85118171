/** Proves that what the agents built works: by running it, from the tag that they made. */
import { execFileSync } from "node:child_process";
import { git } from "./git.ts";

export const TAG = "greet-1.0";

export interface Proof {
  readonly command: string;
  readonly printed: string;
}

/** What the program must print for these arguments. */
const EXPECTED = [
  { args: ["Ada"], prints: "Hello, Ada!" },
  { args: [], prints: "Hello, world!" },
] as const;

/** How long saying hello may take, in ms. */
const LIMIT_MS = 10_000;

/** Throws when the tag is missing, or when the program says anything else than it should. */
export async function prove(repository: string): Promise<Proof[]> {
  await git(repository, "checkout", "--quiet", "--detach", TAG);
  const proofs = EXPECTED.map(({ args, prints }) => {
    const printed = execFileSync(process.execPath, ["bin/greet.js", ...args], {
      cwd: repository,
      encoding: "utf8",
      timeout: LIMIT_MS,
    }).trim();
    const command = ["greet", ...args].join(" ");
    if (printed !== prints) throw new Error(`\`${command}\` prints "${printed}" and not "${prints}".`);
    return { command, printed };
  });
  await git(repository, "checkout", "--quiet", "main");
  return proofs;
}
