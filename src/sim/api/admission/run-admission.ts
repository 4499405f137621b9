/** The chain of plugins over one request (upstream `admission/chain.go`, `reinvocation.go`). */
import type { AdmissionPlugin, AdmissionRequest, Reinvocation } from "./admission.ts";

export const newReinvocation = (): Reinvocation => ({ isReinvoke: false, shouldReinvoke: false, invoked: new Set(), again: new Set() });

/** Once over all plugins, and a second time when one that changed the object asks for it. */
export function mutate(plugins: readonly AdmissionPlugin[], request: AdmissionRequest): void {
  for (const plugin of plugins) plugin.mutate?.(request);
  if (!request.reinvocation.shouldReinvoke) return;
  request.reinvocation.isReinvoke = true;
  for (const plugin of plugins) plugin.mutate?.(request);
}

export function validate(plugins: readonly AdmissionPlugin[], request: AdmissionRequest): void {
  for (const plugin of plugins) plugin.validate?.(request);
}
