/** What a verb is that is not simply an operation, and fields that several of them take. */
import type { CatalogueField, LocalTyped } from "./catalogue.ts";
import type { LocalVerb } from "./invocation.ts";

export interface LocalVerbEntry extends LocalTyped {
  /** It only takes over from `like` when this field is given. */
  readonly when?: string;
  readonly load: () => Promise<LocalVerb>;
}

export const FOLLOW: CatalogueField = {
  name: "follow",
  flag: "follow",
  short: "f",
  type: "boolean",
  description: "Go on as more comes.",
};

export const LOG_LINES: CatalogueField = {
  name: "lines",
  flag: "lines",
  short: "n",
  type: "number",
  default: 50,
  description: "How many of the last lines.",
};
