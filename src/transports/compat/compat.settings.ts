/** Where the clients of the seeds find us. */
import * as z from "zod";
import { fragment } from "../../config/fragment.ts";

export const compatSettings = fragment(
  "compat",
  z
    .strictObject({
      aiwgSocket: z
        .string()
        .regex(/^[^\0]{1,4096}$/, "must be the path of a socket")
        .optional()
        .describe(
          "A second socket that speaks as AIWG's daemon does, for its clients: a path, relative to the settings file. Default: none.",
        ),
    })
    .prefault({})
    .describe("For clients of the systems that Steward succeeds."),
);
