/** Printed after everything else: what was skipped and why, and the counts on a line of their own. */
import type {} from "./skipping.ts";
import type { Reporter, TestCase, TestModule } from "vitest/node";

export class SkippedReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const counts = { passed: 0, failed: 0, skipped: 0 };
    const reasons = new Map<string, string[]>();
    for (const module of modules) {
      if (module.state() === "failed" && module.errors().length > 0) counts.failed++;
      for (const test of module.children.allTests()) {
        const result = test.result();
        if (result.state === "passed") counts.passed++;
        else if (result.state === "failed") counts.failed++;
        else {
          counts.skipped++;
          const reason = test.meta().skippedFor ?? (result.state === "skipped" ? result.note : undefined) ?? "not asked for in this run";
          reasons.set(reason, [...(reasons.get(reason) ?? []), nameOf(test)]);
        }
      }
    }
    if (counts.skipped > 0) console.log("\nSkipped:");
    for (const [reason, names] of reasons) console.log(`  ${names.length === 1 ? names[0] : `${names.length} tests (${names[0]}, …)`}: ${reason}`);
    console.log(`\n${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`);
  }
}

function nameOf(test: TestCase): string {
  return `${test.module.relativeModuleId} > ${test.fullName}`;
}
