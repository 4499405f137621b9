/** Where progress of an operation is told; the terminal, a log and a test each listen in their own way. */

export type ProgressEvent =
  | { readonly kind: "stage-began"; readonly stage: string; readonly title: string; readonly machines: readonly string[] }
  | { readonly kind: "stage-ended"; readonly stage: string; readonly tookMs: number }
  | { readonly kind: "change-began"; readonly machine: string | undefined; readonly step: string; readonly summary: string }
  | { readonly kind: "change-ended"; readonly machine: string | undefined; readonly step: string; readonly summary: string; readonly tookMs: number }
  | { readonly kind: "change-failed"; readonly machine: string | undefined; readonly step: string; readonly summary: string; readonly message: string }
  | { readonly kind: "waiting"; readonly machine: string | undefined; readonly whatFor: string; readonly deadlineMs: number; readonly waitedMs: number; readonly lastError: string | undefined; readonly hint: string | undefined }
  /** Waiting alone will not bring it; what does not need it goes on. Told once. */
  | { readonly kind: "stuck"; readonly what: string; readonly why: string; readonly hint: string | undefined }
  | { readonly kind: "note"; readonly machine: string | undefined; readonly text: string };

export interface Reporter {
  report(event: ProgressEvent): void;
}
