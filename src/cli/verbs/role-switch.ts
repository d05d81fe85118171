/** `steward role stop [ROLE] [--wait]` and `role restart`: the switch of a role, and waiting until what runs has ended. */
import { setTimeout as sleep } from "node:timers/promises";
import { EXIT } from "../../core/refusal.ts";
import type { Invocation } from "../invocation.ts";
import type { RoleSeen } from "../render/roles.ts";
import { render } from "../render.ts";
import { timerMs } from "../timer.ts";
import { viewOf } from "../view.ts";
import { visibleJson } from "../visible.ts";
import { patient } from "../waiting.ts";

/** How long is waited when nothing is said, in seconds. */
const WAIT_SECONDS = 600;
/** How often it is looked whether the last run has ended, in ms. */
const LOOK_MS = 250;

export async function stopRole(invocation: Invocation): Promise<number> {
  const isQuiet = await pause(invocation, invocation.input.wait === true);
  await show(invocation, await listed(invocation));
  return isQuiet ? EXIT.ok : EXIT.runFailed;
}

/** What does not end in time goes on, and the role is on again whatever happens: a restart leaves nothing switched off. */
export async function restartRole(invocation: Invocation): Promise<number> {
  const isQuiet = await pause(invocation, true);
  await show(invocation, await invocation.call("role.resume", said(invocation)));
  return isQuiet ? EXIT.ok : EXIT.runFailed;
}

/** False: something still ran when the time was up. */
async function pause(invocation: Invocation, isWaitedFor: boolean): Promise<boolean> {
  const { input, err } = invocation;
  await invocation.call("role.pause", said(invocation));
  if (!isWaitedFor) return true;
  const seconds = typeof input.timeoutSeconds === "number" ? input.timeoutSeconds : WAIT_SECONDS;
  const deadline = performance.now() + seconds * 1000;
  for (let told = false; ; told = true) {
    const { roles } = await listed(invocation);
    const busy = roles.reduce((sum, { running, ending }) => sum + running + ending, 0);
    if (busy === 0) return true;
    const many = `${busy} task${busy === 1 ? "" : "s"}`;
    const left = deadline - performance.now();
    if (left <= 0) {
      await err.write(`${many} still at work after ${seconds} s, left to go on.\n`);
      return false;
    }
    if (!told) await err.write(`Nothing new is begun; waiting for ${many} at work.\n`);
    await sleep(timerMs(Math.min(LOOK_MS, left)));
  }
}

async function listed({ call, input: { role, project } }: Invocation): Promise<{ roles: readonly RoleSeen[] }> {
  return (await patient(call, { reached: true })("role.list", { role, project })) as { roles: readonly RoleSeen[] };
}

function said({ input: { role, project, reason } }: Invocation): object {
  return { role, project, reason };
}

async function show({ json, out, env }: Invocation, result: unknown): Promise<void> {
  const text = json ? `${visibleJson(JSON.stringify(result))}\n` : await render("role.list", result, viewOf(out, env));
  await out.write(text);
}
