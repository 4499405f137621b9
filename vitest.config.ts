import { defineConfig } from "vitest/config";
import { LongestFirst } from "./test/longest-first.ts";
import { SkippedReporter } from "./test/skipped-reporter.ts";

export default defineConfig({
  test: {
    include: ["src/**/*.test.ts", "test/**/*.test.ts"],
    // Bounds a hang; on a busy computer what starts programs takes ten times as long as on a quiet one.
    testTimeout: 60_000,
    reporters: ["default", new SkippedReporter()],
    // Two cores is what a home machine or a small CI runner has.
    maxWorkers: 2,
    // A worker loads our modules once, not once for each file: more than half of the processor time went there. So a test file leaves what others share as it was;
    // modules have no state of their own that a test could leave behind.
    isolate: false,
    // What was translated is kept for the next run, by its content: half of what a small run takes.
    experimental: { fsModuleCache: true },
    sequence: { sequencer: LongestFirst },
  },
});
