/** REST as a way in: a question by the operation's name becomes a method, a path, a query or a body. */
import { readFileSync } from "node:fs";
import { request } from "node:http";
import { operations } from "../../src/operations.ts";
import { PREFIX, type Route, routesOf } from "../../src/transports/rest/routes.ts";
import type { Answer, Transport } from "./ways-in.ts";

const routes = new Map(routesOf(operations).map((route) => [route.operation.name, route]));

export const rest: Transport = {
  name: "REST",
  cannotAsk: () => undefined,
  async open({ paths }) {
    const authorization = `Bearer ${readFileSync(paths.token, "utf8").trim()}`;
    return {
      close: () => {},
      ask(name, input) {
        const route = routes.get(name);
        if (!route) throw new Error(`there is no route for ${name}`);
        return ask({ socketPath: paths.http, ...asked(route, input) }, authorization);
      },
    };
  },
};

interface Asked {
  readonly method: string;
  readonly path: string;
  readonly body: string | undefined;
}

function asked({ method, path, params }: Route, input: Readonly<Record<string, unknown>>): Asked {
  const filled = params.reduce((so, name) => so.replace(`{${name}}`, encodeURIComponent(String(input[name]))), path);
  const rest = Object.entries(input).filter(([name]) => !params.includes(name));
  if (method !== "GET") return { method, path: PREFIX + filled, body: JSON.stringify(Object.fromEntries(rest)) };
  const query = new URLSearchParams(rest.map(([name, value]): [string, string] => [name, textOf(value)]));
  return { method, path: `${PREFIX}${filled}?${query}`, body: undefined };
}

function textOf(value: unknown): string {
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

function ask({ body, ...where }: Asked & { readonly socketPath: string }, authorization: string): Promise<Answer> {
  const headers = {
    host: "localhost",
    authorization,
    ...(body !== undefined && { "content-type": "application/json" }),
  };
  return new Promise((resolve, reject) => {
    const asking = request({ ...where, headers, agent: false }, async (response) => {
      let text = "";
      for await (const chunk of response.setEncoding("utf8")) text += chunk;
      const said = JSON.parse(text);
      const isProblem = response.headers["content-type"] === "application/problem+json";
      resolve(isProblem ? { refused: said.code, message: said.detail } : { result: said });
    });
    asking.on("error", reject).end(body);
  });
}
