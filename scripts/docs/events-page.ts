/** The page of everything that can happen. */
import { toJSONSchema } from "zod";
import type { EventDeclarations } from "../../src/event/event.ts";
import { fieldList, GENERATED, type Schema } from "./schema-tables.ts";

export function eventsPage(events: EventDeclarations): string {
  const rows = Object.entries(events)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([topic, { summary, data }]) => `| \`${topic}\` | ${summary} | ${fieldList(toJSONSchema(data) as Schema)} |`);
  return `${GENERATED}
# Events

What has happened, numbered, each written in the transaction of the change that it tells of. \`steward event list\` and
\`steward event watch\` show them; \`--topic 'task.*'\` takes all that begin with \`task.\`. Beside its data every event has its
number, its time, who caused it, and the task and the run that it is about.

| topic | | data |
| --- | --- | --- |
${rows.join("\n")}
`;
}
