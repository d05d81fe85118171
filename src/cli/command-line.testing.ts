/** For tests: the real command line as a process, and a daemon that is only its socket with operations made for the test. */

import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import * as z from "zod";
import { plenty } from "../../test/builders.ts";
import { homePaths } from "../core/home.ts";
import { silentLog } from "../core/log.ts";
import { type Call, createPorts, operation } from "../core/operation.ts";
import { serveJsonRpc } from "../transports/jsonrpc/serve.ts";

const MAIN = join(import.meta.dirname, "main.ts");

type Handle = (input: Record<string, unknown>, call: Call) => unknown;

/** The same handler as a stream: asked on from where its last answer says, until one has ended. */
async function* answersOn(handle: Handle, input: Record<string, unknown>, call: Call) {
  for (let from = input.from; ; ) {
    const answer = (await handle({ ...input, from }, call)) as Record<string, unknown>;
    yield answer;
    if (answer.ended) return;
    from = answer.next;
  }
}

/** Operations by name that take anything; each call is noted. */
export async function aDaemon(home: string, handlers: Readonly<Record<string, Handle>>) {
  const calls: { name: string; input: Record<string, unknown> }[] = [];
  const operations = Object.entries(handlers).map(([name, handle]) =>
    operation({
      name,
      summary: name,
      effect: "read",
      scope: "read",
      rest: "POST /fake",
      input: z.record(z.string(), z.unknown()),
      output: z.unknown(),
      refuses: [],
      example: {},
      handle: (call: Call, input) => {
        calls.push({ name, input });
        return handle(input, call);
      },
      stream: {
        item: z.record(z.string(), z.unknown()),
        resume: { field: "from", next: ({ next }) => Number(next) },
        open: (call: Call, input) => answersOn(handle, input, call),
      },
    }),
  );
  const server = await serveJsonRpc({
    path: homePaths(home).socket,
    ports: createPorts({ operations, context: {}, log: silentLog }),
    actor: { kind: "person", name: "ada", scope: "admin" },
    log: silentLog,
    unread: plenty,
  });
  onTestFinished(() => server.close());
  return { calls, server };
}

export function aHome(): string {
  const home = mkdtempSync(join(tmpdir(), "steward-cli-"));
  onTestFinished(() => rmSync(home, { recursive: true, force: true }));
  return home;
}

export interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

export interface Options {
  readonly stdin?: string;
  readonly node?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

export function startSteward(home: string, args: readonly string[], options: Options = {}) {
  const env = { ...process.env, STEWARD_HOME: home, ...options.env };
  const child = spawn(process.execPath, [...(options.node ?? []), MAIN, ...args], { env });
  onTestFinished(() => void child.kill("SIGKILL"));
  const out: Buffer[] = [];
  const err: Buffer[] = [];
  child.stdout.on("data", (chunk) => out.push(chunk));
  child.stderr.on("data", (chunk) => err.push(chunk));
  child.stdin.on("error", () => {}); // it may end before it has read everything
  child.stdin.end(options.stdin ?? "");
  const said = () => ({ out: Buffer.concat(out).toString(), err: Buffer.concat(err).toString() });
  const ended = new Promise<Ended>((resolve) => child.once("close", (code) => resolve({ code, ...said() })));
  return { child, said, ended };
}

export function steward(home: string, args: readonly string[], options?: Options): Promise<Ended> {
  return startSteward(home, args, options).ended;
}
