/** The public door of tokens: make one, list them, take one back. */
import * as z from "zod";
import { actorLabel, SCOPES } from "../core/actor.ts";
import { type Clock, iso } from "../core/clock.ts";
import { parseId, publicId } from "../core/ids.ts";
import { type Call, operation } from "../core/operation.ts";
import { PageLimit, type PageLimits, pageSize } from "../core/page.ts";
import { refuse } from "../core/refusal.ts";
import type { Store, Tx } from "../store/store.ts";
import { insertToken, listTokens, revokeToken, type TokenRow, tokenById, validTokenNamed } from "./token.store.ts";
import { hashOf, newSecret } from "./token.ts";

export interface TokenRoom {
  readonly store: Store;
  readonly clock: Clock;
  readonly limits: () => PageLimits;
  readonly isRunLive: (runId: number) => Promise<boolean>;
}

const TokenRef = z.string().min(1).max(40).describe("A token's id, as token-3.");

const TokenView = z.object({
  tokenId: z.string(),
  name: z.string(),
  scope: z.enum(SCOPES),
  runId: z.string().nullable().describe("Good only as long as this run lives."),
  state: z.enum(["valid", "expired", "revoked", "ended"]).describe("ended: the run is over for which it was."),
  createdBy: z.string(),
  createdAt: z.string(),
  expiresAt: z.string().nullable(),
  lastUsedAt: z.string().nullable().describe("To within ten minutes."),
});

export const create = operation({
  name: "token.create",
  summary: "Make a token for a client. It is shown once, and only its hash is kept.",
  effect: "write",
  scope: "admin",
  rest: "POST /tokens",
  args: ["name"],
  input: z.strictObject({
    name: z
      .string()
      .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/, "letters, digits, dots, dashes and underscores, 100 at most")
      .describe("What it is for: the name under which its doings are recorded."),
    scope: z.enum(SCOPES).default("read").describe("What it may do; each includes those before it."),
    expiresSeconds: z
      .int()
      .min(1)
      .max(10 * 366 * 86_400)
      .optional()
      .describe("How long it is good. Default: until it is revoked."),
    runId: z.string().max(40).optional().describe("Only as long as this run lives, and only for what agents may use."),
  }),
  output: TokenView.extend({ token: z.string().describe("Keep it: it is not shown again.") }),
  refuses: ["not_found", "conflict"],
  example: { name: "ci", scope: "operate", expiresSeconds: 2_592_000 },
  handle: async ({ store, clock, isRunLive, actor }: TokenRoom & Call, { name, scope, expiresSeconds, runId }) => {
    const secret = newSecret();
    const ofRun = await liveRun(runId, isRunLive);
    const row = await store.write(async (tx) => {
      if (ofRun === null) await assertFree(tx, name);
      return await insertToken(tx, {
        name,
        hash: hashOf(secret),
        scope,
        runId: ofRun,
        expiresAt: expiresSeconds === undefined ? null : tx.now() + expiresSeconds * 1000,
        actor: actorLabel(actor),
      });
    });
    if (row.hash !== hashOf(secret)) {
      refuse("conflict", `${publicId("token", row.id)} was made by this request before, and is shown only once.`, {
        hint: `Revoke it and make another: \`steward token revoke ${publicId("token", row.id)}\`.`,
      });
    }
    return { ...tokenView(row, clock.now()), token: secret };
  },
});

export const list = operation({
  name: "token.list",
  summary: "List tokens, the newest first; never the tokens themselves.",
  effect: "read",
  scope: "admin",
  rest: "GET /tokens",
  input: z.strictObject({
    limit: PageLimit,
    before: TokenRef.optional().describe("Only tokens older than this one: `next` of the page before."),
  }),
  output: z.object({
    tokens: z.array(TokenView),
    next: z.string().nullable().describe("Give it as `before` for the next page."),
  }),
  refuses: ["not_found"],
  example: {},
  handle: async ({ store, clock, limits, isRunLive }: TokenRoom, { limit, before }) => {
    const size = pageSize(limit, limits());
    const rows = await listTokens(store.read, before === undefined ? undefined : tokenNumber(before), size + 1);
    const page = rows.slice(0, size);
    const oldest = page.at(-1);
    const next = rows.length > size && oldest ? publicId("token", oldest.id) : null;
    const isOver = async ({ run_id }: TokenRow) => run_id !== null && !(await isRunLive(run_id));
    const tokens = await Promise.all(
      page.map(async (row) => {
        const view = tokenView(row, clock.now());
        return view.state === "valid" && (await isOver(row)) ? { ...view, state: "ended" as const } : view;
      }),
    );
    return { tokens, next };
  },
});

export const revoke = operation({
  name: "token.revoke",
  summary: "Take a token back: from now on it lets nobody in.",
  confirm: "Take {tokenId} back? It lets nobody in any more.",
  effect: "destroy",
  scope: "admin",
  rest: "POST /tokens/{tokenId}/revoke",
  args: ["tokenId"],
  input: z.strictObject({ tokenId: TokenRef }),
  output: TokenView,
  refuses: ["not_found"],
  example: { tokenId: "token-3" },
  handle: async ({ store, clock, actor }: TokenRoom & Call, { tokenId }) => {
    const row = await store.write(async (tx) => {
      const found = (await tokenById(tx, tokenNumber(tokenId))) ?? noSuchToken(tokenId);
      const isNow = await revokeToken(tx, found, actorLabel(actor));
      return isNow ? { ...found, revoked_at: tx.now() } : found;
    });
    return tokenView(row, clock.now());
  },
});

/** What is done with a token is recorded under its name. */
async function assertFree(tx: Tx, name: string): Promise<void> {
  const other = await validTokenNamed(tx, name);
  if (!other) return;
  const id = publicId("token", other.id);
  refuse("conflict", `${id} has the name "${name}" and is valid.`, {
    hint: `Choose another name, or take that one back: \`steward token revoke ${id}\`.`,
  });
}

/** One that ends meanwhile makes its token useless, and harms nobody. */
async function liveRun(reference: string | undefined, isRunLive: TokenRoom["isRunLive"]): Promise<number | null> {
  if (reference === undefined) return null;
  const runId = parseId("run", reference);
  if (runId !== undefined && (await isRunLive(runId))) return runId;
  return refuse("not_found", `There is no live run "${reference}".`, { hint: "`steward run list --state running`." });
}

function tokenView(row: TokenRow, now: number): z.input<typeof TokenView> {
  const isExpired = row.expires_at !== null && row.expires_at <= now;
  return {
    tokenId: publicId("token", row.id),
    name: row.name,
    scope: row.scope,
    runId: row.run_id === null ? null : publicId("run", row.run_id),
    state: row.revoked_at !== null ? "revoked" : isExpired ? "expired" : "valid",
    createdBy: row.created_by,
    createdAt: iso(row.created_at),
    expiresAt: iso(row.expires_at),
    lastUsedAt: iso(row.used_at),
  };
}

function tokenNumber(reference: string): number {
  return parseId("token", reference) ?? noSuchToken(reference);
}

function noSuchToken(reference: string): never {
  return refuse("not_found", `There is no token "${reference}".`, {
    hint: "`steward token list` shows what there is.",
  });
}

export const tokenOperations = [create, list, revoke] as const;
