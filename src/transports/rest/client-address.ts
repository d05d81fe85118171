/** Who is at the other end, as far as limits care: one name for each address, however it is written. */
import ipaddr from "ipaddr.js";

/** All clients of the unix socket: the file system has let them in. */
export const LOCAL = "local";

/** A chain of proxies longer than this is not followed. */
const MAX_PROXIES = 20;

export type IsTrusted = (address: string | undefined) => boolean;

/** Is the peer a proxy that was stated in the settings? */
export function trusting(ranges: readonly string[]): IsTrusted {
  const parsed = ranges.map((range) => (ipaddr.isValidCIDR(range) ? ipaddr.parseCIDR(range) : exactly(range)));
  return (address) => {
    const ip = parse(address);
    return ip !== undefined && parsed.some(([net, bits]) => net.kind() === ip.kind() && ip.match(net, bits));
  };
}

/** The peer, or whom a trusted proxy names. The nearest that is no proxy counts: what stands before it anybody can write. */
export function clientAddress(
  peer: string | undefined,
  forwardedFor: string | undefined,
  isTrusted: IsTrusted,
): string {
  if (peer === undefined) return LOCAL;
  if (forwardedFor === undefined || !isTrusted(peer)) return addressKey(peer);
  const hops = forwardedFor.split(",").map((hop) => hop.trim());
  for (const hop of hops.reverse().slice(0, MAX_PROXIES)) {
    if (parse(hop) === undefined) break;
    if (!isTrusted(hop)) return addressKey(hop);
  }
  return addressKey(peer);
}

/** `::ffff:1.2.3.4` is `1.2.3.4`; who has one IPv6 address has its whole /64. */
export function addressKey(address: string): string {
  const ip = parse(address);
  if (ip === undefined) return "unknown";
  if (ip.kind() === "ipv4") return ip.toString();
  return `${(ip as ipaddr.IPv6).parts
    .slice(0, 4)
    .map((part) => part.toString(16))
    .join(":")}::/64`;
}

export function isLoopbackAddress(address: string | undefined): boolean {
  return address === undefined || parse(address)?.range() === "loopback";
}

function parse(address: string | undefined): ipaddr.IPv4 | ipaddr.IPv6 | undefined {
  const plain = address?.replace(/%.*$/, "");
  // Four parts only: `1` and `0x7f.1` are addresses to the library, and to no proxy.
  if (plain === undefined || !(plain.includes(":") || ipaddr.IPv4.isValidFourPartDecimal(plain))) return undefined;
  return ipaddr.isValid(plain) ? ipaddr.process(plain) : undefined;
}

function exactly(address: string): [ipaddr.IPv4 | ipaddr.IPv6, number] {
  const ip = ipaddr.process(address);
  return [ip, ip.kind() === "ipv4" ? 32 : 128];
}
