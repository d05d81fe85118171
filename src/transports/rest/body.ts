/** Reads the body of a request, and no more of it than may be. */
import { HttpRefusal } from "./problem.ts";

export async function readBody(request: Request, most: number): Promise<Uint8Array> {
  const announced = request.headers.get("content-length");
  if (announced !== null && Number(announced) > most) throw tooLarge(most);
  try {
    // What was announced is what comes: the parser sees to that.
    return announced === null ? await counted(request, most) : new Uint8Array(await request.arrayBuffer());
  } catch (error) {
    if (error instanceof HttpRefusal) throw error;
    // The client went away or was too slow, and will not read this.
    throw new HttpRefusal("invalid_input", "The body did not come whole.");
  }
}

async function counted(request: Request, most: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of request.body ?? []) {
    length += chunk.length;
    if (length > most) throw tooLarge(most);
    chunks.push(chunk);
  }
  return chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks);
}

/** What still comes is not read: the connection ends with this answer. */
function tooLarge(most: number): HttpRefusal {
  const headers = { connection: "close" };
  return new HttpRefusal("too_large", `A body takes up to ${most} bytes.`, { headers, data: { limitBytes: most } });
}
