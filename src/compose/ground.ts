/** What everything else stands on: the settings, the log and the secrets, each of which needs the others. */
import { digestOf } from "../config/digest.ts";
import { createSettings, type Settings as SettingsSource } from "../config/reload.ts";
import { systemSecrets } from "../config/secret.ts";
import type { HomePaths } from "../core/home.ts";
import { Lifetime } from "../core/lifetime.ts";
import { type Log, silentLog } from "../core/log.ts";
import { openLogFile } from "../core/log-file.ts";
import { createLog } from "../core/logger.ts";
import { fragments, problemsOf, type Settings } from "../settings.ts";
import { createUnread, type Unread } from "../transports/unread.ts";
import { createSecretBook, type SecretBook } from "../trust/secret-book.ts";

export interface Ground {
  readonly paths: HomePaths;
  readonly lifetime: Lifetime;
  readonly log: Log;
  readonly settings: SettingsSource<typeof fragments>;
  /** Why the file does not hold, or what in it cannot work or does not yet, each as a sentence. */
  readonly settingsProblems: () => string[];
  readonly secretBook: SecretBook;
  readonly unread: Unread;
  /** Who hears of changed settings; set once there is somebody to hear. */
  readonly onSettings: { tell: (settings: Settings) => void };
}

/** Throws `SettingsProblem`. The log is closed by the lifetime. */
export function layGround(paths: HomePaths, { foreground }: { readonly foreground: boolean }): Ground {
  const secretBook = createSecretBook(systemSecrets(paths.home));
  const onSettings = { tell: (_: Settings) => {} };
  // The log's size is a setting, so the settings are read before there is a log; reloads come later.
  const later = { log: silentLog };
  const settings = createSettings({
    path: paths.settings,
    fragments,
    log: { ...silentLog, info: (...line) => later.log.info(...line), error: (...line) => later.log.error(...line) },
    onChange: (next) => onSettings.tell(next),
  });
  const { logFileBytes, logFiles } = settings.current().limits;
  const file = openLogFile({ path: paths.log, maxBytes: logFileBytes, files: logFiles });
  // A terminal that was closed: the file has it all.
  if (foreground) process.stderr.on("error", () => {});
  const write = (line: string) => {
    file.write(line);
    if (foreground) process.stderr.write(line);
  };
  const log = createLog({ sink: { write }, level: "info", mask: () => secretBook.values() });
  later.log = log;
  const lifetime = new Lifetime(log);
  lifetime.add("log", () => file.close());
  const { http } = settings.current();
  const settingsProblems = () => [
    ...problemsOf(settings),
    ...(digestOf(settings.current().http) === digestOf(http) ? [] : [HTTP_WAITS]),
  ];
  const unread = createUnread(() => settings.current().limits.unreadBytes, log);
  return { paths, lifetime, log, settings, settingsProblems, secretBook, unread, onSettings };
}

const HTTP_WAITS = "http: these settings have changed, and hold after a restart: `steward restart`.";
