/** The verbs of queue files: here the command line reads and writes the file, for the daemon may not be allowed to. */
export const QUEUE_VERBS = {
  "queue import": {
    summary: "Submit the tasks of a sprint queue file.",
    args: ["file"],
    fields: [
      {
        name: "file",
        flag: "file",
        type: "text",
        path: true,
        required: true,
        description: "The queue file; - is stdin.",
      },
    ],
    fieldsOf: { operation: "queue.import", names: ["project", "dryRun"] },
    load: () => import("./verbs/queue-import.ts").then((module) => module.importQueue),
  },
  "queue export": {
    summary: "Write a sprint back as a queue file: what was imported as it came, and in it what has changed since.",
    args: ["file"],
    fields: [
      {
        name: "file",
        flag: "file",
        type: "text",
        path: true,
        description: "The file to write, whole or not at all; without it, or with -, the queue goes to stdout.",
      },
      {
        name: "force",
        flag: "force",
        type: "boolean",
        description:
          "Also in the place of a file that is another queue, no queue, not UTF-8, or says what would be lost.",
      },
      { name: "dryRun", flag: "dry-run", type: "boolean", description: "Only tell what would be written." },
    ],
    fieldsOf: { operation: "queue.export", names: ["sprint", "import", "project"] },
    load: () => import("./verbs/queue-export.ts").then((module) => module.exportQueue),
  },
} as const;
