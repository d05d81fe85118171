/** `steward doctor`: asks the daemon to look at itself; when none answers, the same checks run here. */
import { EXIT } from "../../core/refusal.ts";
import { asFailure } from "../failure.ts";
import type { Invocation } from "../invocation.ts";
import { versionOf } from "../package-version.ts";
import { render } from "../render.ts";
import { visibleJson } from "../visible.ts";

/** A daemon that has not said a word after this is taken for frozen, in ms. */
const SILENT_MS = 3_000;

interface Diagnosis {
  readonly healthy: boolean;
  readonly findings: readonly object[];
}

export async function doctor(invocation: Invocation): Promise<number> {
  const { json, out } = invocation;
  const diagnosis = await diagnosed(invocation);
  await out.write(json ? `${visibleJson(JSON.stringify(diagnosis))}\n` : await render("doctor", diagnosis));
  return diagnosis.healthy ? EXIT.ok : EXIT.runFailed;
}

async function diagnosed(invocation: Invocation): Promise<Diagnosis> {
  const { call, paths, packageRoot } = invocation;
  const version = versionOf(packageRoot);
  const answers = await answersInTime(call);
  try {
    if (answers === "yes") return (await call("doctor", { askerVersion: version })) as Diagnosis;
  } catch (error) {
    // An older daemon does not know the operation, and one that just ended cannot answer: both leave it to us.
    if (asFailure(error).error.data?.code === "denied") throw error;
  }
  const { examine } = await import("../../compose/examine.ts");
  const silentMs = answers === "silent" ? SILENT_MS : undefined;
  return await examine({ paths, version, daemon: { answers: false, silentMs } });
}

async function answersInTime(call: Invocation["call"]): Promise<"yes" | "no" | "silent"> {
  let timer: NodeJS.Timeout | undefined;
  const silent = new Promise<"silent">((resolve) => {
    timer = setTimeout(() => resolve("silent"), SILENT_MS);
  });
  const answer = call("ping", {}).then(
    () => "yes" as const,
    () => "no" as const,
  );
  return await Promise.race([answer, silent]).finally(() => clearTimeout(timer));
}
