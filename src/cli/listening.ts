/** Tells whoever started a daemon where HTTP is, and that it is not where everybody looks for it. */
import { USUAL_PORT } from "../transports/rest/port.ts";
import { visibleLine } from "./visible.ts";

/** Empty without HTTP. `port` is the one that was asked for. */
export async function listening(
  addresses: readonly string[],
  { settings, port }: { readonly settings: string; readonly port: unknown },
): Promise<string> {
  const address = addresses.find((each) => /^https?:/.test(each));
  if (address === undefined) return "";
  const isUsual = Number(new URL(address).port) === USUAL_PORT;
  const isWanted = isUsual || port !== undefined || (await portIsSet(settings));
  const moved = isWanted ? "" : ` (port ${USUAL_PORT} is taken; set http.port for one that stays)`;
  return `It listens on ${visibleLine(address)}${moved}.\n`;
}

async function portIsSet(settings: string): Promise<boolean> {
  const { readSettings } = await import("../config/load.ts");
  const { fragments } = await import("../settings.ts");
  const read = readSettings(settings, fragments);
  return read.ok && read.settings.http.port !== undefined;
}
