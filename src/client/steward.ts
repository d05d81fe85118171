/** The object that programs hold. */
import type { CallOptions } from "./method.ts";
import type { OperationMethods } from "./operations.generated.ts";

export interface Steward extends OperationMethods, AsyncDisposable {
  /** For an operation whose name is only known when the program runs. */
  call(operation: string, input?: object, options?: CallOptions): Promise<unknown>;
  /** Calls that wait are given up, streams end; the daemon goes on. */
  close(): Promise<void>;
}
