/** Tasks, runs and events as MCP resources: where each is read, and what the newest are. */
import type { CompleteResult, ReadResourceResult, Resource, ResourceTemplateType } from "@modelcontextprotocol/server";
import { Refusal } from "../../core/refusal.ts";

/** Asks for an operation on behalf of the one who is connected. */
export type Ask = (operation: string, input: object) => Promise<unknown>;

/** Tasks, and as many runs, that are listed as resources of their own: the newest. */
const LISTED = 25;
/** Bytes of a run's output in one reading. */
const OUTPUT_BYTES = 256 * 1024;
/** Events in one reading. */
const EVENTS = 50;
/** What a completion may give (MCP, completion/complete). */
const MAX_COMPLETIONS = 100;

const JSON_TYPE = "application/json";

const FIXED: readonly Resource[] = [
  { uri: "steward://tasks", name: "tasks", title: "Tasks", description: "The newest tasks.", mimeType: JSON_TYPE },
  { uri: "steward://runs", name: "runs", title: "Runs", description: "The newest runs.", mimeType: JSON_TYPE },
  { uri: "steward://events", name: "events", title: "Events", description: "The newest events.", mimeType: JSON_TYPE },
];

export const TEMPLATES: ResourceTemplateType[] = [
  {
    uriTemplate: "steward://tasks/{taskId}",
    name: "task",
    title: "A task",
    description: "A task with its runs and its result.",
    mimeType: JSON_TYPE,
  },
  {
    uriTemplate: "steward://runs/{runId}",
    name: "run",
    title: "A run",
    description: "How a run is, or how it ended.",
    mimeType: JSON_TYPE,
  },
  {
    uriTemplate: "steward://runs/{runId}/output{?from,stream}",
    name: "output",
    title: "What a run printed",
    description: `From byte \`from\` on, ${OUTPUT_BYTES / 1024} KiB at most; \`_meta\` says where to read on.`,
    mimeType: "text/plain",
  },
  {
    uriTemplate: "steward://events{?after}",
    name: "events-after",
    title: "Events from a number on",
    description: "In the order in which they happened.",
    mimeType: JSON_TYPE,
  },
];

interface Page {
  readonly tasks?: readonly { taskId: string; title: string; state: string }[];
  readonly runs?: readonly { runId: string; taskId: string; state: string; outcome: string | null }[];
}

export async function listResources(ask: Ask): Promise<Resource[]> {
  const [{ tasks = [] }, { runs = [] }] = (await Promise.all([
    ask("task.list", { limit: LISTED }),
    ask("run.list", { limit: LISTED }),
  ])) as [Page, Page];
  return [
    ...FIXED,
    ...tasks.map(({ taskId, title, state }) => ({
      uri: `steward://tasks/${taskId}`,
      name: taskId,
      title,
      description: state,
      mimeType: JSON_TYPE,
    })),
    ...runs.map(({ runId, taskId, state, outcome }) => ({
      uri: `steward://runs/${runId}`,
      name: runId,
      description: `of ${taskId}: ${outcome ?? state}`,
      mimeType: JSON_TYPE,
    })),
  ];
}

/** Refuses with `not_found` what is no resource, and as the operation beneath does. */
export async function readResource(uri: string, ask: Ask): Promise<ReadResourceResult> {
  const { kind, id, query } = parseUri(uri);
  if (kind === "output") {
    const { text, ...where } = (await ask("run.output", { runId: id, ...outputQuery(query), limit: OUTPUT_BYTES })) as {
      text: string;
    };
    return { contents: [{ uri, mimeType: "text/plain", text, _meta: prefixed(where) }] };
  }
  const value = await {
    tasks: () => ask("task.list", {}),
    task: () => ask("task.get", { taskId: id }),
    runs: () => ask("run.list", {}),
    run: () => ask("run.get", { runId: id }),
    events: () => readEvents(numberOf(query, "after"), ask),
  }[kind]();
  return { contents: [{ uri, mimeType: JSON_TYPE, text: JSON.stringify(value, null, 2) }] };
}

/** Under which address changes of this resource are told. Refuses what is not there. */
export async function watchedUri(uri: string, ask: Ask): Promise<string> {
  const { kind, id, query } = parseUri(uri);
  if ([...query.keys()].length > 0) throw noSuchResource(uri, "Subscribe without a query.");
  if (kind === "task")
    return `steward://tasks/${((await ask("task.get", { taskId: id })) as { taskId: string }).taskId}`;
  if (kind === "run" || kind === "output") await ask("run.get", { runId: id });
  return uri;
}

export async function completeResource(argument: { name: string; value: string }, ask: Ask): Promise<CompleteResult> {
  const newest = await idsFor(argument.name, ask);
  const values = newest.filter((id) => id.startsWith(argument.value)).slice(0, MAX_COMPLETIONS);
  return { completion: { values, hasMore: newest.length === MAX_COMPLETIONS } };
}

async function idsFor(argument: string, ask: Ask): Promise<string[]> {
  if (argument === "taskId") {
    const { tasks = [] } = (await ask("task.list", { limit: MAX_COMPLETIONS })) as Page;
    return tasks.map(({ taskId }) => taskId);
  }
  if (argument === "runId") {
    const { runs = [] } = (await ask("run.list", { limit: MAX_COMPLETIONS })) as Page;
    return runs.map(({ runId }) => runId);
  }
  return argument === "stream" ? ["stdout", "stderr"] : [];
}

async function readEvents(after: number | undefined, ask: Ask): Promise<unknown> {
  if (after !== undefined) return ask("event.list", { after, limit: EVENTS });
  const { newest } = (await ask("event.list", { limit: 1 })) as { newest: number };
  return ask("event.list", { after: Math.max(0, newest - EVENTS), limit: EVENTS });
}

interface Address {
  readonly kind: "tasks" | "task" | "runs" | "run" | "output" | "events";
  readonly id: string;
  readonly query: URLSearchParams;
}

const ADDRESS = /^steward:\/\/(tasks|runs|events)(?:\/([^/?#]{1,600})(\/output)?)?(?:\?([^#]{0,1000}))?$/;

function parseUri(uri: string): Address {
  const [, noun, encoded, output, query = ""] = ADDRESS.exec(uri) ?? [];
  const id = encoded === undefined ? undefined : decoded(encoded);
  const params = new URLSearchParams(query);
  if (noun === "events" && id === undefined) return { kind: "events", id: "", query: params };
  if (noun === "tasks" && output === undefined) return { kind: id ? "task" : "tasks", id: id ?? "", query: params };
  if (noun === "runs") return { kind: output ? "output" : id ? "run" : "runs", id: id ?? "", query: params };
  throw noSuchResource(uri);
}

/** What is no percent-encoding stands for itself: then nothing is found under it. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function outputQuery(query: URLSearchParams): object {
  const from = numberOf(query, "from");
  const stream = query.get("stream");
  return { ...(from !== undefined && { from }), ...(stream !== null && { stream }) };
}

function numberOf(query: URLSearchParams, name: string): number | undefined {
  const text = query.get(name);
  if (text === null) return undefined;
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw new Refusal("invalid_input", `${name} is a number, not ${JSON.stringify(text.slice(0, 80))}.`);
}

function prefixed(where: object): Record<string, unknown> {
  return Object.fromEntries(Object.entries(where).map(([name, value]) => [`steward/${name}`, value]));
}

function noSuchResource(uri: string, hint = "resources/templates/list shows what there is."): Refusal {
  return new Refusal("not_found", `There is no resource ${JSON.stringify(uri.slice(0, 200))}.`, { hint });
}
