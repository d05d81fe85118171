/** The questions in which databases differ. SQL is written once; where it can't be, a room asks its dialect. */

export interface Dialect {
  readonly name: "sqlite" | "postgres";
  /** Column type of a generated row id that is never used twice. */
  readonly identity: string;
  /** Column type of a 64-bit integer (ids, epoch ms, counts). */
  readonly integer: string;
  /** What ends a CREATE TABLE. */
  readonly tableEnd: string;
  /** A table expression with one column `value`: the elements of a JSON array of integers given as a parameter. */
  readonly eachInteger: string;
}

export const sqliteDialect: Dialect = {
  name: "sqlite",
  identity: "INTEGER PRIMARY KEY AUTOINCREMENT",
  integer: "INTEGER",
  tableEnd: " STRICT",
  eachInteger: "json_each(?)",
};
