/** The doctor's public door. */
import * as z from "zod";
import { operation } from "../../core/operation.ts";
import type { Diagnosis } from "./doctor.ts";
import { Finding } from "./finding.ts";

export interface DoctorRoom {
  /** Several who ask at once share one look. */
  readonly diagnose: (askerVersion: string | undefined) => Promise<Diagnosis>;
}

export const doctor = operation({
  name: "doctor",
  summary: "Look at everything that Steward stands on, and say what is wrong and what to do.",
  effect: "read",
  scope: "admin",
  rest: "GET /doctor",
  input: z.strictObject({
    askerVersion: z
      .string()
      .max(100)
      .optional()
      .describe("Version of the program that asks, to be held against the daemon's."),
  }),
  output: z.object({
    healthy: z.boolean().describe("No problem was found; there may be warnings."),
    findings: z.array(Finding.extend({ subject: z.string() })),
  }),
  refuses: [],
  example: {},
  handle: async ({ diagnose }: DoctorRoom, { askerVersion }) => {
    const { healthy, findings } = await diagnose(askerVersion);
    return { healthy, findings: [...findings] };
  },
});

export const doctorOperations = [doctor] as const;
