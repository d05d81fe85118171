/** What the system says went wrong with a socket, as a caller is told it. */
import { lost, noDaemon, StewardRefusal, StewardUnreachable } from "./errors.ts";

export function socketError(error: unknown, path: string): unknown {
  switch ((error as NodeJS.ErrnoException | undefined)?.code) {
    case "ENOENT":
    case "ENOTDIR":
    case "ECONNREFUSED":
    case "ENOTSOCK":
      return noDaemon(path);
    case "EACCES":
    case "EPERM": {
      const hint = "Ask as the user it belongs to.";
      return new StewardRefusal({ code: "denied", message: `${path} is not yours to use.`, hint });
    }
    case "EPIPE":
    case "ECONNRESET":
    case "ERR_STREAM_PREMATURE_CLOSE":
      return lost();
    case "EAGAIN":
      return new StewardUnreachable("no_daemon", `Too many wait for the daemon at ${path}.`, "Try again in a moment.");
    default:
      return error;
  }
}
