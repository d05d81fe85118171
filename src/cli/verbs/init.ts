/** `steward init`: finds the agents of this machine, writes the settings for them, and says what to do for the rest. */
import { EXIT } from "../../core/refusal.ts";
import { asFailure } from "../failure.ts";
import { gatesHere } from "../init/gates-here.ts";
import { otherAgent, type PresetName, type PresetWritten, presetNamed, presetRoles } from "../init/preset.ts";
import { additions, notLoggedIn, type Proposal } from "../init/proposal.ts";
import { type Planned, type SetUp, setUp } from "../init/set-up.ts";
import { existingNamed, mayWriteRoles, type RolesWritten, type RoleText, writeRoles } from "../init/write-roles.ts";
import type { Invocation } from "../invocation.ts";
import { renderInit } from "../render/init.ts";
import { visibleJson, visibleLine } from "../visible.ts";

export async function init(invocation: Invocation): Promise<number> {
  const { input, paths, json, out } = invocation;
  const name = input.preset === undefined ? undefined : presetNamed(String(input.preset));
  const existing = existingNamed(String(input.existing ?? "refuse"));
  let ready: PresetReady | undefined;
  const before = (planned: Planned) => {
    ready = name && presetFor(invocation, planned, name);
    if (ready) mayWriteRoles(paths.roles, ready.texts, existing);
  };
  const done = await setUp(invocation, { before, agree: (wanted) => agreed(wanted, invocation) });
  const isSetUp = done.settings !== "none" && done.settings !== "wanted";
  const preset = isSetUp && ready ? written(ready, writeRoles(paths.roles, ready.texts, existing)) : undefined;
  const isNew = preset?.written.length || done.settings === "written" || done.settings === "extended";
  const daemon = isNew ? await reloaded(invocation) : "as it was";
  const said = { ...done, path: paths.settings, daemon, preset, asked: name };
  await out.write(json ? `${visibleJson(JSON.stringify(asJson(said)))}\n` : renderInit(said));
  return isSetUp ? EXIT.ok : EXIT.runFailed;
}

interface PresetReady extends Pick<PresetWritten, "name" | "gates" | "gatesFrom"> {
  readonly texts: readonly RoleText[];
}

/** Its agents are those of the settings as they will be; undefined where there is none. */
function presetFor({ input, packageRoot }: Invocation, planned: Planned, name: PresetName): PresetReady | undefined {
  const { agents, found } = planned;
  const agent = planned.roleAgent ?? Object.keys(agents)[0];
  if (agent === undefined) return undefined;
  const other = otherAgent(agent, Object.keys(agents), notLoggedIn(found, agents));
  const given = (input.gates as readonly string[] | undefined) ?? [];
  const { gates, file } = given.length > 0 ? { gates: given, file: undefined } : gatesHere(process.cwd());
  const into = String(input.into ?? "steward/next");
  return { name, gates, gatesFrom: file ?? null, texts: presetRoles(packageRoot, name, { agent, other, gates, into }) };
}

function written({ texts, ...ready }: PresetReady, roles: RolesWritten): PresetWritten {
  return { ...ready, ...roles, roles: texts.map(({ role }) => role) };
}

/** What is there is only added to by somebody who said so. */
async function agreed(wanted: Proposal, { yes, paths, json, err }: Invocation): Promise<boolean> {
  if (yes) return true;
  if (json || !err.isTerminal || !process.getBuiltinModule("node:tty").isatty(0)) return false;
  const { confirmed } = await import("../confirm.ts");
  const what = additions(wanted).map(({ path, value }) => `  ${path.join(".")}: ${JSON.stringify(value)}`);
  await err.write(`${what.map(visibleLine).join("\n")}\n`);
  return await confirmed(
    { typed: { summary: "", args: [], fields: [], confirm: `Add this to ${paths.settings}?` } },
    {},
    err,
  );
}

/** A daemon that runs takes what is new; none that runs is no trouble. */
async function reloaded({ call }: Invocation): Promise<"reloaded" | "none" | "not reloaded"> {
  try {
    await call("daemon.reload", {});
    return "reloaded";
  } catch (error) {
    return asFailure(error).error.data?.code === "no_daemon" ? "none" : "not reloaded";
  }
}

type Said = SetUp & { path: string; daemon: string; preset: PresetWritten | undefined; asked: PresetName | undefined };

function asJson({ found, proposal, settings, path, daemon, preset }: Said): object {
  return {
    path,
    preset: preset ?? null,
    settings,
    daemon,
    agents: found.map(({ known, program, native, version, loggedIn, passEnv }) => ({
      name: known.name,
      program,
      native,
      version,
      loggedIn,
      passEnv,
      toDo: loggedIn === "yes" ? null : known.logIn,
    })),
    added: additions(proposal).map(({ path: place, value }) => ({ at: place.join("."), value })),
    notDriven: proposal.notDriven.map(({ known }) => known.name),
  };
}
