/** What a request asks, as one input: from its path, and from its query or its body. */
import type { HonoRequest } from "hono";
import { isShallow, MAX_JSON_DEPTH } from "../../core/json.ts";
import { refuse } from "../../core/refusal.ts";
import { fromText, type TextField } from "../../core/text.ts";
import { readBody } from "./body.ts";
import { HttpRefusal } from "./problem.ts";
import type { Route } from "./routes.ts";

export async function inputOf(route: Route, request: HonoRequest, bodyBytes: number): Promise<object> {
  const query = new URLSearchParams(new URL(request.url).search);
  const given =
    route.method === "GET" ? await fromQuery(route, query, request) : await fromBody(query, request, bodyBytes);
  if (route.params.length === 0) return given;
  const fields = await route.fields();
  for (const name of route.params) {
    const value = valueIn(fields.get(name), name, [request.param(name) ?? ""]);
    if (!Object.hasOwn(given, name)) given[name] = value;
    else if (given[name] !== value) {
      refuse("invalid_input", `${name} is in the path already, with another value.`, {
        data: { fields: [{ field: name }] },
      });
    }
  }
  return given;
}

async function fromQuery(route: Route, query: URLSearchParams, request: HonoRequest): Promise<Record<string, unknown>> {
  if ((request.header("content-length") ?? "0") !== "0" || request.header("transfer-encoding") !== undefined) {
    refuse("invalid_input", "A GET takes its input in the query, and no body.");
  }
  const names = [...new Set(query.keys())];
  if (names.length === 0) return {};
  const fields = await route.fields();
  return Object.fromEntries(names.map((name) => [name, valueIn(fields.get(name), name, query.getAll(name))]));
}

/** What is no field is left as it came: the operation refuses it by its name. */
function valueIn(field: TextField | undefined, name: string, texts: readonly string[]): unknown {
  if (field?.type === "list" && texts.length > 1) return texts.flatMap((text) => fromText(field, text));
  const [text = ""] = texts;
  if (texts.length > 1)
    refuse("invalid_input", `${name} is given ${texts.length} times.`, { data: { fields: [{ field: name }] } });
  return field === undefined ? text : fromText(field, text);
}

async function fromBody(query: URLSearchParams, request: HonoRequest, most: number): Promise<Record<string, unknown>> {
  if (query.size > 0) {
    refuse("invalid_input", `${request.method} takes its input in the body, not in the query.`, { hint: BODY_HINT });
  }
  const bytes = await readBody(request.raw, most);
  if (bytes.length === 0) return {};
  assertJson(request.header("content-type"), request.header("content-encoding"));
  const value = parsed(bytes);
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    refuse("invalid_input", "The body is no JSON object.", { hint: BODY_HINT });
  }
  if (!isShallow(value)) refuse("invalid_input", `The body is nested deeper than ${MAX_JSON_DEPTH} levels.`);
  return value as Record<string, unknown>;
}

const BODY_HINT = 'Send a JSON object: -H "Content-Type: application/json" -d \'{"prompt": "…"}\'.';

const JSON_TYPE = /^application\/json\s*(;\s*charset="?utf-8"?\s*)?$/i;

function assertJson(type: string | undefined, encoding: string | undefined): void {
  if (JSON_TYPE.test(type ?? "") && (encoding === undefined || encoding === "identity")) return;
  const what = encoding === undefined ? "application/json in UTF-8" : "a body without Content-Encoding";
  throw new HttpRefusal("invalid_input", `Only ${what} is read.`, { status: 415, hint: BODY_HINT });
}

function parsed(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch (error) {
    const why = error instanceof SyntaxError ? error.message : "it is not UTF-8";
    return refuse("invalid_input", `The body is not JSON: ${why}.`, { hint: BODY_HINT });
  }
}
