/** The forms that a method of the client can have. */

export interface CallOptions {
  /** Your own name for this request: asked again under it, it is not done again. Default: a new one for each write. */
  readonly requestId?: string | undefined;
  /** Aborted: nobody waits for the answer any more. What was asked may yet be done. */
  readonly signal?: AbortSignal | undefined;
  /** How long the answer may take, in ms; `waitMs` in the input comes on top. Default: the client's own. */
  readonly timeoutMs?: number | undefined;
  /** How often it is repeated when there is no connection or it breaks. Default: the client's own. */
  readonly retries?: number | undefined;
}

export interface Gap {
  /** The last number that was read, or that reading was to begin behind; undefined when nothing was read yet. */
  readonly after: number | undefined;
  /** Reading goes on behind this number; undefined when that is not known. */
  readonly next: number | undefined;
}

export interface StreamOptions {
  readonly signal?: AbortSignal | undefined;
  /** How long the first word may take, in ms. Default: the client's own. */
  readonly timeoutMs?: number | undefined;
  /** Go on where it stood when the connection breaks, looking for a daemon for ten minutes or `forMs`. */
  readonly reconnect?: boolean | { readonly forMs: number } | undefined;
  /** Called between two items when some that lie between them are no longer kept, or nobody can tell. */
  readonly onGap?: ((gap: Gap) => void) | undefined;
}

/** An input without a field that must be given may be left out. */
type Arguments<Input, Options> =
  Record<never, never> extends Input ? [input?: Input, options?: Options] : [input: Input, options?: Options];

/** Throws `StewardRefusal`, `StewardUnreachable` or `StewardBug`. */
export type Call<Input, Output> = (...args: Arguments<Input, CallOptions>) => Promise<Output>;

/** Opened when it is first read; throws as a call does. */
export type Stream<Input, Item> = (...args: Arguments<Input, StreamOptions>) => AsyncGenerator<Item, void, undefined>;
