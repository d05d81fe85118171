/** What a line from the daemon says: an answer, or a notification of a stream. */

interface ErrorObject {
  readonly code: number;
  readonly message: string;
  readonly data?: Readonly<Record<string, unknown>>;
}

export interface Said {
  readonly id?: number | null;
  readonly result?: unknown;
  readonly error?: ErrorObject;
  readonly method?: string;
  readonly params?: Readonly<Record<string, unknown>> & { readonly error?: ErrorObject };
}

/** Undefined when no Steward says that. */
export function parseSaid(line: Buffer): Said | undefined {
  try {
    const said = JSON.parse(line.toString()) as Said | null;
    return said?.constructor === Object && isError(said.error) && isError(said.params?.error) ? said : undefined;
  } catch {
    return undefined;
  }
}

function isError(error: ErrorObject | undefined): boolean {
  return error === undefined || (typeof error?.code === "number" && typeof error.message === "string");
}
