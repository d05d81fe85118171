import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { listening } from "./listening.ts";

function someSettings(text: string): string {
  const home = mkdtempSync(join(tmpdir(), "steward-listening-"));
  onTestFinished(() => rmSync(home, { recursive: true, force: true }));
  writeFileSync(join(home, "steward.json"), text);
  return join(home, "steward.json");
}

test("the address of HTTP is told, and that it is not the usual one only where nobody chose it", async () => {
  const addresses = (port: number) => [
    "unix:/home/steward.sock",
    `http://127.0.0.1:${port}`,
    "http+unix:/home/http.sock",
  ];
  const none = { settings: someSettings("{}"), port: undefined };
  const set = { settings: someSettings('{ "http": { "port": 8001 } }'), port: undefined };
  expect(await listening(addresses(8000), none)).toBe("It listens on http://127.0.0.1:8000.\n");
  expect(await listening(addresses(8001), none)).toContain("8001 (port 8000 is taken; set http.port");
  expect(await listening(addresses(8001), set)).toBe("It listens on http://127.0.0.1:8001.\n");
  expect(await listening(addresses(8001), { ...none, port: 8001 })).toBe("It listens on http://127.0.0.1:8001.\n");
  expect(await listening(["unix:/home/steward.sock"], none)).toBe("");
});
