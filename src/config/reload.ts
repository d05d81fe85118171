/** The settings in force: replaced whole by a good file, untouched by a broken one. */
import type { Log } from "../core/log.ts";
import { digestOf } from "./digest.ts";
import type { Fragment, SettingsOf } from "./fragment.ts";
import { readSettings } from "./load.ts";
import { formatProblem, type Problem, SettingsProblem } from "./problem.ts";

export interface Settings<List extends readonly Fragment[]> {
  current(): SettingsOf<List>;
  source(): "file" | "defaults";
  /** Of the last reload that failed; empty after one that worked. */
  problems(): readonly Problem[];
  reload(): { readonly changed: boolean } | { readonly problems: readonly Problem[] };
}

export interface SettingsOptions<List extends readonly Fragment[]> {
  readonly path: string;
  readonly fragments: List;
  readonly log: Log;
  /** Called when settings have changed. When it throws, the old ones stay and the error is the problem. */
  readonly onChange?: (next: SettingsOf<List>, previous: SettingsOf<List>) => void;
}

/** Throws `SettingsProblem` when the file is broken to begin with: there is no last good one yet. */
export function createSettings<const List extends readonly Fragment[]>(options: SettingsOptions<List>): Settings<List> {
  const { path, fragments, log, onChange } = options;
  const first = readSettings(path, fragments);
  if (!first.ok) throw new SettingsProblem(first.problems);
  let inForce = first;
  let problems: readonly Problem[] = [];

  return {
    current: () => inForce.settings,
    source: () => inForce.source,
    problems: () => problems,
    reload() {
      const read = readSettings(path, fragments);
      if (!read.ok) return refuse(read.problems);
      const previous = inForce;
      const changed = read.digest !== previous.digest;
      // The same settings are the same object: whoever holds them sees that nothing has changed.
      inForce = changed ? read : { ...read, settings: previous.settings };
      try {
        if (changed) onChange?.(read.settings, previous.settings);
      } catch (error) {
        inForce = previous;
        return refuse([notTaken(path, error)]);
      }
      problems = [];
      if (changed) log.info("settings reloaded", { sections: changedSections(previous.settings, read.settings) });
      return { changed };
    },
  };

  function refuse(found: readonly Problem[]) {
    problems = found;
    log.error("settings not reloaded: the last good ones stay", { problems: found.map(formatProblem) });
    return { problems };
  }
}

function notTaken(file: string, error: unknown): Problem {
  const reason = error instanceof Error ? error.message : String(error);
  return { file, line: 0, column: 0, path: "", message: `could not be applied: ${reason}` };
}

function changedSections(previous: object, next: object): string[] {
  const before = new Map<string, unknown>(Object.entries(previous));
  return Object.entries(next).flatMap(([key, value]) => (digestOf(value) === digestOf(before.get(key)) ? [] : [key]));
}
