/** What a tool call gives back: the answer, or why there is none, both as text for the model and as data for its program. */
import { type CallToolResult, ProtocolError } from "@modelcontextprotocol/server";
import { Bug, UnknownOperation } from "../../core/operation.ts";
import { REFUSALS, Refusal, RPC } from "../../core/refusal.ts";

/** Where in `_meta` a refusal is data. Not in `structuredContent`: clients hold that against the tool's output schema. */
const REFUSAL_META_KEY = "steward/refusal";

export function answered(output: unknown): CallToolResult {
  const structuredContent = output as Record<string, unknown>;
  return { content: [{ type: "text", text: JSON.stringify(output) }], structuredContent };
}

/** Throws what is neither a refusal nor a bug. */
export function refused(error: unknown): CallToolResult {
  const facts = refusalFacts(error);
  const lines = [facts.message, facts.hint, `code: ${facts.code}`].filter((line) => line !== undefined);
  return { content: [{ type: "text", text: lines.join("\n") }], isError: true, _meta: { [REFUSAL_META_KEY]: facts } };
}

/** MCP's own number for a resource that is not there (2025-11-25, resources). */
const RESOURCE_NOT_FOUND = -32002;

/** Where the protocol has no result that says no. */
export async function orProtocolError<T>(answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (error) {
    const { rpc, message, ...data } = refusalFacts(error);
    throw new ProtocolError(data.code === "not_found" ? RESOURCE_NOT_FOUND : rpc, message, data);
  }
}

export interface RefusalFacts {
  readonly code: string;
  readonly message: string;
  readonly hint?: string | undefined;
  readonly retry?: string;
  /** As JSON-RPC numbers it. */
  readonly rpc: number;
  readonly data?: Readonly<Record<string, unknown>> | undefined;
}

export function refusalFacts(error: unknown): RefusalFacts {
  if (error instanceof Bug)
    return { code: "internal", message: error.message, rpc: RPC.internal, data: { id: error.id } };
  if (error instanceof UnknownOperation) return refusalFacts(otherVersion(error.operation));
  if (!(error instanceof Refusal)) throw error;
  const { code, message, hint, data } = error;
  const { rpc, retry } = REFUSALS[code];
  return { code, message, ...(hint !== undefined && { hint }), retry, rpc, ...(data && { data }) };
}

function otherVersion(operation: string): Refusal {
  return new Refusal("unavailable", `The daemon does not know ${operation}: it is of another version.`, {
    hint: "Run `steward restart`.",
  });
}
