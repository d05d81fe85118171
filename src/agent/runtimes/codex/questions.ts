/** What Codex asks while it works: as questions to whoever decides, or answered here at once. None stays without an answer. */
import type { Making } from "../conversation.ts";
import type { Answer, Question } from "../dialogue.ts";
import { type Fields, fields, list, text } from "../json-line.ts";
import { rememberPatch, serverTool } from "./items.ts";
import { OUR_SERVER } from "./opening.ts";
import { type CodexOwn, MOST_REMEMBERED, type Open, recall, remember, without } from "./state.ts";

/** Of JSON-RPC 2.0, 5.1. */
const METHOD_NOT_FOUND = -32601;

type Id = string | number;
type Answers = (making: Making<CodexOwn>, id: Id, params: Fields) => void;

const QUESTIONS: ReadonlyMap<string, Answers> = new Map<string, Answers>([
  ["item/commandExecution/requestApproval", askCommand],
  ["item/fileChange/requestApproval", askPatch],
  ["item/permissions/requestApproval", askPermissions],
  ["mcpServer/elicitation/request", askServer],
  ["item/tool/requestUserInput", answerForNobody],
]);

export function asked(making: Making<CodexOwn>, id: Id, method: string, params: Fields): void {
  const answers = QUESTIONS.get(method);
  const error = { code: METHOD_NOT_FOUND, message: `Steward does not answer ${text(method, 100)}` };
  if (answers) answers(making, id, params);
  else making.sayJson({ id, error });
}

/** Its words about itself, and what it proposes to allow for later, are not part of what is asked. */
const NOT_ASKED = new Set([
  ...["kind", "threadId", "turnId", "itemId", "approvalId", "environmentId", "startedAtMs", "reason"],
  ...["commandActions", "proposedExecpolicyAmendment", "proposedNetworkPolicyAmendments", "availableDecisions"],
]);

function askCommand(making: Making<CodexOwn>, id: Id, params: Fields): void {
  const rest = Object.entries(params).filter(([name, value]) => !NOT_ASKED.has(name) && value !== null);
  const kind = params.kind === undefined || params.kind === "command" ? {} : { kind: params.kind };
  const question: Question = {
    ...{ key: keyOf(params), tool: "shell", input: { ...kind, ...Object.fromEntries(rest) } },
    ...{ kind: "execute", paths: [], title: null, why: text(params.reason, 2_000), insists: true },
  };
  ask(making, question, { id, answeredAs: "decision" });
}

/** What would be changed was told when the call began: a question about anything else cannot be shown, so it is declined. */
function askPatch(making: Making<CodexOwn>, id: Id, params: Fields): void {
  const changes = recall(making.own.patches, text(params.itemId, 200) ?? "");
  if (!changes) {
    making.tell({ type: "error", message: "A patch that cannot be shown whole was declined." });
    making.sayJson({ id, result: { decision: "decline" } });
    return;
  }
  const grantRoot = text(params.grantRoot);
  const moved = changes.flatMap(({ kind }) => text(fields(kind).move_path) ?? []);
  const paths = [...changes.map(({ path }) => path), ...moved, ...(grantRoot === null ? [] : [grantRoot])];
  const input = grantRoot === null ? { changes } : { changes, grantRoot };
  const why = text(params.reason, 2_000);
  const question: Question = {
    ...{ key: keyOf(params), tool: "apply_patch", input, kind: "edit", paths, title: null, why, insists: true },
  };
  ask(making, question, { id, answeredAs: "decision" });
}

/** `item/fileChange/patchUpdated`: something else would be done now, and whoever was asked has not seen it. */
export function patchUpdated(making: Making<CodexOwn>, params: Fields): void {
  const id = text(params.itemId, 200) ?? "";
  if (recall(making.own.calls, id) === undefined) return;
  rememberPatch(making, id, params.changes);
  const open = recall(making.own.open, id);
  if (!open) return;
  making.setOwn({ open: without(making.own.open, id) });
  making.withdraw(id);
  making.sayJson(answerTo(open, { verdict: "deny", note: null }));
}

function askPermissions(making: Making<CodexOwn>, id: Id, params: Fields): void {
  const { permissions, cwd } = params;
  const question: Question = {
    ...{ key: keyOf(params), tool: "more_permissions", input: { permissions, cwd }, kind: "other", paths: [] },
    ...{ title: null, why: text(params.reason, 2_000), insists: true },
  };
  ask(making, question, { id, answeredAs: "permissions", permissions });
}

/** A server wants to be told something, or Codex wants to know whether a tool of one may be called. Only the latter is a question here. */
function askServer(making: Making<CodexOwn>, id: Id, params: Fields): void {
  const meta = fields(params._meta);
  if (meta.codex_approval_kind !== "mcp_tool_call") {
    making.sayJson({ id, result: { action: "decline", content: null, _meta: null } });
    return;
  }
  const tool = serverTool(params.serverName, meta.tool_name);
  const isOurs = making.own.opening.bridge !== null && params.serverName === OUR_SERVER;
  const begun = Object.entries(making.own.calls).find(
    ([key, name]) => name === tool && !making.own.asked.includes(key),
  );
  const question: Question = {
    ...{ key: begun?.[0] ?? `request-${id}`, tool, input: meta.tool_params ?? null, paths: [], insists: true },
    ...{ kind: isOurs ? "steward" : "other", title: null, why: text(params.message, 2_000) },
  };
  ask(making, question, { id, answeredAs: "action" });
}

/**
 * A call that is asked about once more, after it was answered, is asked about something else. Who asks too much at once, or
 * for more than can be remembered until it is answered, is told no.
 */
function ask(making: Making<CodexOwn>, question: Question, open: Open): void {
  const { asked: before, open: others } = making.own;
  const isTooMuch = JSON.stringify(open).length > MAX_OPEN || Object.keys(others).length >= MOST_REMEMBERED;
  if (isTooMuch) {
    making.sayJson(answerTo(open, { verdict: "deny", note: null }));
    return;
  }
  const key = before.includes(question.key) ? `${question.key}#${before.length}` : question.key;
  making.setOwn({ asked: [...before, question.key].slice(-MOST_REMEMBERED), open: remember(others, key, open) });
  making.ask({ ...question, key });
}

/** Longest open question as it is remembered, in characters of JSON. */
const MAX_OPEN = 16 * 1024;

function keyOf(params: Fields): string {
  return text(params.approvalId, 200) ?? text(params.itemId, 200) ?? "(no call)";
}

export function answerTo({ id, answeredAs, permissions }: Open, { verdict }: Answer): object {
  const isAllowed = verdict === "allow";
  if (answeredAs === "decision") return { id, result: { decision: isAllowed ? "accept" : "decline" } };
  if (answeredAs === "permissions")
    return { id, result: { permissions: isAllowed ? granted(permissions) : {}, scope: "turn" } };
  const content = isAllowed ? {} : null;
  return { id, result: { action: isAllowed ? "accept" : "decline", content, _meta: null } };
}

/** What was asked for without what is null: that is how it is granted. */
function granted(permissions: unknown): object {
  return Object.fromEntries(Object.entries(fields(permissions)).filter(([, value]) => value !== null));
}

/** Questions to a person beside the work: the agent is to decide, and to say so. */
function answerForNobody(making: Making<CodexOwn>, id: Id, params: Fields): void {
  const ids = list(params.questions).flatMap((question) => text(fields(question).id, 200) ?? []);
  const answers = ["Nobody is here to answer. Decide yourself, and say what you assumed."];
  making.sayJson({ id, result: { answers: Object.fromEntries(ids.map((name) => [name, { answers }])) } });
}
