/** A home in which everything is on: HTTP with MCP (the default), an agent, and a webhook that is told of what completes. */
import { randomBytes } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Bench } from "./bench.ts";
import { writeSettings } from "./daemon.ts";

export function homeWithEverythingOn(bench: Bench, name: string): string {
  const home = bench.directory(name);
  const key = join(home, "webhook-key");
  writeFileSync(key, `whsec_${randomBytes(32).toString("base64")}\n`, { mode: 0o600 });
  writeSettings(home, {
    agents: { shell: { runtime: "command", command: ["sh", "-c", "{prompt}"] } },
    roles: { default: { agent: "shell", wipLimit: 3 }, paused: { agent: "shell", wipLimit: 0 } },
    // Nothing completes here: it is looked for and there is nothing to send.
    webhooks: { told: { url: "https://example.org/hook", topics: ["task.completed"], secret: { file: key } } },
  });
  return home;
}
