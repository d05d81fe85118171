/** One command line, from its words to its exit code. What one call needs is here; everything else is loaded when asked for. */
import { type HomePaths, homePaths, resolveHome } from "../core/home.ts";
import { EXIT } from "../core/refusal.ts";
import { type Arguments, leadingWords, readArguments } from "./argv.ts";
import type { Catalogue, Typed } from "./catalogue.ts";
import { type Client, connectTo } from "./client.ts";
import { asFailure, Failure } from "./failure.ts";
import type { Invocation } from "./invocation.ts";
import type { Output } from "./output.ts";
import { type ResolvedVerb, resolveVerb } from "./resolve-verb.ts";
import { readStdin } from "./stdin.ts";
import { ALIASES, LOCAL_VERBS } from "./verbs.ts";
import { visibleJson, visibleText } from "./visible.ts";

export interface Surroundings {
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly catalogue: Catalogue;
  readonly daemonProgram: string;
  readonly packageRoot: string;
  readonly out: Output;
  readonly err: Output;
}

export async function commandLine(surroundings: Surroundings): Promise<number> {
  try {
    return await obey(surroundings);
  } catch (thrown) {
    if (thrown instanceof Error && thrown.name === "ReaderGone") return EXIT.ok;
    return complain(await explained(thrown), surroundings);
  }
}

async function obey(surroundings: Surroundings): Promise<number> {
  const { argv, catalogue } = surroundings;
  const { words, rest } = leadingWords(argv);
  const early = connectEarly(words, surroundings);
  const verb = await resolveVerb(words, catalogue);
  if (!verb) {
    const { unresolved } = await import("./unresolved.ts");
    return unresolved(words, rest, { ...surroundings, localVerbs: LOCAL_VERBS, aliases: ALIASES });
  }
  const given = readArguments(verb.words.join(" "), verb.typed, [...words.slice(verb.words.length), ...rest]);
  if (given.globals.help) {
    const { helpJson, verbHelp } = await import("./help-text.ts");
    const isJson = argv.includes("--json");
    const text = isJson ? helpJson(new Map([[verb.words.join(" "), verb.typed]])) : verbHelp(verb.words, verb.typed);
    await surroundings.out.write(text);
    return EXIT.ok;
  }
  const input = await withStdin(given.input, verb);
  const paths = homePaths(resolveHome({ flag: given.globals.home, env: surroundings.env }));
  if (isLocal(verb, input)) return runLocally(verb, { ...given, input }, paths, surroundings);
  if (mayAsk(verb, given, surroundings)) {
    const { confirmed } = await import("./confirm.ts");
    if (!(await confirmed(verb, input, surroundings.err))) return EXIT.notConfirmed;
  }
  const ofRun = verb.typed.forRun ? surroundings.env.STEWARD_SOCKET : undefined;
  const client = ofRun !== undefined ? connectTo(ofRun) : early && !early.isGone() ? early : connectTo(paths.socket);
  return callOnce(verb, { ...given, input }, client, surroundings);
}

/** The daemon accepts while we still read what is asked; with a home of its own or for help that would be the wrong one. */
function connectEarly([first]: readonly string[], { argv, env }: Surroundings): Client | undefined {
  if (first === undefined || Object.hasOwn(LOCAL_VERBS, first)) return undefined;
  if (argv.some((text) => text.startsWith("--h") || text === "-h" || text === "-")) return undefined;
  return connectTo(homePaths(resolveHome({ env })).socket);
}

function isLocal({ local }: ResolvedVerb, input: Arguments["input"]): boolean {
  return local !== undefined && (local.when === undefined || input[local.when] === true);
}

/** What ends something or takes it away is asked about once, where somebody sits who can answer. */
function mayAsk({ typed }: ResolvedVerb, { globals, input }: Arguments, { err }: Surroundings): boolean {
  if (typed.effect !== "destroy" || globals.yes || input.dryRun === true) return false;
  return err.isTerminal && process.getBuiltinModule("node:tty").isatty(0);
}

async function callOnce(
  verb: ResolvedVerb,
  given: Arguments,
  client: Client,
  { out, env }: Surroundings,
): Promise<number> {
  const operation = verb.operation ?? "";
  const input = ownInput(verb, given.input);
  const answer = client.call(operation, input, limitOf(given, input, verb));
  // How to show it is loaded while the daemon thinks.
  const rendering = given.globals.json ? undefined : client.sent().then(() => import("./render.ts"));
  const result = await answer.catch((error: unknown) => {
    throw given.globals.json ? error : namedByFlags(asFailure(error), verb.typed);
  });
  const renderer = await rendering;
  const shown = renderer && (await renderer.render(operation, result, renderer.viewOf(out, env)));
  await out.write(shown ?? `${visibleJson(JSON.stringify(result))}\n`);
  const passed = Object.hasOwn(PASSED, operation) ? PASSED[operation] : undefined;
  return passed?.(result as Record<string, unknown>) === false ? EXIT.runFailed : EXIT.ok;
}

