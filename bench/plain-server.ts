/** What one would write without Steward: a server of bare Node that answers a constant, or commits first, and tells its readers. */
import { createServer as createHttpServer, type IncomingMessage, type ServerResponse } from "node:http";
import { type AddressInfo, createServer as createLineServer, type Server } from "node:net";
import { DatabaseSync } from "node:sqlite";
import { parseArgs } from "node:util";

const { values } = parseArgs({
  options: {
    speaks: { type: "string", default: "http" },
    /** A unix socket. Default: a free port of 127.0.0.1. */
    path: { type: "string" },
    /** Where what is written is committed, each with its own sync. */
    database: { type: "string", default: "" },
    /** Lengths of the answers, in characters. */
    read: { type: "string", default: "0" },
    written: { type: "string", default: "0" },
    /** What each reader is told of a write. */
    event: { type: "string", default: "" },
  },
});
const read = JSON.stringify("x".repeat(Math.max(0, Number(values.read) - 2)));
const written = JSON.stringify("x".repeat(Math.max(0, Number(values.written) - 2)));
const readers = new Set<ServerResponse>();
const commit = openDatabase(values.database);

const server: Server = values.speaks === "lines" ? overLines() : createHttpServer(answerHttp);
const listening = () => process.stdout.write(`${(server.address() as AddressInfo).port ?? values.path}\n`);
if (values.path === undefined) server.listen(0, "127.0.0.1", listening);
else server.listen(values.path, listening);

function openDatabase(path: string): (prompt: string) => void {
  const db = new DatabaseSync(path);
  db.exec("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; CREATE TABLE task(id INTEGER PRIMARY KEY, prompt TEXT)");
  const insert = db.prepare("INSERT INTO task(prompt) VALUES (?)");
  return (prompt) => void insert.run(prompt);
}

function answerHttp(request: IncomingMessage, response: ServerResponse): void {
  let body = "";
  request.setEncoding("utf8");
  request.on("data", (text: string) => {
    body += text;
  });
  request.on("end", () => {
    if (request.method === "POST") write(body, response);
    else if (values.event !== "") follow(response);
    else answer(response, read);
  });
}

function write(body: string, response: ServerResponse): void {
  commit(JSON.parse(body).prompt);
  answer(response, written);
  for (const reader of readers) reader.write(values.event);
}

function follow(response: ServerResponse): void {
  readers.add(response);
  response.on("close", () => readers.delete(response));
  response.writeHead(200, { "content-type": "text/event-stream" }).write("retry: 1000\n\n");
}

function answer(response: ServerResponse, text: string): void {
  response.writeHead(200, { "content-type": "application/json", "content-length": text.length }).end(text);
}

function overLines(): Server {
  return createLineServer((socket) => {
    let rest = "";
    socket.setEncoding("utf8");
    socket.on("error", () => {});
    socket.on("data", (text: string) => {
      const lines = (rest + text).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) {
        const { id, method, params } = JSON.parse(line);
        const isWrite = method === "task.submit";
        if (isWrite) commit(params.prompt);
        socket.write(`{"jsonrpc":"2.0","id":${id},"result":${isWrite ? written : read}}\n`);
      }
    });
  });
}
