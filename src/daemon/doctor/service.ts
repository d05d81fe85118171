/** Who looks after the daemon, and as whom it runs. */
import { type Check, type Finding, note, ok, type Surroundings } from "./finding.ts";

export const service: Check = {
  subject: "service",
  run: async (around) => [...supervisor(around), ...root()],
};

/** systemd.exec(5): INVOCATION_ID is set for everything that a unit starts. Only the daemon itself knows how it was started. */
function supervisor({ daemon, env }: Surroundings): Finding[] {
  if (!daemon.answers) return [];
  if (!env.INVOCATION_ID)
    return [note("No service manager starts the daemon again when it ends or the machine restarts.")];
  return [ok(`The daemon is a systemd service${env.NOTIFY_SOCKET ? ", which it tells how it is" : ""}.`)];
}

function root(): Finding[] {
  if (process.geteuid?.() !== 0) return [];
  return [note("Steward runs as root, and so does every agent.", "Use a user of its own where that is possible.")];
}
