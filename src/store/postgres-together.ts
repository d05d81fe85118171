/** Statements that are asked at the same moment, merged: many rows by one INSERT or UPDATE, one answer for the same question. */
import type { Connection } from "./postgres-connection.ts";
import type { Param } from "./store.ts";

export interface Answer {
  readonly rows: readonly unknown[];
  readonly rowCount: number | null;
}

export type Ask = (sql: string, params: readonly Param[]) => Promise<Answer>;

interface Asked {
  readonly params: readonly Param[];
  resolve(answer: Answer): void;
  reject(error: unknown): void;
}

/** More than this in one statement gains nothing and costs memory three times over, in characters. */
const MAX_MERGED_CHARACTERS = 4_000_000;

/** An INSERT of exactly its parameters: others may depend on what is there, row by row. */
const PLAIN_INSERT = /^\s*INSERT INTO (\w+)\s*\(([\w\s,]+)\)\s*VALUES\s*\([?\s,]+\)\s*(RETURNING id)?\s*$/;

/** An UPDATE of one row by its id to exactly its parameters. */
const PLAIN_UPDATE = /^\s*UPDATE (\w+)\s+SET\s+((?:\w+ = \?,\s*)*\w+ = \?)\s+WHERE (id = \?(?:\s+AND \w+ = \?)*)\s*$/;

const CHANGED: Answer = { rows: [], rowCount: 1 };
const UNCHANGED: Answer = { rows: [], rowCount: 0 };

interface Merger {
  /** For many rows: its parameters are the columns. */
  readonly sql: string;
  /** Which parameter is the id of the row that is changed. */
  readonly id: number | undefined;
}

/** Per statement: how it is done for many; undefined where that cannot be. Kept by the store. */
export type Merged = Map<string, Merger | undefined>;

/** What is asked until everybody who could go on has is sent together. */
export function askTogether(connection: Connection, merged: Merged): Ask {
  let waiting = new Map<string, Asked[]>();

  async function send(): Promise<void> {
    const questions = [...waiting];
    waiting = new Map();
    for (const [sql, all] of questions) {
      if (all.length > 1 && (await doAll(sql, all))) continue;
      if (/^\s*SELECT\b/.test(sql)) askOnce(sql, all);
      else for (const one of all) connection.ask(sql, one.params).then(one.resolve, one.reject);
    }
  }

  function askOnce(sql: string, all: readonly Asked[]): void {
    const alike = all.length === 1 ? [all] : Map.groupBy(all, ({ params }) => JSON.stringify(params)).values();
    for (const same of alike) {
      connection.ask(sql, same[0]?.params).then(
        (result) => {
          for (const { resolve } of same) resolve(result);
        },
        (error: unknown) => {
          for (const { reject } of same) reject(error);
        },
      );
    }
  }

  /** False when it cannot be done by one statement. */
  async function doAll(sql: string, all: readonly Asked[]): Promise<boolean> {
    if (!merged.has(sql)) merged.set(sql, await mergerOf(connection, sql));
    const merger = merged.get(sql);
    if (!merger || charactersOf(all) > MAX_MERGED_CHARACTERS) return false;
    const ids = merger.id === undefined ? undefined : all.map(({ params }) => params[merger.id as number]);
    // One statement changes a row once.
    if (ids && new Set(ids).size < ids.length) return false;
    const columns = all[0]?.params.map((_, at) => arrayOf(all.map(({ params }) => params[at] ?? null))) ?? [];
    connection.ask(merger.sql, columns).then(
      ({ rows }) => {
        const changed = ids && new Set((rows as { id: number }[]).map(({ id }) => id));
        for (const [at, { resolve }] of all.entries()) {
          if (changed) resolve(changed.has(ids?.[at] as number) ? CHANGED : UNCHANGED);
          else resolve(rows.length === 0 ? CHANGED : { rows: [rows[at]], rowCount: 1 });
        }
      },
      (error: unknown) => {
        for (const { reject } of all) reject(error);
      },
    );
    return true;
  }

  return (sql, params) =>
    new Promise((resolve, reject) => {
      // A tick comes when no promise has anything left to do: then everybody waits for the database.
      if (waiting.size === 0) process.nextTick(() => void send());
      const asked = { params, resolve, reject };
      const others = waiting.get(sql);
      if (others) others.push(asked);
      else waiting.set(sql, [asked]);
    });
}

async function mergerOf(connection: Connection, sql: string): Promise<Merger | undefined> {
  const [, table = "", list = "", returning = ""] = PLAIN_INSERT.exec(sql) ?? [];
  if (table !== "") return { sql: await mergedInsert(connection, table, list, returning), id: undefined };
  const [, changed = "", set = "", where = ""] = PLAIN_UPDATE.exec(sql) ?? [];
  return changed === "" ? undefined : await mergedUpdate(connection, changed, set, where);
}

/** The rows go in in the order of the arrays, and so do the ids that they are given. */
async function mergedInsert(connection: Connection, table: string, list: string, returning: string): Promise<string> {
  const columns = list.split(",").map((name) => name.trim());
  const { arrays, names } = await arraysFor(connection, table, columns);
  return `INSERT INTO ${table}(${columns.join(", ")})
    SELECT ${names.join(", ")} FROM unnest(${arrays.join(", ")}) WITH ORDINALITY AS u(${names.join(", ")}, place)
    ORDER BY place ${returning}`;
}

async function mergedUpdate(connection: Connection, table: string, set: string, where: string): Promise<Merger> {
  const columnsIn = (text: string) => [...text.matchAll(/(\w+) = \?/g)].map(([, name = ""]) => name);
  const changed = columnsIn(set);
  const held = columnsIn(where);
  const { arrays, names } = await arraysFor(connection, table, [...changed, ...held]);
  return {
    sql: `UPDATE ${table} t SET ${changed.map((column, at) => `${column} = u.${names[at]}`).join(", ")}
    FROM unnest(${arrays.join(", ")}) AS u(${names.join(", ")})
    WHERE ${held.map((column, at) => `t.${column} = u.${names[changed.length + at]}`).join(" AND ")} RETURNING t.id`,
    id: changed.length,
  };
}

/** An array for each of the columns, and what it is called. */
async function arraysFor(connection: Connection, table: string, columns: readonly string[]) {
  const { rows } = await connection.ask(
    "SELECT attname AS name, format_type(atttypid, NULL) AS type FROM pg_attribute WHERE attrelid = to_regclass(?) AND attnum > 0",
    [table],
  );
  const types = new Map((rows as { name: string; type: string }[]).map(({ name, type }) => [name, type]));
  return {
    arrays: columns.map((name) => `CAST(? AS ${types.get(name)}[])`),
    names: columns.map((_, at) => `c${at}`),
  };
}

function charactersOf(all: readonly Asked[]): number {
  let sum = 0;
  for (const { params } of all) for (const param of params) sum += typeof param === "string" ? param.length : 8;
  return sum;
}

/** https://www.postgresql.org/docs/current/arrays.html#ARRAYS-IO */
function arrayOf(values: readonly Param[]): string {
  return `{${values.map(element).join(",")}}`;
}

function element(value: Param): string {
  if (value === null) return "NULL";
  if (typeof value === "number") return String(value);
  return value.includes('"') || value.includes("\\") ? `"${value.replace(/["\\]/g, "\\$&")}"` : `"${value}"`;
}
