/** Transactions on PostgreSQL for the write queue: the writers of all daemons take turns, and a commit whose answer was lost is asked after. */
import type { Clock } from "../core/clock.ts";
import { postgresDialect } from "./dialect.ts";
import { type Connection, ConnectionLost } from "./postgres-connection.ts";
import { translate, unavailableBecause, unknownOutcome } from "./postgres-errors.ts";
import type { Link } from "./postgres-link.ts";
import { type Answer, type Ask, askTogether, type Merged } from "./postgres-together.ts";
import type { Param, Tx } from "./store.ts";
import { CommitInDoubt, type Transactor, type View } from "./write-queue.ts";

/** "Stwd": the lock that whoever writes holds until its commit. Per database. */
export const TURN = 0x53747764;

/** How long callers wait for what became of their commit, in ms, and how often the server is asked meanwhile. */
const FIND_OUT_MS = 5_000;
const ASK_AGAIN_MS = 100;

/**
 * One round trip. The time and the number of the transaction are asked for when the turn has come, so that both follow those
 * of every commit before. The number makes it possible to ask what became of a commit.
 */
const BEGIN = `BEGIN; SELECT pg_advisory_xact_lock(${TURN});
  SELECT CAST(pg_current_xact_id() AS text) AS number, CAST(extract(epoch FROM clock_timestamp()) * 1000 AS bigint) AS now`;

interface Turn {
  readonly connection: Connection;
  readonly number: string;
  readonly now: number;
  /** Of a statement: whatever follows it is refused by the server until it is rolled back. */
  failure: { readonly error: unknown } | undefined;
}

export function postgresTransactor(link: Link, clock: Clock | undefined): Transactor<Tx> {
  const merged: Merged = new Map();
  let turn: Turn | undefined;
  let isSuspect = false;
  let doubt: { readonly number: string; readonly settle: (isCommitted: boolean) => void } | undefined;

  const mustHaveTurn = (): Turn => {
    if (!turn) throw new Error("there is no transaction");
    return turn;
  };
  /** Sent, and not waited for: should it fail, so does what comes after it. */
  const tell = (sql: string): undefined => {
    const { connection } = mustHaveTurn();
    connection.say(sql).catch((error: unknown) => {
      if (turn) turn.failure ??= { error };
    });
    return undefined;
  };

  return {
    async begin() {
      if (isSuspect) (await link.get()).kill("it cannot be written to");
      isSuspect = false;
      turn = await beginOn(link);
      // Whatever had the turn has ended, and its facts are told before those of this commit.
      if (!doubt) return;
      doubt.settle((await statusOn(turn.connection, doubt.number)) === "committed");
      doubt = undefined;
    },
    async commit() {
      const { connection, number } = mustHaveTurn();
      try {
        const [result] = await connection.say("COMMIT");
        turn = undefined;
        if (result?.command !== "COMMIT") throw new Error("a transaction was rolled back instead of committed");
      } catch (error) {
        turn = undefined;
        if (!(error instanceof ConnectionLost)) throw error;
        const status = await findOut(link, number);
        if (status === "committed") return;
        if (status === "aborted") throw error;
        if (status === "unknown") throw new CommitInDoubt(error, Promise.resolve(false));
        const { promise, resolve } = Promise.withResolvers<boolean>();
        doubt = { number, settle: resolve };
        throw new CommitInDoubt(error, promise);
      }
    },
    async rollback() {
      const { connection } = mustHaveTurn();
      turn = undefined;
      await connection.say("ROLLBACK").catch(() => connection.kill("it could not be rolled back"));
    },
    savepoint: () => tell("SAVEPOINT item"),
    release() {
      const { failure } = mustHaveTurn();
      if (failure) throw failure.error;
      return tell("RELEASE item");
    },
    rollbackToSavepoint() {
      mustHaveTurn().failure = undefined;
      return tell("ROLLBACK TO item; RELEASE item");
    },
    isOpen: () => turn?.connection.isAlive ?? false,
    // Also what one caller asks for many rows at the same moment is merged.
    view: () => viewOf(mustHaveTurn(), clock, askTogether(mustHaveTurn().connection, merged)),
    viewsTogether(count) {
      const ask = askTogether(mustHaveTurn().connection, merged);
      return Array.from({ length: count }, () => viewOf(mustHaveTurn(), clock, ask));
    },
    translate(error) {
      // Perhaps another one has become the server that may be written to.
      if (unavailableBecause(error) === "is read-only") isSuspect = true;
      return error instanceof CommitInDoubt ? unknownOutcome(error.cause) : translate(error);
    },
  };
}

