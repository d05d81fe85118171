/** Operations as MCP tools: what a model reads before it calls one. Plain data, so that it can be made at build time too. */
import { toJSONSchema } from "zod";
import type { Scope } from "../../core/actor.ts";
import type { CallOperation, Effect, Operation } from "../../core/operation.ts";
import { REFUSALS } from "../../core/refusal.ts";
import { type PlainSchema, plainSchema } from "./plain-schema.ts";

export interface Tool {
  /** `task_submit`: what all clients take is letters, digits, `_` and `-`, 64 at most. */
  readonly name: string;
  readonly operation: string;
  readonly scope: Scope;
  readonly effect: Effect;
  /** Offered to an agent that speaks for its run, and to nobody else. */
  readonly forRun?: boolean;
  readonly title: string;
  readonly description: string;
  readonly inputSchema: PlainSchema;
  readonly outputSchema: PlainSchema;
}

export function toolsOf(operations: readonly Operation[]): Tool[] {
  return operations
    .filter((operation) => operation.kind === "call")
    .filter(isTool)
    .map(describe);
}

function isTool({ tool }: CallOperation): boolean {
  return tool === true;
}

function describe(operation: CallOperation): Tool {
  const { name, scope, effect, summary, refuses } = operation;
  const why = refuses.map((code) => `${code} (${REFUSALS[code].meaning})`).join(", ");
  return {
    name: name.replaceAll(".", "_"),
    operation: name,
    scope,
    effect,
    ...(operation.forRun && { forRun: true }),
    title: titleOf(name),
    description: why === "" ? summary : `${summary} May refuse: ${why}.`,
    inputSchema: plainSchema(toJSONSchema(operation.input, { io: "input", unrepresentable: "any" })),
    outputSchema: plainSchema(toJSONSchema(operation.output, { io: "output", unrepresentable: "any" }), { open: true }),
  };
}

/** `task.submit` is "Task: submit". */
function titleOf(name: string): string {
  const [noun = "", verb = ""] = name.split(".");
  const capital = noun.charAt(0).toUpperCase() + noun.slice(1);
  return verb === "" ? capital : `${capital}: ${verb}`;
}
