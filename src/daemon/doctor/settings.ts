/** The settings file: can it be read, and does everything in it refer to something that is there? */
import { type Check, note, ok, problem, warning } from "./finding.ts";

export const settings: Check = {
  subject: "settings",
  async run({ paths, settings: { source, broken, dangling, agents } }) {
    if (broken.length > 0) {
      return broken.map((sentence) =>
        problem(sentence, "Mend the file; a running daemon goes on with the last good settings."),
      );
    }
    const whole =
      source === "file" ? `${paths.settings} is fine.` : `There is no ${paths.settings}; the defaults hold.`;
    return [
      ok(whole),
      ...dangling.map((sentence) => warning(sentence, `Mend it there; \`steward daemon reload\` makes it hold.`)),
      ...(Object.keys(agents).length === 0
        ? [note("No agent is configured: tasks wait.", `Add one to ${paths.settings}; the README shows how.`)]
        : []),
    ];
  },
};
