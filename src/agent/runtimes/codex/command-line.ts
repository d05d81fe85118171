/** The command line of Codex: the user's own arguments, and a key that the agent is given, which its app server does not take by itself. */
import { type Agent, commandOf } from "../../agent.ts";
import { keepsOwnConfiguration } from "../own-configuration.ts";

/** Keys of OpenAI's API, the preferred first. */
const KEYS = ["CODEX_API_KEY", "OPENAI_API_KEY"];

const OPENAI = "https://api.openai.com/v1";

/** Where nothing gives it a key, the login of its user is what it works with. */
export function keepsOwnHome(agent: Agent): boolean {
  return keepsOwnConfiguration(agent, [...KEYS, ...providerKeys(commandOf(agent))]);
}

/** No configuration was there before. */
export function hasScratchHome(agent: Agent): boolean {
  const { configDirectory = "scratch" } = agent;
  return configDirectory === "scratch" && !keepsOwnHome(agent);
}

/** MCP servers that the user's own arguments speak of. */
export function serversIn(args: readonly string[]): readonly string[] {
  return found(args, /\bmcp_servers\.(?:"([^"]+)"|([\w-]+))/g);
}

/** Variables in which a provider of the user's own arguments finds its key. */
function providerKeys(args: readonly string[]): readonly string[] {
  return found(args, /\benv_key\s*=\s*(?:"([^"]+)"|'([^']+)'|([\w-]+))/g);
}

function found(args: readonly string[], pattern: RegExp): string[] {
  return args.flatMap((argument) => [...argument.matchAll(pattern)].flatMap((match) => match.slice(1).filter(Boolean)));
}

export function codexArgv(agent: Agent): readonly string[] {
  const [program, ...args] = commandOf(agent);
  const server = args.includes("app-server") ? [] : ["app-server"];
  return [program, ...args, ...server, ...(keepsOwnHome(agent) ? [] : withKey(agent, args))];
}

/** As configuration on the command line: that has the name of the variable, and never the key. */
function withKey({ env = {} }: Agent, args: readonly string[]): string[] {
  const says = (name: string) => args.some((argument) => argument.includes(name));
  const key = KEYS.find((name) => env[name] !== undefined);
  const settings: string[] = [];
  if (key !== undefined && !says("model_provider")) {
    const base = typeof env.OPENAI_BASE_URL === "string" ? env.OPENAI_BASE_URL : OPENAI;
    const provider = `name="OpenAI",base_url=${toml(base)},env_key=${toml(key)},wire_api="responses"`;
    settings.push(`model_providers.openai-key={${provider}}`, `model_provider="openai-key"`);
  }
  const secret = [...new Set([...KEYS, ...providerKeys(args)])].filter((name) => env[name] !== undefined);
  // Its tools have no use for the key that it speaks to the model with.
  if (secret.length > 0 && !says("shell_environment_policy")) {
    settings.push(`shell_environment_policy.exclude=[${secret.map(toml).join(",")}]`);
  }
  return settings.flatMap((setting) => ["-c", setting]);
}

/** A basic string of TOML, of which JSON's are a part. */
function toml(value: string): string {
  return JSON.stringify(value);
}
