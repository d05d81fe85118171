/** `steward version`: needs no daemon. */
import { EXIT } from "../../core/refusal.ts";
import type { Invocation } from "../invocation.ts";
import { versionOf } from "../package-version.ts";

export async function version({ json, packageRoot, out }: Invocation): Promise<number> {
  const found = versionOf(packageRoot);
  await out.write(json ? `${JSON.stringify({ version: found, node: process.versions.node })}\n` : `${found}\n`);
  return EXIT.ok;
}
