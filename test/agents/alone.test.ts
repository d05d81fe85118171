/** Real agents without Steward: what fails here has changed in an agent, not in us. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Model, startModel } from "../fixtures/model/model.ts";
import type { Behaviour } from "../fixtures/model/scenario.ts";
import { scratch } from "../scratch.ts";
import { DIALOGUES } from "./dialogues.ts";
import { type AgentName, installedAgent, PINS } from "./install.ts";
import type { Turn } from "./scenarios.ts";
import { DUMMY_KEY, surroundingsOf } from "./surroundings.ts";
import { openWire } from "./wire.ts";

const directory = scratch("agents");
const PROMPT = "Write hello.txt";

/** One prompt, everything allowed, nobody to ask. */
const HEADLESS: Readonly<Record<AgentName, readonly string[]>> = {
  claude: ["-p", PROMPT, "--output-format", "stream-json", "--verbose", "--allowedTools", "Bash"],
  codex: ["exec", "--json", "--skip-git-repo-check", "-s", "workspace-write", PROMPT],
  gemini: ["-p", PROMPT, "--yolo", "--output-format", "stream-json"],
  opencode: ["run", "--format", "json", "--auto", PROMPT],
  copilot: ["-p", PROMPT, "--allow-all-tools", "--output-format", "json"],
  qwen: ["-p", PROMPT, "--yolo", "--output-format", "stream-json"],
};

let model: Model;
beforeAll(async () => {
  model = await startModel();
});
afterAll(() => model.close());

for (const name of Object.keys(PINS) as AgentName[]) {
  const agent = installedAgent(name);

  const title = agent === undefined ? `${name}: not installed, see test/agents/install.ts` : name;
  describe.skipIf(agent === undefined)(title, () => {
    const { argv, version } = agent ?? { argv: [], version: "" };

    function surroundings(behaviour: Behaviour, tag: string) {
      const root = directory();
      const modelUrl = model.url(behaviour, { tag: `${name}-${tag}` });
      return {
        modelUrl,
        ...surroundingsOf(name, { home: join(root, "home"), cwd: join(root, "workspace"), modelUrl }),
      };
    }

    async function play(tag: string, behaviour: Behaviour, told: Partial<Turn>) {
      const place = surroundings(behaviour, tag);
      const here = { agent: name, cwd: place.cwd, session: null };
      const wire = openWire([...argv, ...DIALOGUES[name].argv(here)], place);
      const turn: Turn = { prompt: PROMPT, answer: "allow", interruptWhen: null, ...told };
      const session = await DIALOGUES[name].play(wire, turn, here);
      wire.hangUp();
      await wire.ended;
      return { ...place, session, wire, wrote: existsSync(join(place.cwd, "hello.txt")) };
    }

    test("is the one that is pinned", async () => {
      const wire = openWire([...argv, "--version"], surroundings("ok", "version"));
      expect(await wire.ended).toEqual({ code: 0, signal: null });
      expect(JSON.stringify(wire.spoken)).toContain(version);
    });

    test("headless, it does what the model asks for and repeats its last word", async () => {
      const place = surroundings("ok", "headless");
      const wire = openWire([...argv, ...HEADLESS[name]], place);
      wire.hangUp();
      expect(await wire.ended).toEqual({ code: 0, signal: null });
      expect(existsSync(join(place.cwd, "hello.txt"))).toBe(true);
      expect(JSON.stringify(wire.spoken)).toContain("hello.txt.");
      expect(model.requests(place.modelUrl).at(-1)?.question.said.join()).toContain(PROMPT);
    });

    test("asked through its protocol, it does what is allowed", async () => {
      const { wrote, session, modelUrl } = await play("allowed", "ok", { answer: "allow" });
      expect(wrote).toBe(true);
      expect(session).toMatch(/^[0-9A-Za-z_-]{20,}$/);
      expect(model.requests(modelUrl).at(-1)?.question.results).toHaveLength(1);
    });

    test("asked through its protocol, it does not do what is denied", async () => {
      const { wrote, wire } = await play("denied", "ok", { answer: "deny" });
      expect(wrote).toBe(false);
      expect(wire.spoken.length).toBeGreaterThan(3);
    });

    test("interrupted while it asks, it ends its turn and has done nothing", async () => {
      const { wrote, modelUrl } = await play("withdrawn", "ok", { interruptWhen: "asked" });
      expect(wrote).toBe(false);
      expect(model.requests(modelUrl).filter(({ n }) => n !== null)).toHaveLength(1);
    });

    test("uses the key of its surroundings and no other", async () => {
      const { modelUrl } = await play("key", "ok", {});
      const headers = model.requests(modelUrl).at(-1)?.headers;
      const keys = [headers?.authorization, headers?.["x-api-key"], headers?.["x-goog-api-key"]].join(" ");
      expect(keys).toContain(DUMMY_KEY);
    });
  });
}
