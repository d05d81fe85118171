/** How runs can be held together on this machine, found out by letting a program try to get away. */
import { CustodyUnavailable, probeCustody, type TriedLevel } from "../../run/process/custody.ts";
import { type Check, type Finding, ok, problem, warning } from "./finding.ts";

export const custody: Check = {
  subject: "custody",
  async run({ settings }) {
    try {
      const { level, how, hole, tried } = await probeCustody(settings.custody);
      const failed = tried.filter(({ works }) => !works);
      return [hole === null ? ok(`${level}, tried: ${how}`) : leaky(level, hole, failed)];
    } catch (error) {
      if (!(error instanceof CustodyUnavailable)) throw error;
      return [problem(error.message, "Set host.custody to auto, which takes the best that works here.")];
    }
  },
};

function leaky(level: string, hole: string, failed: readonly TriedLevel[]): Finding {
  const why = failed.map(({ why: sentence }) => sentence).join(" ");
  const better =
    "Better: allow user namespaces (sysctl kernel.unprivileged_userns_clone=1, user.max_user_namespaces above 0; on Ubuntu kernel.apparmor_restrict_unprivileged_userns=0), with `unshare` from util-linux installed.";
  return warning(`${level}, tried: ${hole}${why ? ` ${why}` : ""}`, better);
}
