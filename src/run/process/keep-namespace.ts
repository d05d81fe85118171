/** Custody by a pid namespace: when its init ends, the kernel ends all the rest, before init's own end can be seen. */
import { isAlive, signalIf } from "./identity.ts";
import type { Keeper } from "./keeper.ts";
import { descendantsOf, type Proc, processTable } from "./proc.ts";

export function namespaceKeeper(proc: Proc): Keeper {
  return {
    // pid_namespaces(7): orphans inside are given to init, so all of them, nested namespaces too, are below it.
    members: ({ identity }) => (isAlive(identity, proc) ? descendantsOf([identity.pid], processTable(proc)) : []),
    kill: ({ identity }) => void signalIf(identity, "SIGKILL", proc),
    emptyLooks: 1,
  };
}
