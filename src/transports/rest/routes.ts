/** Where each operation is asked for over HTTP: its `rest`, taken apart. */
import type { Operation } from "../../core/operation.ts";
import type { TextField } from "../../core/text.ts";

export const PREFIX = "/api/v1";

export interface Route {
  readonly method: string;
  /** Below the prefix, with `{name}` for what is filled in. */
  readonly path: string;
  /** The names in the path. */
  readonly params: readonly string[];
  readonly operation: Operation;
  /** How its input is written as text. Asked for the first time it takes a moment. */
  readonly fields: () => Promise<ReadonlyMap<string, TextField>>;
}

/** Fixed words before names, so that `/tasks/stats` is no task. */
export function routesOf(operations: readonly Operation[]): readonly Route[] {
  return operations.map(routeOf).sort((a, b) => (order(a.path) < order(b.path) ? -1 : 1));
}

/** `/tasks/{taskId}` as the router writes it. */
export function routerPath({ path }: Pick<Route, "path">): string {
  return PREFIX + path.replaceAll(/\{(\w+)\}/g, ":$1");
}

function routeOf(operation: Operation): Route {
  const [method = "", path = ""] = operation.rest.split(" ");
  let fields: Promise<ReadonlyMap<string, TextField>> | undefined;
  return {
    method,
    path,
    params: Array.from(path.matchAll(/\{(\w+)\}/g), ([, name = ""]) => name),
    operation,
    fields: () => {
      fields ??= textFields(operation);
      return fields;
    },
  };
}

async function textFields({ input }: Operation): Promise<ReadonlyMap<string, TextField>> {
  const { inputSchema, textField } = await import("../../core/text-fields.ts");
  const properties = Object.entries(inputSchema(input).properties ?? {});
  return new Map(properties.map(([name, schema]) => [name, textField(name, schema)]));
}

/** A name comes after every word. */
function order(path: string): string {
  return path.replaceAll(/\{\w+\}/g, "~");
}
