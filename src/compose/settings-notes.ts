/** What settings that can be used name all the same without it being there: topics, placeholders, files of secrets. */
import { PLACEHOLDERS } from "../agent/runtimes/command.ts";
import { resolveSecret, SecretProblem, type SecretRef, systemSecrets, type Value } from "../config/secret.ts";
import { closest } from "../config/suggest.ts";
import { events } from "../events.ts";
import type { Settings } from "../settings.ts";

/** Each as a sentence that begins with the setting. Secrets of the environment are the daemon's, so only files are looked for. */
export function settingsNotes({ webhooks, agents }: Pick<Settings, "webhooks" | "agents">, home: string): string[] {
  const secrets = systemSecrets(home);
  const missing = (place: string, value: Value): string[] => {
    if (typeof value === "string" || !("file" in value)) return [];
    const problem = problemOf(value, secrets);
    return problem === undefined ? [] : [`${place}: ${problem}`];
  };
  const ofWebhooks = Object.entries(webhooks).flatMap(([name, { topics, secret, headers = {} }]) => [
    ...topics.flatMap((topic, at) => unknownTopic(`webhooks.${name}.topics[${at}]`, topic)),
    ...missing(`webhooks.${name}.secret`, secret),
    ...Object.entries(headers).flatMap(([header, value]) => missing(`webhooks.${name}.headers.${header}`, value)),
  ]);
  const ofAgents = Object.entries(agents).flatMap(([name, { command = [], env = {} }]) => [
    ...command.flatMap((part, at) => misspeltPlaceholders(`agents.${name}.command[${at}]`, part)),
    ...Object.entries(env).flatMap(([variable, value]) => missing(`agents.${name}.env.${variable}`, value)),
  ]);
  return [...ofWebhooks, ...ofAgents];
}

function unknownTopic(place: string, pattern: string): string[] {
  const topics = Object.keys(events);
  if (pattern === "*" || Object.hasOwn(events, pattern)) return [];
  const families = [...new Set(topics.map((topic) => `${topic.split(".")[0]}.*`))];
  const isFamily = pattern.endsWith(".*");
  if (isFamily && topics.some((topic) => topic.startsWith(pattern.slice(0, -1)))) return [];
  const near = closest(pattern, isFamily ? families : topics);
  const meant = near ? `; did you mean "${near}"?` : "; docs/reference/events.md has all that there are.";
  return [`${place}: there is no event "${pattern}"${meant}`];
}

/** Other braces are an argument's own; only what is nearly a placeholder is told. */
function misspeltPlaceholders(place: string, part: string): string[] {
  return [...part.matchAll(/\{([A-Za-z_]{2,20})\}/g)].flatMap(([braces, name = ""]) => {
    if ((PLACEHOLDERS as readonly string[]).includes(name)) return [];
    const near = closest(name, PLACEHOLDERS);
    return near ? [`${place}: ${braces} is not filled in; did you mean {${near}}?`] : [];
  });
}

function problemOf(ref: SecretRef, secrets: ReturnType<typeof systemSecrets>): string | undefined {
  try {
    resolveSecret(ref, secrets);
    return undefined;
  } catch (error) {
    if (error instanceof SecretProblem) return error.message;
    throw error;
  }
}
