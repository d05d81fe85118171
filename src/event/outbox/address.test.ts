import { describe, expect, test } from "vitest";
import { AddressNotAllowed, allowedAddresses, forbiddenKind } from "./address.ts";

describe("an address that is not public is not reached:", () => {
  test.each([
    ["loopback", "127.0.0.1", "127.255.255.254", "::1"],
    ["private", "10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1", "fc00::1", "fd12:3456::1"],
    ["link-local", "169.254.1.1", "fe80::1", "fe80::1%eth0", "febf::1"],
    ["metadata", "169.254.169.254", "fd00:ec2::254", "100.100.100.200", "168.63.129.16", "192.0.0.192"],
    ["carrier-grade NAT", "100.64.0.1", "100.127.255.255"],
    ["multicast and broadcast", "224.0.0.1", "239.255.255.255", "255.255.255.255", "ff02::1"],
    ["unspecified", "0.0.0.0", "0.1.2.3", "::"],
    ["IPv4 in IPv6", "::ffff:127.0.0.1", "::ffff:8.8.8.8", "::ffff:a00:1", "::127.0.0.1", "::ffff:0:127.0.0.1"],
    ["NAT64", "64:ff9b::7f00:1", "64:ff9b::808:808", "64:ff9b:1::1"],
    ["tunnels", "2002:7f00:1::1", "2001:0:1::1"],
    [
      "documentation and reserved",
      "192.0.2.1",
      "198.51.100.1",
      "203.0.113.1",
      "198.18.0.1",
      "240.0.0.1",
      "2001:db8::1",
    ],
    ["not given out", "4000::1", "fec0::1", "100::1", "5f00::1"],
    ["no address at all", "", "localhost", "1.2.3.4.5", "fe80::1%"],
  ])("%s", (_, ...addresses) => {
    for (const address of addresses) expect(forbiddenKind(address), address).toBeTypeOf("string");
  });
});

test("a public address is reached", () => {
  for (const address of ["8.8.8.8", "1.1.1.1", "172.32.0.1", "100.128.0.1", "2606:4700:4700::1111", "2a00:1450::1"]) {
    expect(forbiddenKind(address), address).toBeUndefined();
  }
});

describe("a name", () => {
  test("counts as what it resolves to, and as its worst address", async () => {
    expect(await reach("public.example", ["8.8.8.8", "2606:4700::1"])).toEqual(["8.8.8.8", "2606:4700::1"]);
    await expect(reach("rebound.example", ["8.8.8.8", "127.0.0.1"])).rejects.toThrow(AddressNotAllowed);
    await expect(reach("rebound.example", ["8.8.8.8", "127.0.0.1"])).rejects.toThrow(
      "rebound.example is 127.0.0.1, which is not a public address (loopback). If it is meant, set allowPrivate: true.",
    );
  });

  test("without an address is an error", async () => {
    await expect(reach("empty.example", [])).rejects.toThrow("empty.example has no address");
  });

  test("may resolve to anything when private addresses are allowed", async () => {
    expect(await reach("here.example", ["127.0.0.1"], true)).toEqual(["127.0.0.1"]);
  });
});

test.each([
  ["http://127.1/"],
  ["http://0x7f.0.0.1/"],
  ["http://2130706433/"],
  ["http://017700000001/"],
  ["http://[::1]/"],
  ["http://[::ffff:7f00:1]/"],
  ["http://１２７.0.0.1/"],
])("%s is this machine, however it is written, and no name is asked for", async (url) => {
  const resolve = () => Promise.reject(new Error("asked"));
  await expect(allowedAddresses(new URL(url).hostname, { allowPrivate: false, resolve })).rejects.toThrow(
    AddressNotAllowed,
  );
});

async function reach(host: string, addresses: readonly string[], allowPrivate = false): Promise<string[]> {
  const resolve = async () => addresses.map((address) => ({ address, family: address.includes(":") ? 6 : 4 }));
  return (await allowedAddresses(host, { allowPrivate, resolve })).map(({ address }) => address);
}
