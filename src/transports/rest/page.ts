/** The API as one page to read: made from the registry, with nothing in it that a browser would have to fetch or run. */
import { createHash } from "node:crypto";
import type { Operation } from "../../core/operation.ts";
import { type FieldSchema, inputSchema } from "../../core/text-fields.ts";
import { refusalsOf } from "./openapi.ts";
import { PREFIX, type Route, routesOf } from "./routes.ts";

const STYLE = `:root{color-scheme:light dark}body{font:15px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}
code,pre{font:13px/1.5 ui-monospace,monospace}pre{padding:.6rem;border:1px solid #8884;border-radius:4px;overflow-x:auto;white-space:pre-wrap}
table{border-collapse:collapse;width:100%}td,th{text-align:left;vertical-align:top;padding:.2rem .6rem .2rem 0;border-bottom:1px solid #8884}
summary{cursor:pointer;padding:.2rem 0}details>*:not(summary){margin-left:1rem}h2{margin-top:2rem}`;

export interface Page {
  readonly html: string;
  /** What a browser may do with it: show it in its own style. */
  readonly policy: string;
}

export function page(operations: readonly Operation[], version: string): Page {
  const groups = Object.entries(Object.groupBy(routesOf(operations), ({ operation }) => nounOf(operation)));
  groups.sort(([a], [b]) => (a < b ? -1 : 1));
  const html = `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Steward ${text(version)}: HTTP API</title><style>${STYLE}</style></head><body>
<h1>Steward ${text(version)}: HTTP API</h1>
<p>Everything but <code>/healthz</code> wants <code>Authorization: Bearer TOKEN</code>; the owner's token is in the file
<code>token</code> of the home. A refusal is a problem document with a code, a sentence and a hint. The same for programs:
<code>/openapi.json</code>.</p>
${groups.map(([noun, routes = []]) => `<h2>${text(noun)}</h2>\n${routes.map(section).join("\n")}`).join("\n")}
</body></html>
`;
  const hash = createHash("sha256").update(STYLE).digest("base64");
  return { html, policy: `default-src 'none'; style-src 'sha256-${hash}'; frame-ancestors 'none'` };
}

function section(route: Route): string {
  const { operation, method, path } = route;
  const { properties = {}, required = [] } = inputSchema(operation.input);
  const fields = Object.entries(properties).map(([name, schema]) => row(name, schema, required.includes(name)));
  const stream = operation.stream ? `<p>As a stream: <code>Accept: text/event-stream</code>.</p>` : "";
  const table = fields.length === 0 ? "" : `<table><tr><th>field<th>type<th>meaning</tr>\n${fields.join("\n")}</table>`;
  return `<details><summary><code>${method} ${text(PREFIX + path)}</code> ${text(operation.summary)}</summary>
<p>${text(operation.name)}: effect ${operation.effect}, scope ${operation.scope}. Refuses: ${refusalsOf(operation).join(", ")}.</p>
${table}${stream}<pre>${text(curlExample(route))}</pre></details>`;
}

function row(name: string, schema: FieldSchema, isRequired: boolean): string {
  const fallback =
    schema.default === undefined ? "" : ` Default: <code>${text(JSON.stringify(schema.default))}</code>.`;
  const needed = isRequired ? " (needed)" : "";
  return `<tr><td><code>${text(name)}</code>${needed}<td>${text(typeText(schema))}<td>${text(schema.description ?? "")}${fallback}</tr>`;
}

/** How the operation's example is asked for. */
export function curlExample({ operation, method, path, params }: Route): string {
  const example = Object.entries(operation.example as Readonly<Record<string, unknown>>);
  const filled = params.reduce(
    (so, name) => so.replace(`{${name}}`, encodeURIComponent(String(operation.example[name]))),
    path,
  );
  const rest = example.filter(([name]) => !params.includes(name));
  const curl = `curl -H "Authorization: Bearer $TOKEN"`;
  const url = `http://localhost:8000${PREFIX}${filled}`;
  if (method === "GET") {
    const query = rest.map(([name, value]) => `${name}=${encodeURIComponent(asText(value))}`).join("&");
    return `${operation.kind === "stream" ? `${curl} -N` : curl} '${url}${query && `?${query}`}'`;
  }
  const body = JSON.stringify(Object.fromEntries(rest)).replaceAll("'", "'\\''");
  return `${curl} -X ${method} ${url} \\\n  -H 'Content-Type: application/json' -d '${body}'`;
}

function asText(value: unknown): string {
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

function typeText({ type, anyOf, items, enum: choices }: FieldSchema): string {
  if (choices) return choices.map(String).join(" | ");
  if (anyOf) return anyOf.map(typeText).join(" or ");
  return items ? `list of ${typeText(items)}` : [type ?? "any"].flat().join(" or ");
}

function nounOf({ name }: Operation): string {
  return name.split(".")[0] ?? name;
}

function text(raw: string): string {
  return raw.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
}
