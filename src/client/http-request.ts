/** A question as HTTP: the input's fields go into the path, the query string, or a JSON body. */
import type { Asked } from "./door.ts";
import { StewardBug } from "./errors.ts";
import { OPERATIONS, type OperationFacts } from "./operations.generated.ts";

export interface HttpRequest {
  readonly method: string;
  /** Below `/api/v1`, with its query string. */
  readonly path: string;
  readonly body?: string;
}

export function requestOf({ operation, input }: Pick<Asked, "operation" | "input">): HttpRequest {
  const facts: OperationFacts | undefined = Object.hasOwn(OPERATIONS, operation) ? OPERATIONS[operation] : undefined;
  if (!facts) throw new StewardBug(`This client knows no operation "${operation}".`);
  return requestBy(facts.rest, input);
}

/** `route` is method and path below `/api/v1`, with fields of the input in braces. */
export function requestBy(route: string, input: object): HttpRequest {
  const [method = "", template = ""] = route.split(" ");
  const rest: Record<string, unknown> = { ...input };
  const path = template.replace(/\{(\w+)\}/g, (_, field: string) => {
    const value = rest[field];
    delete rest[field];
    return encodeURIComponent(String(value));
  });
  if (method !== "GET") return { method, path, body: JSON.stringify(rest) };
  const query = new URLSearchParams();
  for (const [field, value] of Object.entries(rest)) if (value !== undefined) query.set(field, textOf(value));
  return { method, path: query.size > 0 ? `${path}?${query}` : path };
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : (JSON.stringify(value) ?? "");
}
