/** The owner of the home: whoever the file system lets open its socket has all of its power. */
import { userInfo } from "node:os";
import type { Actor } from "../core/actor.ts";

export function owner(): Actor {
  return { kind: "person", name: ownerName(), scope: "admin" };
}

/** A uid without a passwd entry (containers) is named by its number. */
function ownerName(): string {
  try {
    return userInfo().username;
  } catch {
    return `uid-${process.getuid?.() ?? 0}`;
  }
}
