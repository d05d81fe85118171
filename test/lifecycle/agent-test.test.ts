/** `agent test` with a real daemon: a task of one line for real, what is wrong in plain words, and nothing left of it. */
import { expect, test } from "vitest";
import { steward } from "./command-line.ts";
import { aHome, type DaemonProcess, shellAgent } from "./daemon.ts";
import { eventually } from "./eventually.ts";
import { agentsOf } from "./processes.ts";
import { done, look } from "./tasks.ts";

interface Tested {
  readonly healthy: boolean;
  readonly problem: string | null;
  readonly taskId: string | null;
}

const tested = (daemon: DaemonProcess, agent: string, waitMs = 20_000) =>
  daemon.call<Tested>("agent.test", { agent, waitMs });

/** Agents beside "shell", each a shell script. */
const agents = (scripts: Readonly<Record<string, string>>) =>
  shellAgent({
    agents: Object.fromEntries(
      Object.entries(scripts).map(([name, script]) => [name, { runtime: "command", command: ["sh", "-c", script] }]),
    ),
  });

test("an agent that does its task passes, and the task is one as any other", async () => {
  await using home = aHome(agents({}));
  const daemon = await home.start();
  const { healthy, problem, taskId } = await tested(daemon, "shell");
  expect({ healthy, problem }).toEqual({ healthy: true, problem: null });
  expect(await look(daemon, taskId ?? "")).toMatchObject({ state: "completed", title: "Test of the agent shell" });
});

test("what is wrong is told in plain words, with exit 1 at the command line", async () => {
  await using home = aHome(
    agents({
      breaks: "echo starting; echo 'no such model: x' >&2; exit 3",
      wrong: `echo '{"reason":"not logged in"}' >"$STEWARD_RESULT"; exit 78`,
      limited: "exit 75",
      asks: `echo '{"question":"Which one?"}' >"$STEWARD_RESULT"; exit 77`,
    }),
  );
  const daemon = await home.start();
  const problems: Record<string, string | null> = {};
  for (const agent of ["breaks", "wrong", "limited", "asks"]) {
    const { problem, taskId } = await tested(daemon, agent);
    problems[agent] = problem;
    // Nothing of it comes back by itself, or waits for a person.
    expect(["failed", "cancelled"]).toContain((await look(daemon, taskId ?? "")).state);
  }
  expect(problems).toEqual({
    breaks: "It failed: exit 3. Its last words: no such model: x",
    wrong: "It is not set up right: not logged in.",
    limited: expect.stringMatching(/^It works, and a limit is reached until \d{4}-/),
    asks: "It stopped to ask something: Which one?",
  });
  const said = await steward(home, "agent", "test", "breaks");
  expect(said).toMatchObject({ code: 1, out: expect.stringContaining("no such model") });
});

test("an agent that is silent is ended with all that it started, when its time is up", async () => {
  await using home = aHome(agents({ mute: "setsid sleep 600 & sleep 600" }));
  const daemon = await home.start();
  const { healthy, problem } = await tested(daemon, "mute", 1_000);
  expect({ healthy, problem }).toEqual({ healthy: false, problem: expect.stringMatching(/^It gave no answer /) });
  await eventually("nothing of it lives", () => agentsOf(home.path).length === 0);
});

test("an unhealthy agent is given its test and nothing else, and is healthy when it passes; in standby too", async () => {
  await using home = aHome(shellAgent());
  const daemon = await home.start();
  expect(await done(daemon, "exit 78")).toMatchObject({ state: "parked" });
  const list = () => daemon.call<{ agents: { healthy: boolean; permissions: string | null }[] }>("agent.list");
  expect((await list()).agents).toMatchObject([{ healthy: false, permissions: null }]);
  await daemon.kill("SIGTERM");
  const next = await home.start({ args: ["--standby"] });
  expect(await tested(next, "shell")).toMatchObject({ healthy: true });
  expect((await next.call<Awaited<ReturnType<typeof list>>>("agent.list")).agents).toMatchObject([{ healthy: true }]);
});

test("a program that is not there is told without a task", async () => {
  await using home = aHome(shellAgent({ agent: { command: ["/no/such/agent"] } }));
  const daemon = await home.start();
  expect(await tested(daemon, "shell")).toMatchObject({
    healthy: false,
    problem: 'The program "/no/such/agent" was not found.',
    taskId: null,
  });
});
