/** Is there something to make a sandbox of, and does it work here? Tried, for many machines have it and forbid it. */
import { askProgram } from "../../run/process/ask-program.ts";
import { SYSTEM_PATH } from "../../run/process/custody.ts";
import { resolveProgram } from "../../run/process/program.ts";
import { type Check, note, ok } from "./finding.ts";

/** How long the trial may take, in ms. */
const TRIAL_MS = 5_000;

const TRIAL = [
  "--ro-bind",
  "/",
  "/",
  "--dev",
  "/dev",
  "--proc",
  "/proc",
  "--unshare-all",
  "--die-with-parent",
  "true",
] as const;

export const sandbox: Check = {
  subject: "sandbox",
  async run({ env }, signal) {
    const PATH = env.PATH ?? SYSTEM_PATH;
    const bwrap = resolveProgram("bwrap", { PATH, cwd: "/" });
    if (!bwrap)
      return [
        note(
          "bubblewrap is not installed; runs are not sandboxed.",
          "Nothing needs it today; a later version may put runs into a sandbox made of it (package bubblewrap).",
        ),
      ];
    const { code, said } = await askProgram([bwrap, ...TRIAL], { env: { PATH }, cwd: "/", limitMs: TRIAL_MS, signal });
    if (code === 0) return [ok(`${bwrap} works here, tried. Runs are not sandboxed yet.`)];
    const why = said.split("\n")[0] || "it did not end well";
    return [
      note(
        `${bwrap} is installed and does not work here: ${why}`,
        "Allow user namespaces; inside of a container that is for its host to allow.",
      ),
    ];
  },
};
