/** JSON-RPC 2.0, one message a line: what is said to an agent. */
import type { AcpMaking, RpcId } from "./state.ts";

/** Longest id of a request that is remembered, in characters. */
const MAX_ID = 200;

/** -32601: the method does not exist or is not available (JSON-RPC 2.0, 5.1). */
const NO_SUCH_METHOD = -32601;

export function say(making: AcpMaking, message: object): void {
  making.sayJson({ jsonrpc: "2.0", ...message });
}

/** One at a time: its answer is known by the number of the last one. */
export function request(making: AcpMaking, method: string, params: object): void {
  const id = making.own.requests + 1;
  making.setOwn({ requests: id });
  say(making, { id, method, params });
}

/** Null: the turn goes on without it, as the protocol has it for a question that nobody answers. */
export function saySelected(making: AcpMaking, id: RpcId, optionId: string | null): void {
  const outcome = optionId === null ? { outcome: "cancelled" } : { outcome: "selected", optionId };
  say(making, { id, result: { outcome } });
}

export function sayUnknown(making: AcpMaking, id: RpcId, method: string): void {
  say(making, { id, error: { code: NO_SUCH_METHOD, message: `Steward does not offer ${method}.` } });
}

/** Undefined for what nobody could be answered under. */
export function rpcId(value: unknown): RpcId | undefined {
  if (typeof value === "number" && Number.isFinite(value)) return value;
  return typeof value === "string" && value.length <= MAX_ID ? value : undefined;
}
