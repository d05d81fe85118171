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
      {
        name: "project",
        flag: "project",
        type: "text",
        description: "The project of its tasks. Default: the innermost one in which the file lies, else `default`.",
      },
      { name: "dryRun", flag: "dry-run", type: "boolean", description: "Only tell what would be done and claimable." },
    ],
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
      { name: "sprint", flag: "sprint", type: "text", description: "Its id or number. Default: the one under way." },
      { name: "import", flag: "import", type: "number", description: "The sprint that this import brought." },
      {
        name: "project",
        flag: "project",
        type: "text",
        description: "Its project. Default: the only one that has a sprint.",
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
    load: () => import("./verbs/queue-export.ts").then((module) => module.exportQueue),
  },
} as const;
