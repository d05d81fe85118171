/** The page of everything that Steward can be asked to do, over every transport. */
import { toJSONSchema } from "zod";
import type { Catalogue } from "../../src/cli/catalogue.ts";
import { requestBy } from "../../src/client/http-request.ts";
import { ALWAYS_POSSIBLE, type Operation } from "../../src/core/operation.ts";
import { commandLineOf } from "./command-lines.ts";
import { fieldTable, GENERATED, type Schema } from "./schema-tables.ts";

export async function operationsPage(operations: readonly Operation[], catalogue: Catalogue): Promise<string> {
  const sorted = [...operations].sort((a, b) => (a.name < b.name ? -1 : 1));
  const sections = await Promise.all(sorted.map((operation) => operationSection(operation, catalogue)));
  return `${GENERATED}
# Operations

Everything Steward can be asked to do. One definition each, and every transport is made from it: on the command line the
name's words are the verb (\`task.submit\` is \`steward task submit\`), on the socket it is the JSON-RPC method, in programs
\`steward.task.submit\` of [the client](../client.md), over HTTP a route below \`/api/v1\`,
described for programs in [openapi.json](openapi.json). Any operation may also refuse with
${ALWAYS_POSSIBLE.map((code) => `\`${code}\``).join(", ")}; what the codes mean is in [errors.md](errors.md).

${sections.join("\n")}`;
}

async function operationSection(operation: Operation, catalogue: Catalogue): Promise<string> {
  const { name, summary, effect, scope, rest, tool = false, refuses, stream } = operation;
  const input = toJSONSchema(operation.input, { io: "input" }) as Schema;
  const tables = [fieldTable("Input", input)];
  if (operation.kind === "call") tables.push(fieldTable("Output", toJSONSchema(operation.output) as Schema));
  if (stream) tables.push(fieldTable("Each item", toJSONSchema(stream.item) as Schema));
  return `## ${name}

${summary}

| effect | scope | REST | tool for agents | streams | refuses |
| --- | --- | --- | --- | --- | --- |
| ${effect} | ${scope} | \`${rest}\` | ${tool ? "yes" : "no"} | ${streams(operation)} | ${codes(refuses)} |

${tables.join("\n")}
\`\`\`sh
${await examples(operation, catalogue)}
\`\`\`
`;
}

function codes(refuses: Operation["refuses"]): string {
  return refuses.map((code) => `\`${code}\``).join(", ") || "nothing of its own";
}

function streams({ kind, stream }: Operation): string {
  if (!stream) return "no";
  return `${kind === "stream" ? "only" : "also"}, from \`${stream.resume.field}\` on`;
}

/** The same question on the command line, on the socket, over HTTP and in a program. */
async function examples(operation: Operation, catalogue: Catalogue): Promise<string> {
  const { name, rest, example, kind, stream } = operation;
  const rpc = { jsonrpc: "2.0", id: 1, method: name, params: example };
  const { method, path, body } = requestBy(rest, example);
  const argument = JSON.stringify(example);
  return [
    await commandLineOf(operation, catalogue),
    `# JSON-RPC: ${JSON.stringify(rpc)}`,
    `# REST:     ${method} /api/v1${path}${body === undefined ? "" : ` ${body}`}`,
    `# client:   ${kind === "stream" ? "" : "await "}steward.${name}(${argument === "{}" ? "" : argument})`,
    ...(stream && kind === "call" ? [`#           steward.${name}.stream(${argument})`] : []),
  ].join("\n");
}
