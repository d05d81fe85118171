import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["src/**/*.test.ts", "test/**/*.test.ts", "bench/**/*.test.ts"],
    // Real agents have a configuration of their own.
    exclude: ["**/node_modules/**", "test/agents/**"],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // Two cores, and tests that start real daemons and agents.
    maxWorkers: 2,
  },
});
