/** Who may talk to us through whom: a page of another site, or a name that somebody else points at us, gets nothing. */
import { HttpRefusal } from "./problem.ts";

export interface GuardOptions {
  /** Names and addresses by which we are called, lower case, IPv6 in brackets. */
  readonly hosts: ReadonlySet<string>;
  /** Origins of other sites whose pages may call us. */
  readonly origins: ReadonlySet<string>;
}

interface Asked {
  get(name: string): string | null;
}

/** A host and a port, as RFC 9110 (section 7.2) writes them; a final dot says the same name. */
const HOST = /^(\[[0-9a-f:.]+\]|[a-z0-9._-]+?)\.?(?::\d{1,5})?$/;

/** Refuses (DNS rebinding: a foreign name; cross-site requests: a foreign origin), or says which foreign origin is welcome. */
export function admitted(headers: Asked, isTls: boolean, { hosts, origins }: GuardOptions): string | undefined {
  const host = headers.get("host")?.toLowerCase();
  const name = host === undefined ? undefined : HOST.exec(host)?.[1];
  if (host === undefined || name === undefined) {
    throw new HttpRefusal("invalid_input", "A request names the host it is meant for, once.", {
      hint: "Send a Host header.",
    });
  }
  if (!hosts.has(name)) {
    throw new HttpRefusal("denied", "This is not a name by which this host is called.", {
      hint: "Call it localhost, or add the name to http.allowedHosts in the settings.",
    });
  }
  const origin = headers.get("origin") ?? undefined;
  if (origin !== undefined && origins.has(origin)) return origin;
  const isOwn = origin === undefined || origin === `${isTls ? "https" : "http"}://${host}`;
  const site = headers.get("sec-fetch-site");
  if (isOwn && site !== "cross-site" && site !== "same-site") return undefined;
  throw new HttpRefusal("denied", "Pages of other sites may not call this host.", {
    hint: "Add their origin to http.allowedOrigins in the settings if they are yours.",
  });
}

/** Every name that the settings give this host. */
export function namesOf(settings: {
  readonly host: string;
  readonly allowedHosts: readonly string[];
  readonly publicUrl?: string | undefined;
}): ReadonlySet<string> {
  const { host, allowedHosts, publicUrl } = settings;
  const bound = host.includes(":") ? `[${host}]` : host;
  const names = ["localhost", "127.0.0.1", "[::1]", bound, ...allowedHosts];
  if (publicUrl !== undefined) names.push(new URL(publicUrl).hostname);
  return new Set(names.map((name) => name.toLowerCase()));
}
