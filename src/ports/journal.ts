/** What was done, for people and for `status`; nothing is ever decided from it. */
export type JournalEntry = { readonly atMs: number; readonly operation: string } & (
  | { readonly kind: "began"; readonly plan: string; readonly machines: readonly string[] }
  | { readonly kind: "changed"; readonly machine: string | undefined; readonly step: string; readonly summary: string; readonly tookMs: number }
  | { readonly kind: "failed"; readonly machine: string | undefined; readonly step: string | undefined; readonly message: string }
  | { readonly kind: "ended"; readonly plan: string; readonly result: "done" | "failed" | "interrupted" }
);

export interface Journal {
  append(entry: JournalEntry): void;
}
