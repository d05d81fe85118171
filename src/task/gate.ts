/** A gate: a command that Steward itself runs to decide whether a role's stage at a task is over. */
import * as z from "zod";
import { Name, PlainText } from "./task.ts";

/** Most gates of one role. */
const MAX_GATES = 20;

/** What the step in which a branch is integrated is called among the gates. */
export const INTEGRATE = "integrate";

const Command = z.union([PlainText.min(1).max(16_384), z.array(PlainText).min(1).max(1000)]);

const Gate = z.strictObject({
  name: Name.describe("What it is called in the task's story."),
  command: Command.describe("A command for sh, or a program with its arguments, which no shell reads."),
  timeoutSeconds: z
    .int()
    .min(1)
    .max(2_073_600)
    .optional()
    .describe("How long it may take; after that it is red. Default: limits.gateSeconds."),
});

export type Gate = z.output<typeof Gate>;

/** A command alone is called after its first words. */
export const Gates = z
  .array(z.union([PlainText.min(1).max(16_384), Gate]))
  .max(MAX_GATES)
  .transform((gates): Gate[] => {
    const names = new Set(gates.flatMap((gate) => (typeof gate === "string" ? [] : [gate.name])));
    return gates.map((gate) => {
      if (typeof gate !== "string") return gate;
      const name = nameFrom(gate, names);
      names.add(name);
      return { name, command: gate };
    });
  })
  .superRefine((gates, context) => {
    const names = new Set<string>();
    for (const [index, { name }] of gates.entries()) {
      if (name === INTEGRATE) context.addIssue({ code: "custom", path: [index], message: `"${INTEGRATE}" is taken` });
      if (names.has(name)) context.addIssue({ code: "custom", path: [index], message: `two gates are called ${name}` });
      names.add(name);
    }
  });

/** Words of a command that become its name, and the longest that it becomes. */
const NAMING_WORDS = 3;
const LONGEST_NAME = 40;

function nameFrom(command: string, taken: ReadonlySet<string>): string {
  const words = command.match(/[A-Za-z0-9][A-Za-z0-9._-]*/g)?.slice(0, NAMING_WORDS) ?? [];
  const name = words.join("-").slice(0, LONGEST_NAME) || "gate";
  if (!taken.has(name) && name !== INTEGRATE) return name;
  for (let number = 2; ; number++) if (!taken.has(`${name}-${number}`)) return `${name}-${number}`;
}

/** What becomes of the branch of a stage that went well. */
export const Integration = z.strictObject({
  into: PlainText.regex(/^(?!-)[^\s~^:?*[\\]+$/, "must be the name of a branch")
    .max(200)
    .describe("The branch that the task's branch becomes part of."),
  policy: z
    .enum(["leave", "merge", "queue"])
    .default("queue")
    .describe(
      "`leave`: the branch is left to you. `merge`: it is merged where that goes without a conflict. `queue`: what was merged is proven by the gates again before it lands, one after the other.",
    ),
  checkout: z
    .enum(["leave", "forward"])
    .default("leave")
    .describe(
      "Where you have that branch checked out: `leave` it alone and ask you, or bring it `forward` when nothing of yours is in the way.",
    ),
});

export type Integration = z.output<typeof Integration>;

/** One of the steps after its agent by which a stage ends. */
export type Step = Gate | (Omit<Gate, "command"> & { readonly integration: Integration });

export interface Ending {
  readonly gates?: readonly Gate[] | undefined;
  readonly integration?: Integration | undefined;
}

/** Its gates in their order, and then what becomes of its branch. */
export function stepsOf({ gates = [], integration }: Ending = {}): readonly Step[] {
  if (!integration || integration.policy === "leave") return gates;
  return [...gates, { name: INTEGRATE, integration }];
}

/** What is started for it; no shell reads a program with its arguments. */
export function gateCommand({ command }: Pick<Gate, "command">): readonly string[] {
  return typeof command === "string" ? ["/bin/sh", "-c", command] : command;
}
