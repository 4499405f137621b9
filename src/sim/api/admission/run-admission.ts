/** The chain of plugins over one request (upstream `admission/chain.go`, `reinvocation.go`). */
import type { KubeObject } from "../../../objects/kube-object.ts";
import type { AdmissionPlugin, AdmissionRequest } from "./admission.ts";

/** See `AdmissionRequest.reinvocation`. Its sets are made where they are asked for: most writes meet no webhook. */
export class Reinvocation {
  isReinvoke = false;
  shouldReinvoke = false;
  output: KubeObject | undefined = undefined;
  #invoked: Set<string> | undefined;
  #again: Set<string> | undefined;

  get invoked(): Set<string> {
    return (this.#invoked ??= new Set());
  }

  get again(): Set<string> {
    return (this.#again ??= new Set());
  }
}

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
