/** A process of readers of one stream of server-sent events. Asked by its parent, it tells how much has come, and when the last had what. */
import { connect } from "node:net";
import { parseArgs } from "node:util";
import { requestText } from "./http.ts";

/** In every item, and split by no chunk of the answer. */
const ITEM = "event: item";
/** In the head of an answer that will not end. */
const BEGUN = "\nretry: ";

const { values } = parseArgs({
  options: {
    port: { type: "string", default: "" },
    token: { type: "string", default: "" },
    path: { type: "string", default: "/" },
    readers: { type: "string", default: "1" },
  },
});
const readers = Number(values.readers);
/** Of the n-th item since `forget`: how many readers have it. */
let having: number[] = [];
/** When the last of them had it, in ms of the machine's monotonic clock. */
let lastHad: number[] = [];
let delivered = 0;
/** Told as soon as all have so many. */
let wanted = Number.POSITIVE_INFINITY;
const forgetting = new Set<() => void>();

function read(): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const socket = connect({ port: Number(values.port), host: "127.0.0.1" });
  let rest = "";
  let items = 0;
  forgetting.add(() => {
    items = 0;
  });
  socket.setNoDelay(true).setEncoding("latin1");
  socket.write(requestText({ method: "GET", path: values.path, token: values.token }));
  socket.on("data", (chunk: string) => {
    const text = rest + chunk;
    if (text.includes(BEGUN)) resolve();
    for (let at = text.indexOf(ITEM); at >= 0; at = text.indexOf(ITEM, at + ITEM.length)) had(items++);
    rest = text.slice(1 - ITEM.length);
  });
  socket.on("error", reject);
  socket.on("close", () => process.exit(1));
  return promise;
}

function had(item: number): void {
  delivered += 1;
  having[item] = (having[item] ?? 0) + 1;
  if (having[item] !== readers) return;
  lastHad[item] = now();
  if (item + 1 === wanted) tell();
}

function now(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}

function tell(): void {
  process.send?.({ delivered, lastHad: lastHad.at(-1), at: now() });
}

process.on("message", (word: "count" | "forget" | number) => {
  if (typeof word === "number") wanted = word;
  if (typeof word === "number" && lastHad.length < word) return;
  if (word === "forget") {
    having = [];
    lastHad = [];
    for (const forget of forgetting) forget();
    delivered = 0;
    wanted = Number.POSITIVE_INFINITY;
  }
  tell();
});
await Promise.all(Array.from({ length: readers }, read));
process.send?.("reading");
