import { expect, test } from "vitest";
import { namesOf } from "./guard.ts";
import { httpSettings, isLoopback, overridden } from "./http-settings.ts";

const read = (http: object) => httpSettings.schema.safeParse(http);

test("nothing said is loopback, a port that may move, and the socket", () => {
  expect(httpSettings.schema.parse(undefined)).toEqual({
    enabled: true,
    host: "127.0.0.1",
    socket: true,
    trustedProxies: [],
    allowedHosts: [],
    allowedOrigins: [],
  });
});

test.each([
  "0.0.0.0",
  "::",
  "192.168.1.5",
  "steward.example.org",
  "::ffff:10.0.0.1",
])("%s is open to others, and wants TLS or a stated proxy", (host) => {
  expect(read({ host }).error?.issues[0]).toMatchObject({
    path: ["host"],
    message: expect.stringContaining("http.tls"),
  });
  expect(read({ host, tls: { cert: "c", key: "k" } }).success).toBe(true);
  expect(read({ host, trustedProxies: ["10.0.0.1"] }).success).toBe(true);
  const settings = httpSettings.schema.parse(undefined);
  expect(overridden(settings, { host })).toContain("--host is reachable from other machines");
});

test.each(["localhost", "127.0.0.1", "127.1.2.3", "::1", "::ffff:127.0.0.1"])("%s is this machine", (host) => {
  expect(isLoopback(host)).toBe(true);
  expect(read({ host }).success).toBe(true);
});

test.each<[object]>([
  [{ port: 65_536 }],
  [{ host: "a b" }],
  [{ trustedProxies: ["proxy"] }],
  [{ trustedProxies: ["10.0.0.0/99"] }],
  [{ allowedHosts: ["https://x.example"] }],
  [{ allowedOrigins: ["*"] }],
  [{ allowedOrigins: ["https://x.example/"] }],
  [{ allowedOrigins: ["null"] }],
  [{ publicUrl: "x.example" }],
  [{ tls: { cert: "c" } }],
])("%j is refused", (http) => {
  expect(read(http).success).toBe(false);
});

test("what a start says wins, and is held to the same", () => {
  const settings = httpSettings.schema.parse({ port: 8080 });
  expect(overridden(settings, {})).toBe(settings);
  expect(overridden(settings, { port: 9090 })).toMatchObject({ port: 9090, host: "127.0.0.1" });
  expect(overridden(settings, { port: Number.NaN })).toContain("--port");
});

test("every name of the settings is one by which it may be called", () => {
  const names = namesOf({ host: "::", allowedHosts: ["Box.lan"], publicUrl: "https://steward.example:8443" });
  expect([...names]).toEqual(["localhost", "127.0.0.1", "[::1]", "[::]", "box.lan", "steward.example"]);
});