/** What is wrong with a field is told of the flag or the position it was typed as. */
function namedByFlags(failure: Failure, { args, fields }: Typed): Failure {
  const { error, exit } = failure;
  const faults = error.data?.fields;
  if (!Array.isArray(faults)) return failure;
  const typedAs = (name: unknown) => {
    const field = fields.find((candidate) => candidate.name === name);
    return !field ? name : args.includes(field.name) ? field.name.toUpperCase() : `--${field.flag}`;
  };
  const said = (label: (name: unknown) => unknown) =>
    faults.map(({ field, problem }) => `${label(field)}: ${problem}`).join("; ");
  if (error.message !== said((name) => name)) return failure;
  return new Failure(exit, { ...error, message: said(typedAs) });
}

/** Tests of something, whose exit code is what they found. */
const PASSED: Readonly<Record<string, (result: Readonly<Record<string, unknown>>) => boolean>> = {
  "agent.test": ({ healthy }) => healthy !== false,
  "webhook.test": ({ delivered }) => delivered !== false,
};

/** What a local verb adds (`--wait`) is nothing that the operation knows. */
function ownInput({ local }: ResolvedVerb, input: Arguments["input"]): object {
  if (!local) return input;
  return Object.fromEntries(
    Object.entries(input).filter(([name]) => !local.fields.some((field) => field.name === name)),
  );
}

/** A question that itself waits at the daemon is given that long on top. */
function limitOf({ globals }: Arguments, input: { readonly waitMs?: unknown }, verb?: ResolvedVerb): number {
  const waitMs = input.waitMs ?? verb?.typed.fields.find(({ name }) => name === "waitMs")?.default;
  return globals.waitLimitMs + (typeof waitMs === "number" ? waitMs : 0);
}

async function runLocally(
  verb: ResolvedVerb,
  given: Arguments,
  paths: HomePaths,
  { env, catalogue, daemonProgram, packageRoot, out, err }: Surroundings,
): Promise<number> {
  let client: Client | undefined;
  const invocation: Invocation = {
    words: verb.words,
    input: given.input,
    json: given.globals.json,
    yes: given.globals.yes,
    paths,
    env,
    daemonProgram,
    packageRoot,
    catalogue,
    localVerbs: LOCAL_VERBS,
    aliases: ALIASES,
    out,
    err,
    call(operation, input) {
      if (!client || client.isGone()) client = connectTo(paths.socket);
      return client.call(operation, input, limitOf(given, input));
    },
    async *follow(operation, followed) {
      const { follow } = await import("./stream.ts");
      yield* follow({ path: paths.socket, operation, input: followed, reached: client !== undefined });
    },
  };
  const perform = await verb.local?.load();
  return perform ? perform(invocation) : EXIT.bug;
}

/** `-` in the place of text taken by position stands for what stdin says. A path may mean it in its own way. */
async function withStdin(input: Arguments["input"], { typed }: ResolvedVerb): Promise<Arguments["input"]> {
  const name = typed.args.find((arg) => input[arg] === "-");
  if (name === undefined || typed.fields.some((field) => field.name === name && field.path)) return input;
  return { ...input, [name]: await readStdin() };
}

async function explained(thrown: unknown): Promise<Failure> {
  if (!(thrown instanceof Error)) return asFailure(thrown);
  if (thrown.name === "UnknownFlag") {
    const { unknownFlag } = await import("./unresolved.ts");
    return unknownFlag(thrown as Parameters<typeof unknownFlag>[0]);
  }
  if (!("syscall" in thrown)) return asFailure(thrown);
  const { pathFailure } = await import("./path-failure.ts");
  return pathFailure(thrown) ?? asFailure(thrown);
}

async function complain({ error, exit }: Failure, { argv, err }: Surroundings): Promise<number> {
  const hint = typeof error.data?.hint === "string" ? `hint: ${error.data.hint}\n` : "";
  const text = argv.includes("--json") ? visibleJson(JSON.stringify(error)) : visibleText(`error: ${error.message}`);
  await err.write(argv.includes("--json") ? `${text}\n` : `${text}\n${visibleText(hint)}`).catch(() => {});
  return exit;
}
