/** The catalogue of the sources as they are now: what a checkout uses in place of a built one. */
import { operations } from "../operations.ts";
import { toolsOf } from "../transports/mcp/tools.ts";
import { type Catalogue, catalogueOf } from "./catalogue.ts";
import { describeOperations } from "./catalogue-of-operations.ts";

export function liveCatalogue(): Catalogue {
  return catalogueOf(describeOperations(operations), () => toolsOf(operations));
}
