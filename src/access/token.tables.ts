/** Tokens by their hash: the scope is bound to the token here, whatever a client says of itself. */
import { SCOPES } from "../core/actor.ts";
import type { Migration } from "../store/store.ts";

export const tokenTables: Migration = {
  name: "access/token",
  up: (d) => [
    `CREATE TABLE token (
      id ${d.identity},
      name ${d.text} NOT NULL,
      hash ${d.text} NOT NULL UNIQUE,
      scope ${d.text} NOT NULL CHECK (scope IN (${SCOPES.map((scope) => `'${scope}'`).join(", ")})),
      run_id ${d.integer},
      created_by ${d.text} NOT NULL,
      created_at ${d.integer} NOT NULL,
      expires_at ${d.integer},
      revoked_at ${d.integer},
      used_at ${d.integer}
    )${d.tableEnd}`,
  ],
};
