/** The registry as an OpenAPI 3.1 document. Loaded when it is asked for: `toJSONSchema` is nothing a start should wait for. */
import { toJSONSchema, type z } from "zod";
import { ALWAYS_POSSIBLE, type Operation } from "../../core/operation.ts";
import { REFUSALS, type RefusalCode } from "../../core/refusal.ts";
import { EVENT_STREAM } from "./event-stream.ts";
import { PREFIX, type Route, routesOf } from "./routes.ts";

type Json = Readonly<Record<string, unknown>>;

let known: { readonly operations: readonly Operation[]; readonly version: string; readonly text: string } | undefined;

/** The document as text, made once. */
export function openApiText(operations: readonly Operation[], version: string): string {
  if (known?.operations === operations && known.version === version) return known.text;
  known = { operations, version, text: JSON.stringify(openApi(operations, version)) };
  return known.text;
}

export function openApi(operations: readonly Operation[], version: string): Json {
  const schemas: Record<string, unknown> = { Problem: PROBLEM };
  const paths: Record<string, Record<string, unknown>> = { "/healthz": HEALTH };
  for (const route of routesOf(operations)) {
    const path = PREFIX + route.path;
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: described(route, schemas) };
  }
  return {
    openapi: "3.1.0",
    info: {
      title: "Steward",
      version,
      description:
        "Runs AI agents unattended, not unsupervised. Everything but /healthz wants a bearer token: the owner's is in the file `token` of the home, `steward token create` makes others.",
    },
    security: [{ token: [] }],
    paths,
    components: {
      schemas,
      securitySchemes: { token: { type: "http", scheme: "bearer", description: "Its scope is bound to it." } },
    },
  };
}

/** What any request may be refused with before it reaches its operation. */
const AT_THE_DOOR: readonly RefusalCode[] = ["unauthenticated", "rate_limited"];

export function refusalsOf({ effect, refuses }: Operation): readonly RefusalCode[] {
  // A request id may have been used for something else.
  const repeated: readonly RefusalCode[] = effect === "read" ? [] : ["conflict"];
  return [...new Set([...ALWAYS_POSSIBLE, ...AT_THE_DOOR, ...repeated, ...refuses])];
}

function described(route: Route, schemas: Record<string, unknown>): Json {
  const { operation, method } = route;
  const input = schemaOf(operation.input, "input", `${operation.name}.input`, schemas) as InputSchema;
  const inQuery = method === "GET";
  const names = Object.keys(input.properties ?? {});
  const parameter = (name: string) => parameterOf(name, route, input);
  const isBody = (name: string) => !inQuery && !route.params.includes(name);
  const parameters = [...names.filter((name) => !isBody(name)).map(parameter), ...headersOf(operation)];
  return {
    operationId: operation.name,
    summary: operation.summary,
    tags: [operation.name.split(".")[0]],
    "x-effect": operation.effect,
    "x-scope": operation.scope,
    parameters,
    ...(!inQuery && { requestBody: bodyOf(names.filter(isBody), input, operation) }),
    responses: { "200": answered(operation, schemas), ...refused(operation) },
  };
}

interface InputSchema {
  readonly properties?: Readonly<Record<string, { readonly description?: string; readonly default?: unknown }>>;
  readonly required?: readonly string[];
}

function parameterOf(
  name: string,
  { params, operation }: Route,
  { properties = {}, required = [] }: InputSchema,
): Json {
  const isInPath = params.includes(name);
  const { description, ...schema } = properties[name] ?? {};
  const example = (operation.example as Json)[name];
  return {
    name,
    in: isInPath ? "path" : "query",
    required: isInPath || required.includes(name),
    ...(description !== undefined && { description }),
    schema,
    ...(example !== undefined && { example }),
  };
}

function headersOf({ effect, stream }: Operation): Json[] {
  const requestId = {
    name: "request-id",
    in: "header",
    description:
      "Your name for this request; a write that is repeated under it is done once. It comes back in the answer.",
    schema: { type: "string", minLength: 1, maxLength: 200 },
  };
  const lastEventId = {
    name: "Last-Event-ID",
    in: "header",
    description: `Go on behind this event of a stream. Wins over \`${stream?.resume.field}\`.`,
    schema: { type: "string" },
  };
  return [...(effect === "read" ? [] : [requestId]), ...(stream ? [lastEventId] : [])];
}

