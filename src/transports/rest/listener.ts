/** The API behind Node's server. Loaded when it is first needed: what it stands on costs a start more than everything else at the door. */
import { getRequestListener } from "@hono/node-server";
import { createRestApp, type RestOptions } from "./app.ts";
import type { Behind } from "./listen.ts";
import { HttpRefusal, problemResponse } from "./problem.ts";

export function createRestListener(options: RestOptions): Behind {
  const { fetch, abortAll } = createRestApp(options);
  const listener = getRequestListener((request, env) => fetch(request, env as Parameters<typeof fetch>[1]), {
    // What it cannot read: a target that is no URL, a request without a host.
    errorHandler: (error) => problemResponse(new HttpRefusal("invalid_input", `${(error as Error).message}.`)),
  });
  return { listener, abortAll };
}
