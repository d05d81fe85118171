/** `steward store check`: by the daemon, or here when none answers. */
import { EXIT } from "../../core/refusal.ts";
import { asFailure, refusalFailure } from "../failure.ts";
import type { Invocation } from "../invocation.ts";
import { render } from "../render.ts";
import { visibleJson } from "../visible.ts";

interface StoreCheck {
  readonly ok: boolean;
}

export async function checkStore({ call, paths, json, out }: Invocation): Promise<number> {
  const checked = (await call("store.check", {}).catch((error: unknown) => withoutDaemon(error, paths))) as StoreCheck;
  await out.write(json ? `${visibleJson(JSON.stringify(checked))}\n` : await render("store.check", checked));
  return checked.ok ? EXIT.ok : EXIT.runFailed;
}

async function withoutDaemon(error: unknown, { database: file, settings }: Invocation["paths"]): Promise<unknown> {
  if (asFailure(error).exit !== EXIT.noDaemon) throw error;
  const { isStoreElsewhere } = await import("../store-elsewhere.ts");
  if (isStoreElsewhere(settings)) throw error;
  const { statSync } = await import("node:fs");
  const found = statSync(file, { throwIfNoEntry: false });
  if (!found) {
    throw refusalFailure({
      code: "not_found",
      message: `There is no store ${file}.`,
      hint: "`steward start` makes one; `steward store restore` brings back a backup.",
    });
  }
  if (found.uid !== process.geteuid?.()) {
    throw refusalFailure({
      code: "denied",
      message: `${file} belongs to user ${found.uid}.`,
      hint: "Ask as that user: to read it, files may have to be made beside it.",
    });
  }
  if (found.size === 0)
    return { ok: false, problems: [`${file} is empty: the store that was here has been lost.`], counted: null };
  const { checkStore: check } = await import("../../daemon/maintenance/check-store.ts");
  return await check({ file });
}
