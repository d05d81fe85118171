/**
 * Records what real agents say in each scenario, for tests without them: `node test/agents/record.ts claude codex`, or
 * `node test/agents/record.ts gemini/denied` for one scenario.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { type Model, startModel } from "../fixtures/model/model.ts";
import { DIALOGUES } from "./dialogues.ts";
import { type AgentName, type InstalledAgent, installedAgent, PINS } from "./install.ts";
import { neutralizer } from "./neutral.ts";
import { AGENT_SCENARIOS, type AgentScenario } from "./scenarios.ts";
import { surroundingsOf } from "./surroundings.ts";
import { openWire, type Spoken } from "./wire.ts";

const FOLDER = join(import.meta.dirname, "..", "fixtures", "recordings");
const GRACE_MS = 5_000;
/** Gemini names a chat after its minute and writes over one of the same minute when it is loaded. */
const NEXT_MINUTE_MS = 61_000;

async function record(agent: InstalledAgent, name: string, scenario: AgentScenario, model: Model): Promise<void> {
  const root = mkdtempSync(join(tmpdir(), "steward-record-"));
  const modelUrl = model.url(scenario.behaviour, { ...scenario.keys, tag: `${agent.name}-${name}` });
  const place = { home: join(root, "home"), cwd: join(root, "workspace"), modelUrl };
  const surroundings = surroundingsOf(agent.name, place, { subscription: scenario.subscription ?? false });
  const dialogue = DIALOGUES[agent.name];
  let session: string | null = null;
  let spoken: readonly Spoken[] = [];
  for (const turn of scenario.processes) {
    if (session !== null && agent.name === "gemini") await pause(NEXT_MINUTE_MS);
    const here = { agent: agent.name, cwd: place.cwd, session };
    const wire = openWire([...agent.argv, ...dialogue.argv(here)], surroundings);
    session = await dialogue.play(wire, turn, here);
    wire.hangUp();
    const isOver = await Promise.race([wire.ended, pause(GRACE_MS, null)]);
    if (isOver === null) wire.kill("SIGKILL");
    spoken = wire.spoken;
  }
  const programs = join(String(agent.argv.at(-1)).split("node_modules")[0] ?? "", "..");
  const neutral = neutralizer(surroundings, modelUrl, programs);
  const lines = spoken.map(({ from, message }) => ({ from, line: neutral(JSON.stringify(message)) }));
  const folder = join(FOLDER, `${agent.name}-${agent.version}`);
  mkdirSync(folder, { recursive: true });
  const write = (from: Spoken["from"], ending: string) => {
    const said = lines.filter((spoke) => spoke.from === from).map(({ line }) => `${line}\n`);
    writeFileSync(join(folder, `${name}.${ending}.jsonl`), said.join(""));
  };
  write("us", "stdin");
  write("agent", "stdout");
  rmSync(root, { recursive: true, force: true, maxRetries: 5 });
}

if (import.meta.main) {
  const model = await startModel();
  for (const wanted of process.argv.slice(2)) {
    const [called, one] = wanted.split("/");
    const name = (Object.keys(PINS) as AgentName[]).find((known) => known === called);
    const agent = name === undefined ? undefined : installedAgent(name);
    if (agent === undefined) throw new Error(`${called} is not installed: node test/agents/install.ts ${called}`);
    for (const [scenario, told] of Object.entries(AGENT_SCENARIOS)) {
      if ((one !== undefined && one !== scenario) || !(told.only?.includes(agent.name) ?? true)) continue;
      await record(agent, scenario, told, model);
      console.log(`${agent.name} ${scenario}`);
    }
  }
  await model.close();
}
