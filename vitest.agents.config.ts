import { defineConfig } from "vitest/config";

/** Real agents against the scripted model: hundreds of MB to install, seconds to start, so they are not in `npm test`. */
export default defineConfig({
  test: {
    include: ["test/agents/**/*.test.ts"],
    testTimeout: 120_000,
    hookTimeout: 120_000,
    // One at a time: each takes hundreds of MB and a core while it starts.
    maxWorkers: 1,
  },
});
