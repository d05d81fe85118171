/** What may happen: every topic is declared by the room in which it happens, with what its data says. */
import type * as z from "zod";

export interface EventDeclaration {
  /** A sentence in the past tense. */
  readonly summary: string;
  readonly data: z.ZodObject;
}

/** By topic: noun and past tense. */
export type EventDeclarations = Readonly<Record<string, EventDeclaration>>;

/** What an event says that nobody declared, or says otherwise than declared; undefined when it is as it should be. */
export function undeclared(
  declarations: EventDeclarations,
  { topic, data }: { readonly topic: string; readonly data: unknown },
): string | undefined {
  const declaration = Object.hasOwn(declarations, topic) ? declarations[topic] : undefined;
  if (!declaration) return `${topic} is declared nowhere`;
  const { error } = declaration.data.safeParse(data);
  return (
    error &&
    `${topic} ${JSON.stringify(data)}: ${error.issues.map(({ path, message }) => `${path.join(".")} ${message}`).join(", ")}`
  );
}
