/** All SQL of tokens. */
import type { Scope } from "../core/actor.ts";
import { appendEvent } from "../event/event.store.ts";
import type { Reader, Tx } from "../store/store.ts";

export interface TokenRow {
  readonly id: number;
  readonly name: string;
  readonly hash: string;
  readonly scope: Scope;
  readonly run_id: number | null;
  readonly created_by: string;
  readonly created_at: number;
  readonly expires_at: number | null;
  readonly revoked_at: number | null;
  readonly used_at: number | null;
}

export interface NewToken {
  readonly name: string;
  readonly hash: string;
  readonly scope: Scope;
  readonly runId: number | null;
  readonly expiresAt: number | null;
  readonly actor: string;
}

export async function insertToken(tx: Tx, token: NewToken): Promise<TokenRow> {
  const row = await tx.get<TokenRow>(
    `INSERT INTO token(name, hash, scope, run_id, created_by, created_at, expires_at) VALUES (?, ?, ?, ?, ?, ?, ?)
     RETURNING *`,
    token.name,
    token.hash,
    token.scope,
    token.runId,
    token.actor,
    tx.now(),
    token.expiresAt,
  );
  if (!row) throw new Error("an inserted token gave no row");
  const data = { tokenId: `token-${row.id}`, name: row.name, scope: row.scope };
  await appendEvent(tx, { topic: "token.created", actor: token.actor, runId: row.run_id, data });
  return row;
}

export function tokenByHash(read: Reader, hash: string): Promise<TokenRow | undefined> {
  return read.get<TokenRow>("SELECT * FROM token WHERE hash = ?", hash);
}

export function tokenById(read: Reader, id: number): Promise<TokenRow | undefined> {
  return read.get<TokenRow>("SELECT * FROM token WHERE id = ?", id);
}

/** The one that would speak under this name now; tokens of a run speak as that run. */
export function validTokenNamed(tx: Tx, name: string): Promise<TokenRow | undefined> {
  return tx.get<TokenRow>(
    `SELECT * FROM token WHERE name = ? AND run_id IS NULL AND revoked_at IS NULL
       AND (expires_at IS NULL OR expires_at > ?) LIMIT 1`,
    name,
    tx.now(),
  );
}

/** Newest first. */
export function listTokens(read: Reader, before: number | undefined, limit: number): Promise<TokenRow[]> {
  return read.all<TokenRow>(
    "SELECT * FROM token WHERE id < ? ORDER BY id DESC LIMIT ?",
    before ?? Number.MAX_SAFE_INTEGER,
    limit,
  );
}

/** False when it was revoked before. */
export async function revokeToken(tx: Tx, row: TokenRow, actor: string): Promise<boolean> {
  const { changes } = await tx.run(
    "UPDATE token SET revoked_at = ? WHERE id = ? AND revoked_at IS NULL",
    tx.now(),
    row.id,
  );
  if (changes === 0) return false;
  await appendEvent(tx, { topic: "token.revoked", actor, data: { tokenId: `token-${row.id}`, name: row.name } });
  return true;
}

export async function markUsed(tx: Tx, id: number): Promise<void> {
  await tx.run("UPDATE token SET used_at = ? WHERE id = ?", tx.now(), id);
}
