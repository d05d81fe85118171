/** One connection to PostgreSQL: statements prepared once per text, sent without waiting for the one before, each answered in bounded time. */
import { Socket } from "node:net";
import pg, { type ClientConfig, type QueryConfig, type QueryResult } from "pg";
import { type Numbered, numbered } from "./placeholders.ts";
import { storable } from "./storable.ts";
import { type Param, StoreUnusable } from "./store.ts";

export interface Deadlines {
  /** To connect and be let in. */
  readonly connectMs: number;
  /** For the turn to write, while another daemon has it. */
  readonly lockMs: number;
  /** For one statement, as the server counts. */
  readonly statementMs: number;
  /** After this the server ends the transaction of a daemon that is frozen or gone, and others have their turn. */
  readonly idleInTransactionMs: number;
  /** For any answer, as the daemon counts: longer than what the server is given, for it may be the one that is frozen. */
  readonly answerMs: number;
}

export const DEADLINES: Deadlines = {
  connectMs: 5_000,
  lockMs: 5_000,
  statementMs: 8_000,
  idleInTransactionMs: 8_000,
  answerMs: 10_000,
};

/** The oldest server that can be asked what became of a commit whose answer was lost (pg_xact_status of xid8). */
const OLDEST_VERSION = 130_000;

/** Nobody knows what became of whatever was under way on it. */
export class ConnectionLost extends Error {
  override readonly name = "ConnectionLost";
}

export interface Connection {
  readonly isAlive: boolean;
  /** `postgres://host:5432/database`, with nobody's name or password. */
  readonly address: string;
  /** One statement with `?` for its parameters. Throws `ConnectionLost`, or what the server says. */
  ask(sql: string, params?: readonly Param[]): Promise<QueryResult>;
  /** Statements without parameters, in one round trip. */
  say(sql: string): Promise<QueryResult[]>;
  close(): Promise<void>;
  /** At once, whatever is under way. */
  kill(why: string): void;
}

/** What is asked of the planner. */
export type Use = "seeks" | "reads";

export async function connect(url: string, use: Use, deadlines: Deadlines): Promise<Connection> {
  const socket = new Socket();
  const config: ClientConfig & { pipeline: true } = {
    connectionString: url,
    stream: () => socket,
    pipeline: true,
    keepAlive: true,
    application_name: "steward",
    connectionTimeoutMillis: deadlines.connectMs,
  };
  const client = new pg.Client(config);
  client.setTypeParser(pg.types.builtins.INT8, safeInteger);
  const state = { isAlive: false, why: "" };
  client.on("error", () => {});
  client.on("end", () => {
    state.isAlive = false;
  });
  const kill = (why: string) => {
    state.isAlive = false;
    state.why ||= why;
    socket.destroy(new Error(why));
  };
  const connection = speak(client, { state, kill, answerMs: deadlines.answerMs });
  try {
    await client.connect();
    state.isAlive = true;
    await agree(connection, use, deadlines);
    return connection;
  } catch (error) {
    kill("it was not let in");
    throw error instanceof pg.DatabaseError || error instanceof StoreUnusable ? error : lost(error, state.why);
  }
}

/** What this session is held to, and what the server must be. */
async function agree(connection: Connection, use: Use, deadlines: Deadlines): Promise<void> {
  const [answer] = (
    await connection.say(`
      SET statement_timeout = ${deadlines.statementMs};
      SET lock_timeout = ${deadlines.lockMs};
      SET idle_in_transaction_session_timeout = ${deadlines.idleInTransactionMs};
      SET default_transaction_isolation = 'read committed';
      ${use === "seeks" ? ONLY_SEEKS : ""}
      SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off';
      SELECT current_setting('server_version_num')::int AS version, current_setting('server_encoding') AS encoding`)
  ).slice(-1);
  const { version, encoding } = answer?.rows[0] as { version: number; encoding: string };
  if (version < OLDEST_VERSION) {
    throw new StoreUnusable(
      `${connection.address} runs PostgreSQL ${(version / 10_000) | 0}.`,
      "Steward needs 13 or newer.",
    );
  }
  if (encoding !== "UTF8") {
    throw new StoreUnusable(
      `${connection.address} keeps its text as ${encoding}.`,
      "Give Steward a database of its own: CREATE DATABASE steward ENCODING 'UTF8' TEMPLATE template0.",
    );
  }
}

/** A plan that was made while a table was small must not be a scan when it is large: whoever writes only ever seeks. */
const ONLY_SEEKS = `
      SET enable_seqscan = off; SET enable_bitmapscan = off; SET enable_hashjoin = off; SET enable_mergejoin = off;
      SET jit = off;`;

interface Line {
  readonly state: { isAlive: boolean; why: string };
  readonly kill: (why: string) => void;
  readonly answerMs: number;
}

function speak(client: pg.Client, { state, kill, answerMs }: Line): Connection {
  const prepared = new Map<string, Numbered & { name: string }>();
  let unanswered = 0;
  let answers = 0;
  let deadline: NodeJS.Timeout | undefined;

  function prepare(sql: string): Numbered & { name: string } {
    const known = prepared.get(sql);
    if (known) return known;
    const made = { ...numbered(sql), name: `s${prepared.size + 1}` };
    prepared.set(sql, made);
    return made;
  }

  /** Each answer gives the next one the full time. */
  function expectAnswer(): void {
    if (unanswered++ > 0) return;
    deadline ??= setTimeout(() => {
      deadline = undefined;
      // It may be this process that stood still: what has arrived meanwhile is read first.
      if (unanswered > 0) setImmediate(() => setImmediate(giveUp, answers));
    }, answerMs).unref();
    deadline.refresh();
  }

  function giveUp(answersThen: number): void {
    if (answers === answersThen) kill(`the server did not answer within ${answerMs} ms`);
  }

  function send(query: QueryConfig): Promise<QueryResult> {
    return new Promise((resolve, reject) => {
      if (!state.isAlive) return reject(lost(undefined, state.why));
      expectAnswer();
      client.query(query, (error: Error | null, result: QueryResult) => {
        unanswered--;
        answers++;
        deadline?.refresh();
        if (!error) return resolve(result);
        reject(error instanceof pg.DatabaseError || isOfTheirs(error) ? error : lost(error, state.why));
      });
    });
  }

  return {
    get isAlive() {
      return state.isAlive;
    },
    get address() {
      return `postgres://${client.host}:${client.port}/${client.database}`;
    },
    ask(sql, params = []) {
      const { name, text, wants } = prepare(sql);
      if (wants !== params.length) {
        return Promise.reject(new Error(`statement wants ${wants} parameters, got ${params.length}: ${sql}`));
      }
      return send({ name, text, values: [...storable(params)] });
    },
    say: async (text) => [await send({ text })].flat(),
    async close() {
      if (!state.isAlive) return;
      state.isAlive = false;
      await client.end();
    },
    kill,
  };
}

/** An integer that JavaScript cannot hold exactly is a bug, and never a slightly different number. */
function safeInteger(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value)) throw new UnsafeInteger(`${text} is beyond what can be counted exactly`);
  return value;
}

class UnsafeInteger extends Error {}

function isOfTheirs(error: Error): boolean {
  return error instanceof UnsafeInteger;
}

function lost(error: unknown, why: string): ConnectionLost {
  const reason = why || messageOf(error) || "the connection broke";
  return new ConnectionLost(reason, { cause: error });
}

/** An AggregateError of several addresses says nothing by itself. */
function messageOf(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(messageOf).join("; ");
  return error instanceof Error ? error.message : error === undefined ? "" : String(error);
}