/** A connection that broke while nothing was under way costs nobody anything: it is made anew. */
async function beginOn(link: Link): Promise<Turn> {
  const first = await link.get();
  try {
    return await takeTurn(first);
  } catch (error) {
    if (!(error instanceof ConnectionLost)) throw error;
    return await takeTurn(await link.get());
  }
}

async function takeTurn(connection: Connection): Promise<Turn> {
  try {
    const results = await connection.say(BEGIN);
    const { number, now } = results.at(-1)?.rows[0] as { number: string; now: number };
    return { connection, number, now, failure: undefined };
  } catch (error) {
    // What was begun must not stay open.
    if (connection.isAlive)
      await connection.say("ROLLBACK").catch(() => connection.kill("it could not be rolled back"));
    throw error;
  }
}

/** Undefined when nobody could be asked in time. */
async function findOut(link: Link, number: string): Promise<string | undefined> {
  for (const until = performance.now() + FIND_OUT_MS; performance.now() < until; ) {
    try {
      const status = await statusOn(await link.get(), number);
      if (status !== "in progress") return status;
    } catch {
      // It is not back yet.
    }
    await new Promise<void>((resolve) => setTimeout(resolve, ASK_AGAIN_MS));
  }
  return undefined;
}

/** `unknown`: it is not the server that was asked to commit, or that was too long ago. */
async function statusOn(connection: Connection, number: string): Promise<string> {
  const { rows } = await connection.ask("SELECT pg_xact_status(CAST(? AS xid8)) AS status", [number]);
  return (rows[0] as { status: string | null }).status ?? "unknown";
}

function viewOf(turn: Turn, clock: Clock | undefined, send: Ask): View<Tx> {
  const facts: unknown[] = [];
  const now = clock ? clock.now() : turn.now;
  let ended = false;
  let asked = 0;
  let unanswered = 0;
  let quiet: PromiseWithResolvers<void> | undefined;
  const answered = () => {
    if (--unanswered > 0) return;
    quiet?.resolve();
    quiet = undefined;
  };
  const ask = <T>(sql: string, params: readonly Param[], told: (answer: Answer) => T): Promise<T> => {
    if (ended) return Promise.reject(new Error("this transaction has ended"));
    asked++;
    unanswered++;
    return send(sql, params).then(
      (answer) => {
        answered();
        return told(answer);
      },
      (error: unknown) => {
        turn.failure ??= { error };
        answered();
        throw error;
      },
    );
  };
  const tx: Tx = {
    dialect: postgresDialect,
    get: (sql, ...params) => ask(sql, params, ({ rows }) => rows[0] as never),
    all: (sql, ...params) => ask(sql, params, ({ rows }) => rows as never),
    run: (sql, ...params) => ask(sql, params, ({ rowCount }) => ({ changes: rowCount ?? 0 })),
    now: () => now,
    announce: (fact) => facts.push(fact),
  };
  return {
    tx,
    hasAsked: () => asked > 0,
    underWay() {
      if (unanswered === 0) return undefined;
      quiet ??= Promise.withResolvers<void>();
      return quiet.promise;
    },
    end() {
      ended = true;
      return facts;
    },
  };
}
