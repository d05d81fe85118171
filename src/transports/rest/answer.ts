/** Asks an operation what a request asks, and answers: once, or as a stream. */
import type { Actor } from "../../core/actor.ts";
import type { Clock } from "../../core/clock.ts";
import type { Ports } from "../../core/operation.ts";
import { fromText } from "../../core/text.ts";
import type { Calls } from "./calls.ts";
import { EVENT_STREAM, eventStream } from "./event-stream.ts";
import type { HttpLimits } from "./limits.ts";
import { inputOf } from "./request.ts";
import type { RestContext } from "./rest-context.ts";
import type { Route } from "./routes.ts";

export interface Answering {
  readonly ports: Ports;
  readonly limits: HttpLimits;
  readonly clock: Clock;
  readonly calls: Calls;
}

export async function answer(c: RestContext, route: Route, answering: Answering): Promise<Response> {
  const { ports, limits, calls } = answering;
  const { name, stream } = route.operation;
  const actor = c.get("actor");
  const input = await inputOf(route, c.req, limits.bodyBytes);
  const wantsStream = ports.isStream(name) || (stream !== undefined && accepts(c.req.header("accept")));
  if (wantsStream) return await streamAnswer(c, { route, input, actor }, answering);
  const { controller, end } = calls.begin(c.req.raw.signal);
  try {
    const requestId = c.req.header("request-id");
    const output = await ports.call(name, input, actor, { signal: controller.signal, requestId });
    return new Response(JSON.stringify(output), { headers: { "content-type": "application/json" } });
  } finally {
    end();
  }
}

interface Asked {
  readonly route: Route;
  readonly input: object;
  readonly actor: Actor;
}

async function streamAnswer(
  c: RestContext,
  { route, input, actor }: Asked,
  { ports, limits, clock, calls }: Answering,
): Promise<Response> {
  const headers = { "content-type": EVENT_STREAM };
  const from = await resumedFrom(route, c.req.header("last-event-id"));
  if (c.req.method === "HEAD") return new Response(null, { headers });
  const closeStream = calls.openStream(c.get("address"));
  const { controller, end } = calls.begin(c.req.raw.signal);
  const listenNoMore = c.get("lapse")((why) => controller.abort(why));
  const onEnd = () => {
    listenNoMore();
    end();
    closeStream();
  };
  try {
    const opened = await ports.stream(route.operation.name, { ...input, ...from }, actor, controller.signal);
    const cutOff = () => c.env.outgoing?.destroy();
    return new Response(eventStream(opened, { controller, clock, limits, cutOff, onEnd }), { headers });
  } catch (error) {
    onEnd();
    throw error;
  }
}

/** Where a reader that was cut off says it stood: that is newer than what its address says. */
async function resumedFrom({ operation, fields }: Route, lastEventId: string | undefined): Promise<object> {
  if (lastEventId === undefined || lastEventId === "") return {};
  const name = operation.stream?.resume.field ?? "";
  const field = (await fields()).get(name) ?? { name, type: "number" as const };
  return { [name]: fromText({ ...field, name: "Last-Event-ID" }, lastEventId) };
}

function accepts(accept: string | undefined): boolean {
  return accept?.toLowerCase().includes(EVENT_STREAM) ?? false;
}
