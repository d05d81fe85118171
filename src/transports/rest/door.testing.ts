/** A real door with the small API of `rest.testing.ts` behind it, and raw connections to it. */
import { mkdtempSync, rmSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { plenty } from "../../../test/builders.ts";
import { silentLog } from "../../core/log.ts";
import type { Unread } from "../unread.ts";
import { type HttpSettings, httpSettings } from "./http-settings.ts";
import { HTTP_LIMITS, type HttpLimits } from "./limits.ts";
import { openHttpDoor } from "./listen.ts";
import { createRestListener } from "./listener.ts";
import { anApp } from "./rest.testing.ts";
import { readTls } from "./tls.ts";

export async function aDoorway({
  limits = {},
  settings = {},
  unread = plenty,
}: {
  limits?: Partial<HttpLimits>;
  settings?: Partial<HttpSettings>;
  unread?: Unread;
} = {}) {
  const home = mkdtempSync(join(tmpdir(), "steward-http-"));
  const fakes = anApp({ limits });
  const tls = settings.tls && readTls(settings.tls, home);
  if (tls && "fault" in tls) throw new Error(tls.fault.message);
  const door = await openHttpDoor({
    settings: { ...httpSettings.schema.parse(undefined), port: 0, ...settings },
    tls: tls?.pair,
    socket: join(home, "http.sock"),
    limits: { ...HTTP_LIMITS, lingerMs: 200, ...limits },
    log: silentLog,
    unread,
  });
  door.lead(async () => createRestListener(fakes.options));
  onTestFinished(async () => {
    await door.close();
    rmSync(home, { recursive: true, force: true });
  });
  const [url = "", local = ""] = door.addresses;
  return { ...fakes, door, home, url, port: Number(new URL(url).port), socket: local.replace("http+unix:", "") };
}

/** A connection that keeps all it hears. */
export function aCaller(to: number | string) {
  const socket: Socket = typeof to === "number" ? connect(to, "127.0.0.1") : connect(to);
  onTestFinished(() => void socket.destroy());
  let heard = "";
  socket.on("data", (chunk) => {
    heard += chunk.toString("latin1");
  });
  socket.on("error", () => {});
  const closed = new Promise<string>((resolve) => socket.once("close", () => resolve(heard)));
  return { socket, closed, heard: () => heard, say: (text: string | Buffer) => socket.write(text) };
}

export function statusOf(answer: string): number {
  return Number(/^HTTP\/1\.1 (\d{3})/.exec(answer)?.[1]);
}

export function asked(path: string, more: readonly string[] = [], body = ""): string {
  const lines = ["Host: localhost", "Authorization: Bearer stw_owner-of-the-house", ...more];
  return `${path} HTTP/1.1\r\n${lines.join("\r\n")}\r\n\r\n${body}`;
}
