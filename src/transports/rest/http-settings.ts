/** The settings of the HTTP door: where it listens, and whom it answers. */
import ipaddr from "ipaddr.js";
import * as z from "zod";
import { fragment } from "../../config/fragment.ts";

const HOST_NAME = /^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/i;

const HostName = z
  .string()
  .regex(HOST_NAME, "is no host name; write it without scheme and port, as steward.example.org");

const Origin = z
  .string()
  .max(300)
  .refine(
    (text) => URL.canParse(text) && new URL(text).origin === text,
    "is no origin; expected as https://example.org",
  );

const HttpSection = z
  .strictObject({
    enabled: z.boolean().default(true).describe("Whether there is HTTP at all."),
    host: z
      .string()
      .refine((text) => ipaddr.isValid(text) || HOST_NAME.test(text), "is neither an address nor a host name")
      .default("127.0.0.1")
      .describe("Where it listens. Beyond loopback only with `tls` or `trustedProxies`."),
    port: z
      .int()
      .min(0)
      .max(65_535)
      .optional()
      .describe("Its port; 0 takes any that is free. Default: 8000, or the next free one."),
    socket: z.boolean().default(true).describe("Whether it also listens at the unix socket `http.sock` in the home."),
    tls: z
      .strictObject({
        cert: z.string().min(1).describe("File with the certificate chain, PEM."),
        key: z.string().min(1).describe("File with its private key, PEM."),
      })
      .optional()
      .describe("Speak HTTPS. A path that is not absolute begins in the home."),
    trustedProxies: z
      .array(z.string().refine(isRange, "is neither an address nor a range as 10.0.0.0/8"))
      .max(100)
      .default([])
      .describe("Addresses or ranges of reverse proxies: their X-Forwarded-For is believed."),
    allowedHosts: z
      .array(HostName)
      .max(100)
      .default([])
      .describe("Names by which clients may call it, beside localhost, the loopback addresses and `host`."),
    allowedOrigins: z
      .array(Origin)
      .max(100)
      .default([])
      .describe("Origins whose pages may call it, as https://example.org. Default: none but its own."),
    publicUrl: Origin.optional().describe(
      "The origin by which it is called through a proxy: its name and itself are allowed.",
    ),
  })
  .refine(({ host, tls, trustedProxies }) => isLoopback(host) || tls !== undefined || trustedProxies.length > 0, {
    path: ["host"],
    message:
      "is reachable from other machines; that needs http.tls, or http.trustedProxies when a proxy speaks TLS for it",
  })
  .prefault({})
  .describe("HTTP: the REST API, on a port and on a unix socket.");

export type HttpSettings = z.output<typeof HttpSection>;

export const httpSettings = fragment("http", HttpSection);

/** What a start may say instead of the settings file. */
export interface HttpOverrides {
  readonly host?: string | undefined;
  readonly port?: number | undefined;
}

/** The settings with what this start says, or what is wrong with that, as a sentence. */
export function overridden(settings: HttpSettings, { host, port }: HttpOverrides): HttpSettings | string {
  if (host === undefined && port === undefined) return settings;
  const said = { ...settings, ...(host !== undefined && { host }), ...(port !== undefined && { port }) };
  const checked = HttpSection.safeParse(said);
  if (checked.success) return checked.data;
  return checked.error.issues.map(({ path, message }) => `--${path.join(".")} ${message}`).join("; ");
}

export function isLoopback(host: string): boolean {
  return host === "localhost" || (ipaddr.isValid(host) && ipaddr.process(host).range() === "loopback");
}

function isRange(text: string): boolean {
  return ipaddr.isValid(text) || ipaddr.isValidCIDR(text);
}
