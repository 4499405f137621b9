/** The chain of plugins over one request (upstream `admission/chain.go`, `reinvocation.go`). */
import type { AdmissionPlugin, AdmissionRequest, Reinvocation } from "./admission.ts";

export const newReinvocation = (): Reinvocation => ({ isReinvoke: false, shouldReinvoke: false, invoked: new Set(), again: new Set() });

type Mutating = AdmissionPlugin & Required<Pick<AdmissionPlugin, "mutate">>;
type Validating = AdmissionPlugin & Required<Pick<AdmissionPlugin, "validate">>;

/** The plugins that look at one resource, in their order. */
export class AdmissionChain {
  readonly #mutating: readonly Mutating[];
  readonly #validating: readonly Validating[];

  /** `resource`: `plural` or `group/plural`. */
  constructor(plugins: readonly AdmissionPlugin[], resource: string) {
    const concerned = plugins.filter(({ resources }) => resources === undefined || resources.includes(resource));
    this.#mutating = concerned.filter((plugin): plugin is Mutating => plugin.mutate !== undefined);
    this.#validating = concerned.filter((plugin): plugin is Validating => plugin.validate !== undefined);
  }

  /** Once over all plugins, and a second time when one that changed the object asks for it. */
  mutate(request: AdmissionRequest): void {
    for (const plugin of this.#mutating) plugin.mutate(request);
    if (!request.reinvocation.shouldReinvoke) return;
    request.reinvocation.isReinvoke = true;
    for (const plugin of this.#mutating) plugin.mutate(request);
  }

  validate(request: AdmissionRequest): void {
    for (const plugin of this.#validating) plugin.validate(request);
  }
}
