/** `steward init`: finds the agents of this machine, writes the settings for them, and says what to do for the rest. */
import { EXIT } from "../../core/refusal.ts";
import { asFailure } from "../failure.ts";
import { additions, type Proposal } from "../init/proposal.ts";
import { type SetUp, setUp } from "../init/set-up.ts";
import type { Invocation } from "../invocation.ts";
import { renderInit } from "../render/init.ts";
import { visibleJson, visibleLine } from "../visible.ts";

export async function init(invocation: Invocation): Promise<number> {
  const { paths, json, out } = invocation;
  const done = await setUp(invocation, { agree: (wanted) => agreed(wanted, invocation) });
  const isNew = done.settings === "written" || done.settings === "extended";
  const daemon = isNew ? await reloaded(invocation) : "as it was";
  const said = { ...done, path: paths.settings, daemon };
  await out.write(json ? `${visibleJson(JSON.stringify(asJson(said)))}\n` : renderInit(said));
  return done.settings === "none" || done.settings === "wanted" ? EXIT.runFailed : EXIT.ok;
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

function asJson({ found, proposal, settings, path, daemon }: SetUp & { path: string; daemon: string }): object {
  return {
    path,
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
