/** Text as every database can hold it: PostgreSQL has no U+0000, so neither store keeps one, and both show the same sign instead. */
import type { Param } from "./store.ts";

const SIGN_FOR_NUL = "\u2400";

export function storable(params: readonly Param[]): readonly Param[] {
  return params.some(hasNul)
    ? params.map((param) => (hasNul(param) ? param.replaceAll("\0", SIGN_FOR_NUL) : param))
    : params;
}

function hasNul(param: Param): param is string {
  return typeof param === "string" && param.includes("\0");
}
