/** Which known agents are on this machine, in which version, and whether they are logged in. */
import { agentEnvironment } from "../trust/environment.ts";
import { KNOWN_AGENTS, type KnownAgent, NETWORK_VARIABLES } from "./known-agents.ts";
import { nativeProgram } from "./native-program.ts";

/** How long an agent may take to tell its version, and whether it is logged in, in ms: some take two seconds when all is well. */
const VERSION_MS = 10_000;
const LOGIN_MS = 10_000;

/** Longest version kept, in characters. */
const VERSION_CHARACTERS = 60;

export interface Discovery {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The absolute path of a program on the PATH. */
  readonly findProgram: (name: string) => string | undefined;
  /** Runs a program to its certain end, with nothing of our environment but `env`; its code is null when it did not end by itself. */
  readonly ask: (
    argv: readonly [string, ...string[]],
    options: { readonly env: Readonly<Record<string, string>>; readonly limitMs: number; readonly emptyHome: boolean },
  ) => Promise<{ readonly code: number | null; readonly said: string }>;
}

export interface FoundAgent {
  readonly known: KnownAgent;
  readonly program: string;
  /** The program behind an npm package's; `program` itself where there is none. */
  readonly native: string;
  /** As `2.1.329`; null: it did not tell. */
  readonly version: string | null;
  readonly loggedIn: "yes" | "no" | "unknown";
  /** Names of the variables that are set here and that it needs to log in and to reach its model. */
  readonly passEnv: readonly string[];
}

/** In the order in which they are preferred. All are asked at once. */
export async function discoverAgents(discovery: Discovery): Promise<FoundAgent[]> {
  const found = KNOWN_AGENTS.flatMap((known) => {
    const program = discovery.findProgram(known.name);
    return program === undefined ? [] : [{ known, program, native: nativeProgram(program) }];
  });
  return await Promise.all(
    found.map(async (agent) => {
      const [version, loggedIn] = await Promise.all([versionOf(agent, discovery), loginOf(agent, discovery)]);
      return { ...agent, version, loggedIn, passEnv: needed(agent.known, discovery.env) };
    }),
  );
}

/** Who is logged in before who may be, who may be before who is not; among equals the preferred one. */
export function bestAgent(found: readonly FoundAgent[]): FoundAgent | undefined {
  for (const state of ["yes", "unknown", "no"] as const) {
    const best = found.find(({ loggedIn }) => loggedIn === state);
    if (best) return best;
  }
  return undefined;
}

type Located = Pick<FoundAgent, "known" | "native">;

/** In an empty home where it can: a version is asked, no account is touched and nothing is set up. */
async function versionOf({ known, native }: Located, { env, ask }: Discovery): Promise<string | null> {
  const asking = { env: allowed(env, []), limitMs: VERSION_MS, emptyHome: known.unpacksItself !== true };
  const { code, said } = await ask([native, ...known.versionArgs], asking);
  const version = /\d+\.\d+(\.\d+)*([-+][\w.-]*\w)?/.exec(said)?.[0];
  return code === 0 && version !== undefined ? version.slice(0, VERSION_CHARACTERS) : null;
}

/** A key that is set is known without asking; else its own program is asked, and what it cannot tell stays unknown. */
async function loginOf({ known, native }: Located, { env, ask }: Discovery): Promise<FoundAgent["loggedIn"]> {
  if (known.keys.some((name) => isSet(env, name))) return "yes";
  if (!known.login) return "unknown";
  const asking = { env: allowed(env, needed(known, env)), limitMs: LOGIN_MS, emptyHome: false };
  const { code, said } = await ask([native, ...known.login.args], asking);
  return known.login.read(code, said);
}

function needed({ keys, variables }: KnownAgent, env: Discovery["env"]): string[] {
  return [...keys, ...variables, ...NETWORK_VARIABLES].filter((name) => isSet(env, name));
}

function isSet(env: Discovery["env"], name: string): boolean {
  return (env[name] ?? "") !== "";
}

function allowed(env: Discovery["env"], passed: readonly string[]): Record<string, string> {
  return { ...agentEnvironment({ inherited: env, passed, configured: {}, ours: {} }) };
}
