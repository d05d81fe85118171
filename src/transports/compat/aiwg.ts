/** AIWG's methods: the same socket protocol, with AIWG's names, shapes and numbers. */
import type { Fields } from "../../core/compat.ts";
import { type Operation, type Ports, UnknownOperation } from "../../core/operation.ts";
import { askOurs, entriesOf } from "./compat.ts";

/** Serve it with `serveJsonRpc` at the path where AIWG's clients look. It has no streams. */
export function aiwgPorts(operations: readonly Operation[], { call }: Pick<Ports, "call">): Ports {
  const entries = entriesOf(operations, "aiwg");
  return {
    isStream: () => false,
    stream: (name) => Promise.reject(new UnknownOperation(name)),
    async call(name, input, actor, options = {}) {
      const entry = entries.get(name);
      if (!entry) throw new UnknownOperation(name);
      return await askOurs(entry, { call, actor, theirs: input as Fields, address: undefined, options });
    },
  };
}
