import { defineConfig } from "vitest/config";
import { SkippedReporter } from "./test/skipped-reporter.ts";

// Real machines on this computer: root, minutes the first time, one lab after the other.
export default defineConfig({
  test: {
    include: ["test/lab/**/*.lab.ts"],
    testTimeout: 180_000,
    hookTimeout: 20 * 60_000,
    fileParallelism: false,
    reporters: ["verbose", new SkippedReporter()],
  },
});
