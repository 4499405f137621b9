import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["src/**/*.test.ts", "test/**/*.test.ts"],
    testTimeout: 20_000,
    // Two cores is what a home machine or a small CI runner has.
    maxWorkers: 2,
  },
});
