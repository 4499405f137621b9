/** How a test is skipped here: for a reason, which the run prints last. The rule that there is no other way is in `house/skips.test.ts`. */
declare module "vitest" {
  interface TaskMeta {
    /** Why the test is skipped; that of a block is its tests' too. */
    skippedFor?: string;
  }
}

/** Options for a test or a block: `it("…", skippedFor(!hasCurl && "curl is not installed"), () => …)`. Nothing is skipped where there is no reason. */
export function skippedFor(reason: string | false | undefined): { skip?: boolean; meta?: { skippedFor: string } } {
  return reason === undefined || reason === false ? {} : { skip: true, meta: { skippedFor: reason } };
}
