import { defineConfig } from "vitest/config";
import { SkippedReporter } from "./test/skipped-reporter.ts";

export default defineConfig({
  test: {
    include: ["src/**/*.test.ts", "test/**/*.test.ts"],
    testTimeout: 20_000,
    reporters: ["default", new SkippedReporter()],
    // Two cores is what a home machine or a small CI runner has.
    maxWorkers: 2,
  },
});
