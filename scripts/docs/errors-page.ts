/** The page of everything that can be answered instead of a result, and which operations may answer it. */
import { ALWAYS_POSSIBLE, type Operation } from "../../src/core/operation.ts";
import { EXIT, REFUSALS, type RefusalCode, RPC } from "../../src/core/refusal.ts";
import { GENERATED } from "./schema-tables.ts";

/** Codes that come from the way in, before any operation is asked. */
const AT_THE_DOOR: Partial<Readonly<Record<RefusalCode, string>>> = {
  unauthenticated: "whoever asks over HTTP without a token that is known",
  rate_limited: "whoever asks too much at once, and a connection with too many streams",
};

export function errorsPage(operations: readonly Operation[]): string {
  const codes = Object.keys(REFUSALS) as RefusalCode[];
  const rows = codes.map((code) => {
    const { http, rpc, exit, retry, meaning } = REFUSALS[code];
    return `| \`${code}\` | ${meaning} | ${http} | ${rpc} | ${exit} | ${retry} |`;
  });
  return `${GENERATED}
# Errors

A **refusal** is an expected "no": it has a code, a sentence and mostly a hint, and costs nobody else anything.

| code | meaning | HTTP | JSON-RPC | exit | same call again? |
| --- | --- | --- | --- | --- | --- |
${rows.join("\n")}

Over HTTP a refusal is a problem document, \`{"type": …, "title": …, "status": …, "detail": …, "code": "not_found", "hint": …, "retry": …}\`;
where HTTP has a status of its own for it, it has that one: 405 and 415 (\`invalid_input\`), 408, 414 and 431 (\`too_large\`).
On the socket a refusal is \`{"code": …, "message": …, "data": {"code": "not_found", "hint": …}}\`. What never reaches an
operation is answered too, and the connection lives: malformed JSON ${RPC.parseError}, a wrong envelope ${RPC.invalidRequest}, an
unknown method ${RPC.methodNotFound}. Anything unexpected is a bug: ${RPC.internal} with an id under which the log has the whole error.

At the command line two more are written as errors: \`no_daemon\` (exit ${EXIT.noDaemon}), and \`configuration\` (exit ${EXIT.configuration}) when the settings
file keeps the daemon from starting.

The command line ends with the refusal's exit code, or with ${EXIT.ok} when it worked, ${EXIT.runFailed} when the operation worked and the run
did not, ${EXIT.usage} for wrong arguments, ${EXIT.noDaemon} when no daemon answers, ${EXIT.nothingToDo} when there was nothing to do, ${EXIT.bug} for a bug and ${EXIT.configuration} for a
broken configuration.

The typed client throws a \`StewardRefusal\` with code, hint, data and retry; a \`StewardUnreachable\` when no daemon answers or
the connection breaks, with the reason; a \`StewardBug\` for a bug, with its id.

## Who refuses with what

| code | may come from |
| --- | --- |
${codes.map((code) => `| \`${code}\` | ${refusers(code, operations)} |`).join("\n")}
`;
}

function refusers(code: RefusalCode, operations: readonly Operation[]): string {
  const own = operations.filter(({ refuses }) => refuses.includes(code)).map(({ name }) => `\`${name}\``);
  const all = ALWAYS_POSSIBLE.includes(code) ? ["any operation"] : own.sort();
  const door = AT_THE_DOOR[code];
  return [...all, ...(door === undefined ? [] : [door])].join(", ") || "nothing yet";
}
