import { expect, test } from "vitest";
import { addressKey, clientAddress, LOCAL, trusting } from "./client-address.ts";

test.each([
  ["::ffff:192.0.2.1", "192.0.2.1"],
  ["192.0.2.1", "192.0.2.1"],
  ["2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"],
  ["2001:db8:1:2::9", "2001:db8:1:2::/64"],
  ["fe80::1%eth0", "fe80:0:0:0::/64"],
  ["nonsense", "unknown"],
])("%s counts as %s", (address, key) => {
  expect(addressKey(address)).toBe(key);
});

const isTrusted = trusting(["10.0.0.0/8", "::1"]);

test.each([
  ["a peer that is no proxy says nothing", "192.0.2.1", "203.0.113.1", "192.0.2.1"],
  ["the client of a proxy", "10.0.0.1", "203.0.113.1", "203.0.113.1"],
  [
    "the nearest that is no proxy, not what it wrote before",
    "10.0.0.1",
    "1.1.1.1, 203.0.113.1, 10.0.0.2",
    "203.0.113.1",
  ],
  ["a proxy over IPv6", "::1", "203.0.113.1", "203.0.113.1"],
  ["a mapped proxy", "::ffff:10.0.0.1", "203.0.113.1", "203.0.113.1"],
  ["what is no address stops the search", "10.0.0.1", "203.0.113.1, unknown", "10.0.0.1"],
  ["a number is no address", "10.0.0.1", "1", "10.0.0.1"],
  ["nothing but proxies", "10.0.0.1", "10.0.0.3", "10.0.0.1"],
  ["a chain without end", "10.0.0.1", `203.0.113.1${", 10.0.0.2".repeat(1_000)}`, "10.0.0.1"],
])("%s", (_, peer, forwarded, client) => {
  expect(clientAddress(peer, forwarded, isTrusted)).toBe(client);
});

test("a peer without an address came through the socket, whatever it writes", () => {
  expect(clientAddress(undefined, "203.0.113.1", isTrusted)).toBe(LOCAL);
});
