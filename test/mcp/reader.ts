import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import { StdioClientTransport } from "@modelcontextprotocol/client/stdio";
import { onTestFinished } from "vitest";
import type { Home } from "../lifecycle/daemon.ts";
import { STEWARD, STEWARD_ENV } from "../lifecycle/programs.ts";

export interface Answer {
  readonly isError?: boolean;
  readonly content: readonly { readonly type: string; readonly text?: string }[];
  readonly structuredContent?: Readonly<Record<string, unknown>>;
  readonly _meta?: Readonly<Record<string, unknown>>;
}

export interface Reader {
  readonly client: Client;
  call(tool: string, input?: object, meta?: Record<string, unknown>): Promise<Answer>;
  /** Addresses of resources that were told to have changed; `list` for the list of them. */
  readonly told: string[];
  close(): Promise<void>;
}

export interface ReaderOptions {
  /** Without a handshake, as of 2026-07-28. */
  readonly modern?: boolean;
}

type AnyTransport = Parameters<Client["connect"]>[0];

async function connected(transport: AnyTransport, { modern = false }: ReaderOptions): Promise<Reader> {
  const client = new Client({ name: "test", version: "1" }, modern ? { versionNegotiation: { mode: "auto" } } : {});
  const told: string[] = [];
  client.setNotificationHandler("notifications/resources/list_changed", () => void told.push("list"));
  client.setNotificationHandler("notifications/resources/updated", ({ params }) => void told.push(params.uri));
  await client.connect(transport);
  onTestFinished(() => client.close());
  return {
    client,
    told,
    close: () => client.close(),
    call: async (name, input = {}, meta) =>
      (await client.callTool({
        name,
        arguments: input as Record<string, unknown>,
        ...(meta && { _meta: meta }),
      })) as Answer,
  };
}

export async function overStdio(home: Home, args: readonly string[] = [], options: ReaderOptions = {}) {
  const transport = new StdioClientTransport({
    command: STEWARD,
    args: ["mcp", "--home", home.path, ...args],
    env: { PATH: process.env.PATH ?? "", ...STEWARD_ENV },
    stderr: "pipe",
  });
  const reader = await connected(transport, options);
  return { ...reader, pid: transport.pid ?? 0 };
}

export function overHttp(url: string, token: string, options: ReaderOptions = {}): Promise<Reader> {
  const requestInit = { headers: { authorization: `Bearer ${token}` } };
  return connected(new StreamableHTTPClientTransport(new URL(url), { requestInit }), options);
}

/** What a refused call says of it as data. */
export function refusalIn(answer: Answer): { readonly code: string; readonly message: string; readonly hint?: string } {
  return answer._meta?.["steward/refusal"] as { code: string; message: string };
}
