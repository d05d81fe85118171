import { expect, test } from "vitest";
import { type Transactor, type View, WriteQueue } from "./write-queue.ts";

test("whatever waits is committed together, in the order in which it came", async () => {
  const { queue, log } = aQueue();
  await Promise.all([1, 2, 3].map((n) => queue.write(async (tx) => tx.say(`write ${n}`))));
  expect(log).toEqual([
    "begin",
    ...["savepoint", "write 1", "release"],
    ...["savepoint", "write 2", "release"],
    ...["savepoint", "write 3", "release"],
    "commit",
  ]);
});

test("no caller waits for more than a full batch: 513 writes are two commits", async () => {
  const { queue, log } = aQueue();
  await Promise.all(Array.from({ length: 513 }, () => queue.write(async () => {})));
  expect(log.filter((entry) => entry === "commit")).toHaveLength(2);
});

test("one that fails is undone alone", async () => {
  const { queue, log } = aQueue();
  const ends = await Promise.allSettled([
    queue.write(async () => "first"),
    queue.write(async () => {
      throw new Error("mine");
    }),
    queue.write(async () => "third"),
  ]);
  expect(ends.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
  expect(log).toContain("undo");
  expect(log.at(-1)).toBe("commit");
});

test("a function that throws before it returns a promise fails alone, too", async () => {
  const { queue } = aQueue();
  const thrower = queue.write((): Promise<never> => {
    throw new Error("at once");
  });
  const other = queue.write(async () => "fine");
  await expect(thrower).rejects.toThrow("at once");
  await expect(other).resolves.toBe("fine");
});

test("a commit that fails fails every caller with the translated error, and the next ones are served", async () => {
  const { queue, log, failOn } = aQueue();
  failOn("commit", "disk full");
  const ends = await Promise.allSettled([queue.write(async () => 1), queue.write(async () => 2)]);
  expect(ends.map((end) => end.status === "rejected" && end.reason.message)).toEqual([
    "told: disk full",
    "told: disk full",
  ]);
  expect(log.at(-1)).toBe("rollback");
  await expect(queue.write(async () => 3)).resolves.toBe(3);
});

test("when the database gives up the whole transaction during one write, everybody in it is told why", async () => {
  const { queue, giveUp, log } = aQueue();
  const ends = await Promise.allSettled([
    queue.write(async () => "first"),
    queue.write(async () => giveUp("disk full")),
    queue.write(async (tx) => tx.say("never reached")),
  ]);
  expect(ends.map(({ status }) => status)).toEqual(["rejected", "rejected", "rejected"]);
  expect(log).not.toContain("commit");
  expect(log).not.toContain("never reached");
  expect(ends.map((end) => end.status === "rejected" && end.reason.message)).toEqual(Array(3).fill("told: disk full"));
});

test("facts are told after the commit, in order, and before their caller goes on", async () => {
  const { queue, log } = aQueue();
  await Promise.all(
    ["a", "b"].map((name) =>
      queue.write(async (tx) => tx.announce(name)).then(() => log.push(`caller ${name} goes on`)),
    ),
  );
  const after = log.slice(log.indexOf("commit") + 1);
  expect(log.filter((entry) => entry.startsWith("fact"))).toEqual(["fact a", "fact b"]);
  for (const name of ["a", "b"]) {
    expect(after.indexOf(`fact ${name}`)).toBeLessThan(after.indexOf(`caller ${name} goes on`));
  }
});

test("what failed announces nothing", async () => {
  const { queue, log } = aQueue();
  const failing = queue.write(async (tx) => {
    tx.announce("of a failure");
    throw new Error("no");
  });
  await expect(failing).rejects.toThrow("no");
  expect(log).not.toContain("fact of a failure");
});

test("a listener that throws costs nobody the acknowledgement, and the queue goes on", async () => {
  const { queue } = aQueue({
    publish(fact) {
      if (fact === "bad") throw new Error("listener");
    },
  });
  const unhandled: unknown[] = [];
  const keep = (error: unknown) => unhandled.push(error);
  process.on("unhandledRejection", keep);
  const waiting = [queue.write(async (tx) => tx.announce("bad")), queue.write(async () => "second")];
  // Two turns: one for the batch, one in which what nobody handled would be told.
  await new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
  process.off("unhandledRejection", keep);
  expect(unhandled).toEqual([]);
  await expect(waiting[1]).resolves.toBe("second");
});

test("what is queued when a fact is foretold is part of the same commit, and of the caller's acknowledgement", async () => {
  const { queue, log } = aQueue({
    foretell(fact) {
      if (fact === "asked") void queue.write(async (tx) => tx.say("answered"));
    },
  });
  await queue.write(async (tx) => tx.announce("asked"));
  expect(log.filter((entry) => entry === "commit")).toHaveLength(1);
  expect(log.indexOf("answered")).toBeLessThan(log.indexOf("commit"));
  expect(log.indexOf("fact asked")).toBeGreaterThan(log.indexOf("commit"));
});

test("when that commit fails, what was queued in it fails as well", async () => {
  const answers: Promise<unknown>[] = [];
  const { queue, failOn } = aQueue({
    foretell() {
      if (answers.length === 0)
        answers.push(queue.write(async () => "answered").catch((error: Error) => error.message));
    },
  });
  failOn("commit", "disk full");
  await expect(queue.write(async (tx) => tx.announce("asked"))).rejects.toThrow("told: disk full");
  expect(await Promise.all(answers)).toEqual(["told: disk full"]);
});

test("facts that keep asking for more end with the batch, and go on in the next", async () => {
  let left = 1000;
  const { queue, log } = aQueue({
    foretell() {
      if (left-- > 0) void queue.write(async (tx) => tx.announce("more"));
    },
  });
  await queue.write(async (tx) => tx.announce("more"));
  await queue.drained();
  expect(log.filter((entry) => entry === "commit")).toHaveLength(2);
  expect(log.filter((entry) => entry === "savepoint")).toHaveLength(1001);
});

test("awaiting anything but the transaction is refused, and the others of the batch are committed", async () => {
  const { queue } = aQueue();
  const foreign = queue.write(() => new Promise(() => {}));
  const other = queue.write(async () => "fine");
  await expect(foreign).rejects.toThrow(/awaited something other than the transaction/);
  await expect(other).resolves.toBe("fine");
});

test("drained resolves when nothing waits any more, what was queued meanwhile included", async () => {
  const { queue, log } = aQueue();
  void queue.write(async () => {
    void queue.write(async (tx) => tx.say("queued from inside"));
  });
  await queue.drained();
  expect(log).toContain("queued from inside");
  await queue.drained();
});

test("independent ones that wait together run together, and others between them in their place", async () => {
  const { queue, log } = aQueue({ together: true });
  const independent = { independent: true };
  await Promise.all([
    queue.write(async (tx) => tx.say("a"), independent),
    queue.write(async (tx) => tx.say("b"), independent),
    queue.write(async (tx) => tx.say("not")),
    queue.write(async (tx) => tx.say("alone"), independent),
  ]);
  expect(log).toEqual([
    "begin",
    ...["savepoint", "a", "b", "release"],
    ...["savepoint", "not", "release"],
    ...["savepoint", "alone", "release"],
    "commit",
  ]);
});

test("when one of them fails they are all done again, one by one, and its failure is its own", async () => {
  const { queue, log } = aQueue({ together: true });
  const write = (text: string, fails = false) =>
    queue.write(
      async (tx) => {
        tx.announce(text);
        tx.say(text);
        if (fails) throw new Error("mine");
      },
      { independent: true },
    );
  const ends = await Promise.allSettled([write("a"), write("b", true), write("c")]);
  expect(ends.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
  expect(log).toEqual([
    "begin",
    ...["savepoint", "a", "b", "c", "undo"],
    ...["savepoint", "a", "release"],
    ...["savepoint", "b", "undo"],
    ...["savepoint", "c", "release"],
    "commit",
    ...["fact a", "fact c"],
  ]);
});

type Listener = (fact: unknown) => void;

interface FakeTx {
  say(text: string): void;
  announce(fact: unknown): void;
}

interface QueueOptions {
  readonly publish?: Listener;
  readonly foretell?: Listener;
  /** Does the database gain by independent works at once? */
  readonly together?: boolean;
}

/** A queue over a transactor that only writes down what it is asked. */
function aQueue({ publish, foretell, together = false }: QueueOptions = {}) {
  const log: string[] = [];
  const failing = new Map<string, string>();
  let open = false;
  const step = (name: string, is: boolean) => () => {
    const problem = failing.get(name);
    failing.delete(name);
    if (problem !== undefined) throw new Error(problem);
    open = is;
    log.push(name);
    return undefined;
  };
  const view = (): View<FakeTx> => {
    const facts: unknown[] = [];
    return {
      tx: { say: (text) => void log.push(text), announce: (fact) => void facts.push(fact) },
      end: () => facts,
      underWay: () => undefined,
      hasAsked: () => true,
    };
  };
  const transactor: Transactor<FakeTx> = {
    begin: step("begin", true),
    commit: step("commit", false),
    rollback: step("rollback", false),
    savepoint: step("savepoint", true),
    release: step("release", true),
    rollbackToSavepoint: step("undo", true),
    isOpen: () => open,
    view,
    ...(together && { viewsTogether: (count: number) => Array.from({ length: count }, view) }),
    translate: (error) => new Error(`told: ${(error as Error).message}`),
  };
  const queue = new WriteQueue<FakeTx>(transactor, {
    publish(fact) {
      log.push(`fact ${fact}`);
      publish?.(fact);
    },
    foretell: foretell ?? (() => {}),
  });
  return {
    queue,
    log,
    failOn: (name: string, problem: string) => failing.set(name, problem),
    giveUp(problem: string): never {
      open = false;
      throw new Error(problem);
    },
  };
}
