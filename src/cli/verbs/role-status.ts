/** `steward role status [ROLE]`: what `role list` tells, and an exit code for scripts. */
import { EXIT } from "../../core/refusal.ts";
import type { Invocation } from "../invocation.ts";
import type { RoleSeen } from "../render/roles.ts";
import { render } from "../render.ts";
import { viewOf } from "../view.ts";
import { visibleJson } from "../visible.ts";

/** As of a service that is stopped: no daemon, or no role that is on. */
const NONE_ON = EXIT.noDaemon;
/** Some are on and some are not. */
const SOME_ON = 1;

export async function roleStatus({ call, input, json, out, env }: Invocation): Promise<number> {
  const result = (await call("role.list", input)) as { roles: readonly RoleSeen[] };
  await out.write(
    json ? `${visibleJson(JSON.stringify(result))}\n` : await render("role.list", result, viewOf(out, env)),
  );
  const on = result.roles.filter(({ state }) => state === "on").length;
  if (on === 0) return NONE_ON;
  return on === result.roles.length ? EXIT.ok : SOME_ON;
}
