/** What Steward adds to an agent that it talks with: time until its first question to its model, memory, and the way of its words to a reader. */
import { installedAgent } from "../test/agents/install.ts";
import { DUMMY_KEY } from "../test/agents/surroundings.ts";
import { type Model, startModel } from "../test/fixtures/model/model.ts";
import { agentsOf } from "../test/lifecycle/processes.ts";
import { residentMb } from "./agents-memory.ts";
import { eventLatency } from "./agents-words.ts";
import type { Bench, Measurement } from "./bench.ts";
import { type BenchDaemon, startDaemon, writeSettings } from "./daemon.ts";
import { interleave, median, percentile } from "./figures.ts";
import type { Row } from "./rows.ts";

const ROUNDS = { full: 12, quick: 3 };
/** An agent that has not asked its model after this never will, in ms. */
const ASK_LIMIT_MS = 30_000;

/** One real program: how a person starts it, and how Steward is told of it. */
interface Subject {
  readonly name: "claude" | "codex";
  byHand(url: string): { readonly argv: readonly string[]; readonly env: Record<string, string> };
  settings(url: string, home: string): object;
}

const PROMPT = "Say hello.";

export const agents: Measurement = {
  name: "agents",
  async measure(bench) {
    const rows: Row[] = [];
    const model = await startModel();
    try {
      for (const subject of SUBJECTS) {
        if (installedAgent(subject.name)) rows.push(...(await measured(bench, model, subject)));
        else bench.say(`${subject.name} is not installed (node test/agents/install.ts): its rows are left out`);
      }
    } finally {
      await model.close();
    }
    return [...rows, ...(await eventLatency(bench))];
  },
};

async function measured(bench: Bench, model: Model, subject: Subject): Promise<Row[]> {
  const home = bench.directory(`agents-${subject.name}`);
  // The model never answers: both are looked at while they wait for it.
  const url = model.url("hang", { tag: subject.name });
  const own = bench.directory(`agents-${subject.name}-own`);
  writeSettings(home, {
    agents: { real: subject.settings(url, own) },
    roles: { default: { agent: "real" } },
    limits: { runInterruptSeconds: 1, terminateGraceSeconds: 1 },
  });
  const daemon = await startDaemon(bench, { home });
  const memory = { byHand: [] as number[], ours: [] as number[] };
  try {
    const arms = {
      byHand: () => byHand(bench, model, subject, url, own, memory.byHand),
      ours: () => underSteward(model, daemon, memory.ours),
    };
    await interleave(1, arms);
    const { byHand: bare, ours } = await interleave(bench.quick ? ROUNDS.quick : ROUNDS.full, arms);
    const added = median(ours) - median(bare);
    return [
      {
        what: `${subject.name}: submit → its first question to its model, against the program by hand`,
        unit: "ms",
        baseline: median(bare),
        ours: median(ours),
        note: `${added.toFixed(0)} ms added; p90 ${percentile(bare, 0.9).toFixed(0)} / ${percentile(ours, 0.9).toFixed(0)} ms`,
      },
      {
        what: `${subject.name}: memory of all its processes while it waits for its model`,
        unit: "MB",
        baseline: median(memory.byHand),
        ours: median(memory.ours),
        note: `${(median(memory.ours) - median(memory.byHand)).toFixed(0)} MB added`,
      },
    ];
  } finally {
    await daemon.stop();
  }
}

/** Resolves with when the model was asked next. */
function asked(model: Model): Promise<number> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error("the model was never asked")), ASK_LIMIT_MS);
    let isOver = false;
    model.onRequest(({ n }) => {
      if (isOver || n === null) return;
      isOver = true;
      clearTimeout(timer);
      resolve(performance.now());
    });
  });
}

async function byHand(bench: Bench, model: Model, subject: Subject, url: string, own: string, memory: number[]) {
  const { argv, env } = subject.byHand(url);
  const [program = "", ...args] = argv;
  const until = asked(model);
  const began = performance.now();
  const child = bench.spawn(program, args, {
    cwd: own,
    env: { PATH: process.env.PATH ?? "", ...homeOf(own), ...env },
    stdio: ["ignore", "ignore", "ignore"],
  });
  const ms = (await until) - began;
  memory.push(residentMb([child.pid ?? 0]));
  const gone = new Promise((resolve) => child.once("exit", resolve));
  child.kill("SIGKILL");
  await gone;
  return ms;
}

async function underSteward(model: Model, daemon: BenchDaemon, memory: number[]): Promise<number> {
  const until = asked(model);
  const began = performance.now();
  const { taskId } = await daemon.rpc.call<{ taskId: string }>("task.submit", { prompt: PROMPT });
  const ms = (await until) - began;
  memory.push(residentMb(agentsOf(daemon.home)));
  await daemon.rpc.call("task.cancel", { taskId });
  await daemon.rpc.call("task.wait", { taskId, waitMs: 30_000 });
  return ms;
}

function homeOf(own: string): Record<string, string> {
  return { HOME: own, TMPDIR: own };
}

const SUBJECTS: readonly Subject[] = [
  {
    name: "claude",
    byHand: (url) => ({
      argv: [...argvOf("claude"), "-p", PROMPT, "--output-format", "stream-json", "--verbose"],
      env: { ANTHROPIC_API_KEY: DUMMY_KEY, ANTHROPIC_BASE_URL: url, CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: "1" },
    }),
    settings: (url, own) => ({
      runtime: "claude",
      command: argvOf("claude"),
      env: { ...homeOf(own), ANTHROPIC_API_KEY: DUMMY_KEY, ANTHROPIC_BASE_URL: url },
    }),
  },
  {
    name: "codex",
    byHand: (url) => ({
      argv: [
        ...argvOf("codex"),
        "exec",
        "--json",
        "--skip-git-repo-check",
        ...codexProvider(url),
        "-m",
        "scripted",
        PROMPT,
      ],
      env: { SCRIPTED_KEY: DUMMY_KEY },
    }),
    settings: (url, own) => ({
      runtime: "codex",
      model: "scripted",
      command: [...argvOf("codex"), ...codexProvider(url)],
      env: { ...homeOf(own), SCRIPTED_KEY: DUMMY_KEY },
    }),
  },
];

function argvOf(name: Subject["name"]): readonly string[] {
  return installedAgent(name)?.argv ?? [];
}

function codexProvider(url: string): string[] {
  const provider = `{name="scripted",base_url="${url}/v1",env_key="SCRIPTED_KEY",wire_api="responses"}`;
  return ["-c", `model_providers.scripted=${provider}`, "-c", 'model_provider="scripted"'];
}
