/**
 * In which mode a session is (agentclientprotocol.com, Session Modes): some agents begin in one in which they, or a model of
 * theirs, decide in a person's place. Where one is offered in which they ask, they are put there before the prompt, and kept there.
 */
import { type Fields, fields, isFields, list, text } from "../json-line.ts";
import { knownAgent } from "./known-agents.ts";
import { cancelOpen } from "./questions.ts";
import { request, say } from "./rpc.ts";
import type { AcpMaking, AcpOwn, Asking } from "./state.ts";

/** Longest name of a mode, in characters. */
const MAX_MODE = 200;

/** How often one that leaves its mode by itself is set back. */
const MAX_RETURNS = 3;

interface Offered {
  readonly id: string;
  readonly description: string | null;
}

/** Of a session that was opened. With yolo a mode is the agent's own affair. */
export function modesTold(making: AcpMaking, result: Fields): void {
  if (!making.own.isToAsk || knownAgent(making.own.program).asksInAnyMode) return;
  const { modes } = result;
  const option = modeOption(result);
  const [current, offered] = isFields(modes)
    ? [text(modes.currentModeId, MAX_MODE), list(modes.availableModes).map((mode) => offeredOf(mode, "id"))]
    : [text(option?.currentValue, MAX_MODE), list(option?.options).map((mode) => offeredOf(mode, "value"))];
  const modesToAsk = offered.filter((mode) => mode !== null).filter(isAsking);
  const mode = (modesToAsk.find(({ id }) => id === current) ?? modesToAsk[0])?.id;
  if (mode === undefined) return;
  const configId = isFields(modes) ? null : text(option?.id, MAX_MODE);
  making.setOwn({ asking: { mode, configId, isIn: isEnough(current, mode), returns: 0, backId: null } });
}

function modeOption({ configOptions }: Fields): Fields | undefined {
  return list(configOptions)
    .filter(isFields)
    .find(({ category }) => category === "mode");
}

function offeredOf(mode: unknown, name: string): Offered | null {
  const told = fields(mode);
  const id = text(told[name], MAX_MODE);
  return id === null ? null : { id, description: text(told.description, 1_000) };
}

/** To some, to ask is to be asked: a mode that only talks. */
function isAsking({ id, description }: Offered): boolean {
  if (id === "default") return true;
  return id === "ask" && (description === null || /permission|approv|confirm/i.test(description));
}

/** Who plans does less than who asks: nobody is taken out of that. */
function isEnough(current: string | null, mode: string): boolean {
  return current === mode || current === "plan";
}

/** True: it was told to ask, and the prompt has to wait for its answer. */
export function setsMode(making: AcpMaking): boolean {
  const { asking } = making.own;
  if (!asking || asking.isIn) return false;
  const { method, params } = toAsk(making.own, asking);
  request(making, method, params);
  return true;
}

export function modeSet(making: AcpMaking): void {
  changeAsking(making, { isIn: true });
}

function toAsk({ sessionId }: AcpOwn, { mode, configId }: Asking) {
  return configId === null
    ? { method: "session/set_mode", params: { sessionId, modeId: mode } }
    : { method: "session/set_config_option", params: { sessionId, configId, value: mode } };
}

/** `current_mode_update`, or the same of an option: one that left the mode in which it asks is set back, in the middle of its turn. */
export function modeTold(making: AcpMaking, update: Fields): void {
  const { asking, phase } = making.own;
  const current = toldIn(update);
  if (!asking || current === null) return;
  const isIn = isEnough(current, asking.mode);
  if (phase !== "working") changeAsking(making, { isIn });
  else if (!isIn && !asking.backId) setBack(making, asking, current);
}

function toldIn(update: Fields): string | null {
  if (update.sessionUpdate === "current_mode_update") return text(update.currentModeId, MAX_MODE);
  return update.sessionUpdate === "config_option_update" ? text(modeOption(update)?.currentValue, MAX_MODE) : null;
}

function setBack(making: AcpMaking, asking: Asking, current: string): void {
  if (asking.returns >= MAX_RETURNS) {
    stop(making, `It left the mode in which it asks (${asking.mode}) for "${current}" again and again.`);
    return;
  }
  const returns = asking.returns + 1;
  const backId = `mode-${returns}`;
  changeAsking(making, { returns, backId });
  making.tell({ type: "error", message: `It went from the mode in which it asks to "${current}", and is set back.` });
  say(making, { id: backId, ...toAsk(making.own, asking) });
}

/** False: it is the answer to something else. */
export function answersSetBack(making: AcpMaking, said: Fields): boolean {
  const { asking } = making.own;
  if (!asking?.backId || said.id !== asking.backId) return false;
  changeAsking(making, { backId: null });
  if (isFields(said.error)) stop(making, `It does not go back to the mode in which it asks (${asking.mode}).`);
  return true;
}

function changeAsking(making: AcpMaking, change: Partial<Asking>): void {
  const { asking } = making.own;
  if (asking) making.setOwn({ asking: { ...asking, ...change } });
}

/** What it does from here on nobody would be asked for. */
function stop(making: AcpMaking, reason: string): void {
  say(making, { method: "session/cancel", params: { sessionId: making.own.sessionId } });
  cancelOpen(making);
  making.end({ ok: false, failure: "protocol", reason, text: null, until: null });
}
