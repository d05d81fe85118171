/** Results for people: by a renderer of their own where one exists, else as keys, values and tables. */
import { renderAny } from "./render/generic.ts";

type Renderer = (result: unknown) => string;

/** Results that deserve better than keys and values; each is loaded when it is needed. */
const RENDERERS: Readonly<Record<string, () => Promise<Renderer>>> = {
  "daemon.status": () => import("./render/daemon-status.ts").then((module) => module.renderStatus),
};

export async function render(operation: string, result: unknown): Promise<string> {
  const renderer = Object.hasOwn(RENDERERS, operation) ? await RENDERERS[operation]?.() : undefined;
  return (renderer ?? renderAny)(result);
}
