import { defineConfig } from "vitest/config";
import { SkippedReporter } from "./test/skipped-reporter.ts";

// Real machines on this computer: root, minutes the first time, one lab after the other.
export default defineConfig({
  test: {
    include: ["test/lab/**/*.lab.ts"],
    // On a busy computer everything takes its time; what is measured says so itself.
    testTimeout: 10 * 60_000,
    hookTimeout: 20 * 60_000,
    fileParallelism: false,
    reporters: ["verbose", new SkippedReporter()],
  },
});
