/** The way over HTTP: routes from the table of operations, refusals as problem documents (RFC 9457), streams as server-sent events. */
import type { StreamPart } from "../core/stream.ts";
import { ANSWER_BYTES, type Asked, type Door } from "./door.ts";
import { answeredError, closed, lost, noDaemon, notSteward, StewardRefusal, silent } from "./errors.ts";
import { requestOf } from "./http-request.ts";
import { serverSentEvents } from "./server-sent.ts";

export function httpDoor({ url, token }: { readonly url: string; readonly token?: string | undefined }): Door {
  const base = `${url.replace(/\/+$/, "")}/api/v1`;
  const whole = new AbortController();

  /** `within` ends the question, `whole` everything that this client asks. */
  async function ask(asked: Asked, accept: string, within: AbortSignal): Promise<Response> {
    const { path, method, body } = requestOf(asked);
    const headers = {
      accept,
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
      ...(body !== undefined && { "content-type": "application/json" }),
      ...(asked.requestId !== undefined && { "request-id": asked.requestId }),
    };
    const signal = AbortSignal.any([within, whole.signal, ...(asked.signal ? [asked.signal] : [])]);
    // A redirect would carry the token somewhere else.
    return await fetch(`${base}${path}`, { method, headers, signal, redirect: "error", ...(body && { body }) });
  }

  function failure(error: unknown, asked: Asked, within: AbortSignal): unknown {
    if (asked.signal?.aborted) return asked.signal.reason;
    if (whole.signal.aborted) return closed();
    if (within.aborted) return silent(asked.timeoutMs);
    return httpError(error, base);
  }

  return {
    async call(asked) {
      if (whole.signal.aborted) throw closed();
      const within = AbortSignal.timeout(asked.timeoutMs);
      try {
        const response = await ask(asked, "application/json", within);
        return answerOf(response, await textOf(response), base);
      } catch (error) {
        throw failure(error, asked, within);
      }
    },
    async *stream(asked) {
      if (whole.signal.aborted) throw closed();
      const opening = new AbortController();
      const timer = setTimeout(() => opening.abort(), asked.timeoutMs);
      try {
        const response = await ask(asked, "text/event-stream", opening.signal);
        clearTimeout(timer);
        if (!isOf(response, "text/event-stream")) {
          answerOf(response, await textOf(response), base);
          throw notSteward(base);
        }
        yield* partsOf(response, base);
      } catch (error) {
        throw failure(error, asked, opening.signal);
      } finally {
        clearTimeout(timer);
        // Whoever stops reading lets go of the connection.
        opening.abort();
      }
    },
    async close() {
      whole.abort();
    },
  };
}

async function* partsOf(response: Response, base: string): AsyncGenerator<StreamPart> {
  for await (const { event, data, id } of serverSentEvents(response.body, ANSWER_BYTES)) {
    if (event === "ended") return;
    const said = parse(data);
    if (event === "error") throw problem(said, base);
    if (event !== "item" && event !== "gap" && event !== "dropped") continue;
    const next = Number(id);
    if (id === "" || !Number.isSafeInteger(next)) throw notSteward(base);
    yield event === "item" ? { item: said, next } : { mark: event, next };
  }
  throw lost();
}

/** Not every refusal has an error's status: what waits for an approval was accepted. */
function answerOf(response: Response, text: string, base: string): unknown {
  if (!response.ok || isOf(response, "application/problem+json")) throw problem(parse(text), base);
  const answer = text === "" ? null : parse(text);
  if (answer === undefined) throw notSteward(base);
  return answer;
}

/** What a problem document says of a bug, after which comes the bug's id. */
const BUG = "urn:steward:bug:";

function problem(said: unknown, base: string): Error {
  const { code, detail, hint, data, instance } = (said ?? {}) as Readonly<Record<string, unknown>>;
  if (typeof code !== "string" || typeof detail !== "string") return notSteward(base);
  const id = typeof instance === "string" ? instance.replace(BUG, "") : undefined;
  return answeredError({ message: detail, data: { ...Object(data), code, hint, id } });
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isOf(response: Response, type: string): boolean {
  return response.headers.get("content-type")?.startsWith(type) ?? false;
}

async function textOf({ body }: Response): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  let bytes = 0;
  for await (const chunk of body ?? []) {
    bytes += chunk.length;
    if (bytes > ANSWER_BYTES) {
      const hint = "Ask for less at once.";
      throw new StewardRefusal({ code: "too_large", message: `An answer takes up to ${ANSWER_BYTES} bytes.`, hint });
    }
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}

/** `fetch` throws a TypeError and says in its cause what happened. */
function httpError(error: unknown, base: string): unknown {
  if (!(error instanceof TypeError)) return error;
  const { code } = (error.cause ?? {}) as { readonly code?: string };
  if (code !== undefined && ["ECONNREFUSED", "ENOTFOUND", "EHOSTUNREACH", "ENETUNREACH"].includes(code)) {
    return noDaemon(base);
  }
  return code?.startsWith("HPE_") ? notSteward(base) : lost();
}
