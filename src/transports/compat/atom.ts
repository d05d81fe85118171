/** Atom's control API: its paths, its shapes, and its `{"detail": …}` for a no. */
import type { Actor } from "../../core/actor.ts";
import type { Fields } from "../../core/compat.ts";
import { Bug, type CallPort, type Operation } from "../../core/operation.ts";
import { REFUSALS, Refusal } from "../../core/refusal.ts";
import { readBody } from "../rest/body.ts";
import { HttpRefusal } from "../rest/problem.ts";
import { askOurs, entriesOf } from "./compat.ts";

export interface AtomRoute {
  readonly methods: readonly string[];
  readonly path: string;
  readonly answer: (request: Request, actor: Actor) => Promise<Response>;
}

export interface AtomOptions {
  readonly operations: readonly Operation[];
  readonly call: CallPort;
  readonly address: () => string | undefined;
  readonly bodyBytes: number;
}

/** Who mounts them has let the caller in already. */
export function atomRoutes({ operations, call, address, bodyBytes }: AtomOptions): AtomRoute[] {
  return [...entriesOf(operations, "atom")].map(([at, entry]) => {
    const [methods = "", path = ""] = at.split(" ");
    return {
      methods: methods.split("|"),
      path,
      async answer(request, actor) {
        try {
          const theirs = await fieldsOf(request, bodyBytes);
          return Response.json(await askOurs(entry, { call, actor, theirs, address: address() }));
        } catch (error) {
          if (error instanceof Bug) return detail(500, `Internal error (${error.id})`);
          if (error instanceof HttpRefusal || !(error instanceof Refusal)) throw error;
          const status = error.number ?? REFUSALS[error.code].http;
          return detail(status, status === UNPROCESSABLE ? validationErrors(error) : error.message);
        }
      },
    };
  });
}

/** FastAPI's words for a no: a sentence, or what is wrong with which field. */
function detail(status: number, said: string | readonly object[]): Response {
  return Response.json({ detail: said }, { status });
}

/** FastAPI's status for a body that does not fit. */
const UNPROCESSABLE = 422;

/** Its `HTTPValidationError`. */
function validationErrors({ message, data }: Refusal): readonly object[] {
  const fields = data?.fields as readonly { readonly field: string; readonly problem: string }[] | undefined;
  if (!fields) return [{ type: "value_error", loc: ["body"], msg: message }];
  return fields.map(({ field, problem }) => ({ type: "value_error", loc: ["body", field], msg: problem }));
}

/** No body is no fields. */
async function fieldsOf(request: Request, bodyBytes: number): Promise<Fields> {
  const bytes = request.method === "POST" ? await readBody(request, bodyBytes) : new Uint8Array();
  if (bytes.length === 0) return {};
  const fields = parsed(bytes);
  if (typeof fields === "object" && fields !== null && !Array.isArray(fields)) return fields as Fields;
  throw new Refusal("invalid_input", "The body is not a JSON object", { number: UNPROCESSABLE });
}

function parsed(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    return undefined;
  }
}
