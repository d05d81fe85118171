/** Which addresses a webhook may reach: public ones, judged after the name was resolved, and no others are connected to. */
import type { LookupAddress } from "node:dns";
import ipaddr from "ipaddr.js";

export type Resolve = (host: string) => Promise<readonly LookupAddress[]>;

/** More addresses of one name than this are not looked at. */
const MAX_ADDRESSES = 16;
/** The only IPv6 addresses that are given out to the public (IANA, Global Unicast). */
const GLOBAL_UNICAST = ipaddr.IPv6.parseCIDR("2000::/3");
/** Of an address range that looks public: Azure's host agent, which answers with credentials. */
const METADATA = new Set(["168.63.129.16"]);

/** Nothing is connected to; worded for whoever wrote the settings. */
export class AddressNotAllowed extends Error {
  constructor(host: string, address: string, kind: string) {
    const what = host === address ? address : `${host} is ${address}, which`;
    super(`${what} is not a public address (${kind}). If it is meant, set allowPrivate: true.`);
    this.name = "AddressNotAllowed";
  }
}

/** All addresses of a host, or none: a name with one forbidden address is as suspicious as one with only such. */
export async function allowedAddresses(
  host: string,
  { allowPrivate, resolve }: { readonly allowPrivate: boolean; readonly resolve: Resolve },
): Promise<LookupAddress[]> {
  const addresses = await addressesOf(host, resolve);
  if (addresses.length === 0) throw new Error(`${host} has no address`);
  for (const { address } of allowPrivate ? [] : addresses) {
    const kind = forbiddenKind(address);
    if (kind !== undefined) throw new AddressNotAllowed(host, address, kind);
  }
  return addresses;
}

/** What makes an address one that is not public; undefined when it is. */
export function forbiddenKind(text: string): string | undefined {
  if (!ipaddr.isValid(text)) return "no address";
  const address = ipaddr.parse(text);
  const range = address.range();
  if (range !== "unicast") return range;
  if (METADATA.has(address.toString())) return "metadata";
  if (address instanceof ipaddr.IPv6 && (address.zoneId !== undefined || !address.match(GLOBAL_UNICAST)))
    return "reserved";
  return undefined;
}

async function addressesOf(host: string, resolve: Resolve): Promise<LookupAddress[]> {
  // A URL has IPv6 in brackets, and IPv4 in its one plain form.
  const literal = host.startsWith("[") ? host.slice(1, -1) : host;
  if (ipaddr.isValid(literal)) return [{ address: literal, family: ipaddr.parse(literal).kind() === "ipv6" ? 6 : 4 }];
  return (await resolve(host)).slice(0, MAX_ADDRESSES);
}
