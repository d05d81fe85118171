/** Imports point one way: a room may import itself and the rooms to its left. The message names what is allowed. */
const ROOMS = [
  "core",
  "config",
  "store",
  "event",
  "access",
  "fleet",
  "project",
  "trust",
  "task",
  "agent",
  "run",
  "transports",
  "daemon",
];

const oneWay = ROOMS.map((room, at) => ({
  name: `${room}-imports-leftward`,
  severity: "error",
  comment: `src/${room}/ may import: ${ROOMS.slice(0, at + 1).join(", ")}`,
  from: { path: `^src/${room}/` },
  to: { path: "^src/", pathNot: `^src/(${ROOMS.slice(0, at + 1).join("|")})/` },
}));

module.exports = {
  forbidden: [
    ...oneWay,
    {
      name: "no-cycles",
      severity: "error",
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ["type-only"] } },
    },
    { name: "no-type-cycles", severity: "error", from: {}, to: { circular: true } },
    {
      name: "only-the-store-knows-its-database",
      severity: "error",
      comment: "node:sqlite belongs to store/ (and to fleet/'s lock file)",
      from: { pathNot: "^src/(store|fleet)/" },
      to: { path: "^(node:)?sqlite$" },
    },
    {
      name: "the-registry-is-for-the-roots",
      severity: "error",
      comment: "operations.ts is imported by the roots, the CLI's slow path and nobody else",
      from: { path: "^src/", pathNot: "^src/operations\\.ts$|^src/settings\\.ts$|^src/(compose|cli)/" },
      to: { path: "^src/operations\\.ts$" },
    },
    {
      name: "the-client-is-small",
      severity: "error",
      comment:
        "src/client/ is in other people's programs: it may import core's refusals, home and stream, and the line splitter",
      from: { path: "^src/client/", pathNot: "\\.test\\.ts$" },
      to: {
        path: "^src/|node_modules",
        pathNot: "^src/client/|^src/core/(refusal|home|stream)\\.ts$|^src/transports/jsonrpc/lines\\.ts$",
      },
    },
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.json" },
    enhancedResolveOptions: {
      extensions: [".ts", ".js", ".cjs"],
      exportsFields: ["exports"],
      conditionNames: ["import", "node"],
    },
  },
};
