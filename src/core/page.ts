/** Pages of long lists: how many items a caller gets, and refusing to give more than the limit. */
import * as z from "zod";

export const PageLimit = z.int().min(1).optional().describe("How many at most. Default: limits.pageItems.");

export interface PageLimits {
  readonly pageItems: number;
  readonly pageMaxItems: number;
}

export function pageSize(wanted: number | undefined, { pageItems, pageMaxItems }: PageLimits): number {
  return Math.min(wanted ?? pageItems, pageMaxItems);
}