function bodyOf(names: readonly string[], input: InputSchema, { example }: Operation): Json {
  const among = <T>(entries: Readonly<Record<string, T>>) =>
    Object.fromEntries(Object.entries(entries).filter(([name]) => names.includes(name)));
  const required = (input.required ?? []).filter((name) => names.includes(name));
  const schema = { ...input, properties: among(input.properties ?? {}), required };
  return {
    required: required.length > 0,
    content: { "application/json": { schema, example: among(example as Json) } },
  };
}

function answered(operation: Operation, schemas: Record<string, unknown>): Json {
  const content: Record<string, unknown> = {};
  if (operation.kind === "call") {
    content["application/json"] = { schema: schemaOf(operation.output, "output", `${operation.name}.output`, schemas) };
  }
  if (operation.stream) {
    const item = schemaOf(operation.stream.item, "output", `${operation.name}.item`, schemas);
    content[EVENT_STREAM] = {
      schema: {
        type: "string",
        description:
          "Events `item` (data: one item, see x-item), `gap` (what comes before data.next is no longer kept), `dropped` (you read too slowly; come back with data.next), `ended` (nothing more comes) and `error` (data: a Problem). The id of each says where to go on.",
      },
      "x-item": item,
    };
  }
  return { description: "Done.", content };
}

/** By status: two codes may share one. */
function refused(operation: Operation): Json {
  const content = { "application/problem+json": { schema: { $ref: "#/components/schemas/Problem" } } };
  const byStatus: Record<string, { description: string; content: Json }> = {};
  for (const code of refusalsOf(operation)) {
    const { http, meaning } = REFUSALS[code];
    const said = byStatus[http]?.description;
    byStatus[http] = { description: `${said ? `${said} ` : ""}\`${code}\`: ${meaning}.`, content };
  }
  return {
    ...byStatus,
    "500": { description: "`internal`: something unexpected; `instance` names it in the log.", content },
  };
}

/** What a schema defines for itself moves to the components, under its own name. */
function schemaOf(schema: z.ZodType, io: "input" | "output", name: string, schemas: Record<string, unknown>): unknown {
  const {
    $schema: _,
    $defs = {},
    ...own
  } = toJSONSchema(schema, { io, unrepresentable: "any" }) as Json & { $defs?: Json };
  const moved = (part: unknown): unknown => {
    if (Array.isArray(part)) return part.map(moved);
    if (typeof part !== "object" || part === null) return part;
    return Object.fromEntries(
      Object.entries(part).map(([key, value]) =>
        key === "$ref" && typeof value === "string"
          ? [key, value.replace("#/$defs/", `#/components/schemas/${name}.`)]
          : [key, moved(value)],
      ),
    );
  };
  for (const [key, definition] of Object.entries($defs)) schemas[`${name}.${key}`] = moved(definition);
  return moved(own);
}

const PROBLEM = {
  type: "object",
  description: "A refusal as a problem document (RFC 9457).",
  required: ["type", "title", "status", "detail", "code"],
  properties: {
    type: { type: "string", description: "urn:steward:refusal: and the code." },
    title: { type: "string" },
    status: { type: "integer" },
    detail: { type: "string", description: "What was refused, as a sentence." },
    code: { enum: [...Object.keys(REFUSALS), "internal"] },
    hint: { type: "string", description: "What can be done about it." },
    retry: { enum: ["no", "after the answer", "after"], description: "May the same call succeed later?" },
    data: { type: "object", description: "Facts for programs." },
    instance: { type: "string", description: "Of a bug: its id in the log." },
  },
};

const HEALTH_SCHEMA = { type: "object", required: ["status"], properties: { status: { enum: ["ok", "unavailable"] } } };

const HEALTH = {
  get: {
    operationId: "healthz",
    summary: "Does the daemon answer, and its store? Wants no token.",
    tags: ["health"],
    security: [],
    responses: {
      "200": { description: "Both do.", content: { "application/json": { schema: HEALTH_SCHEMA } } },
      "503": { description: "The store does not.", content: { "application/json": { schema: HEALTH_SCHEMA } } },
    },
  },
};
