/** As PID 1 of a container a process inherits every orphan and has to reap it; Node reaps only its own children, a shell all. */

/** Starts the program, hands signals on, and returns its status; every `wait` of the shell reaps whatever has died meanwhile. */
const INIT = `"$@" <&0 & child=$!
trap 'kill -TERM $child' TERM
trap 'kill -INT $child' INT
trap 'kill -HUP $child' HUP
while :; do
  wait $child; status=$?
  kill -0 $child 2>/dev/null || break
done
exit $status`;

/** Does not return when this is PID 1: the same program goes on as the child of a shell that takes its place. */
export function yieldPidOne(): void {
  if (process.pid !== 1 || process.execve === undefined) return;
  const args = [process.execPath, ...process.execArgv, ...process.argv.slice(1)];
  process.execve("/bin/sh", ["sh", "-c", INIT, "steward-init", ...args], process.env);
}
