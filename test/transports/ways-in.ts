/** The ways in: each takes a question by the operation's name and gives its answer, or the code and the words of its refusal. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { CatalogueField } from "../../src/cli/catalogue.ts";
import { describeOperations } from "../../src/cli/catalogue-of-operations.ts";
import { operations } from "../../src/operations.ts";
import { connectClient, Refused } from "../lifecycle/client.ts";
import { steward } from "../lifecycle/command-line.ts";
import type { Home } from "../lifecycle/daemon.ts";
import { overHttp, overStdio, type Reader, refusalIn } from "../mcp/reader.ts";
import { rest } from "./rest-way-in.ts";

export type Answer = { readonly result: unknown } | { readonly refused: string; readonly message: string };

export interface WayIn {
  ask(name: string, input: Readonly<Record<string, unknown>>): Promise<Answer>;
  close(): Promise<void> | void;
}

export interface Transport {
  readonly name: string;
  /** Why it cannot ask this; undefined when it can. */
  readonly cannotAsk: (operation: string) => string | undefined;
  open(home: Home): Promise<WayIn>;
}

const jsonRpc: Transport = {
  name: "JSON-RPC",
  cannotAsk: () => undefined,
  async open(home) {
    const client = connectClient(home.paths.socket);
    return {
      close: () => client.close(),
      async ask(name, input) {
        try {
          return { result: await client.call(name, input) };
        } catch (error) {
          if (!(error instanceof Refused)) throw error;
          return { refused: error.code, message: error.message };
        }
      },
    };
  },
};

const commandLine: Transport = {
  name: "the command line",
  cannotAsk: () => undefined,
  async open(home) {
    return {
      close: () => {},
      async ask(name, input) {
        const { code, out, err } = await steward(home, ...wordsFor(home, name, input), "--json");
        if (code === 0) return { result: JSON.parse(out) };
        const error = JSON.parse(err.trim().split("\n").at(-1) ?? "") as { message: string; data: { code: string } };
        return { refused: error.data.code, message: error.message };
      },
    };
  },
};

const catalogue = describeOperations(operations);

/** As somebody would type it: the verb, every field as its flag. A queue is imported from a file. */
function wordsFor(home: Home, name: string, input: Readonly<Record<string, unknown>>): string[] {
  const [noun = "", verb = ""] = name.split(".");
  const words = verb === "" ? [noun] : [noun, kebab(verb)];
  if (name === "queue.import") {
    writeFileSync(join(home.path, "queue.json"), String(input.text));
    return [...words, join(home.path, "queue.json"), ...(input.dryRun ? ["--dry-run"] : [])];
  }
  const fields = catalogue[noun]?.[kebab(verb)]?.fields ?? [];
  return [...words, ...Object.entries(input).flatMap(([field, value]) => flag(fields, field, value))];
}

function flag(fields: readonly CatalogueField[], name: string, value: unknown): string[] {
  const field = fields.find((one) => one.name === name);
  if (!field) throw new Error(`there is no flag for ${name}`);
  if (field.type === "boolean") return value ? [`--${field.flag}`] : [];
  const unit = field.type === "duration" ? field.unit : "";
  const text = Array.isArray(value)
    ? value.join(",")
    : typeof value === "object"
      ? JSON.stringify(value)
      : String(value);
  return [`--${field.flag}=${text}${unit ?? ""}`];
}

function kebab(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

const isTool = (name: string) => operations.some((one) => one.name === name && one.tool === true);
const onlyTools = (name: string) => (isTool(name) ? undefined : "it is no tool for agents");

async function asReader(reader: Reader): Promise<WayIn> {
  return {
    close: () => reader.close(),
    async ask(name, input) {
      const answer = await reader.call(name.replace(".", "_"), input);
      if (!answer.isError) return { result: answer.structuredContent };
      const { code, message } = refusalIn(answer);
      return { refused: code, message };
    },
  };
}

const mcpStdio: Transport = {
  name: "MCP over stdio",
  cannotAsk: onlyTools,
  open: async (home) => asReader(await overStdio(home)),
};

const mcpHttp: Transport = {
  name: "MCP over HTTP",
  cannotAsk: onlyTools,
  open: async (home) => asReader(await overHttp(`${httpAddress(home)}/mcp`, ownersToken(home))),
};

function ownersToken(home: Home): string {
  return readFileSync(home.paths.token, "utf8").trim();
}

function httpAddress(home: Home): string {
  const { addresses } = JSON.parse(readFileSync(home.paths.daemon, "utf8")) as { addresses: string[] };
  return addresses.find((address) => address.startsWith("http://")) ?? "";
}

/** The first is the one that the others are held against. */
export const TRANSPORTS: readonly Transport[] = [jsonRpc, commandLine, rest, mcpStdio, mcpHttp];
