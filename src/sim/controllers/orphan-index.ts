/** Pods without a controller, by namespace: what a workload controller may adopt, without searching all pods at every sync. */
import type { ObjectEvent, SimClient } from "../api/client.ts";
import { controllerOf } from "./controller-ref.ts";
import type { Pod } from "./shapes.ts";

export class OrphanIndex {
  readonly #names = new Map<string, Set<string>>();

  /** Called with every pod event, before the keys are derived from it. */
  observe(event: ObjectEvent): void {
    const { namespace = "", name } = event.object.metadata;
    const names = this.#names.get(namespace);
    if (event.type === "DELETED" || controllerOf(event.object) !== undefined) {
      names?.delete(name);
      return;
    }
    if (names !== undefined) names.add(name);
    else this.#names.set(namespace, new Set([name]));
  }

  in(namespace: string | undefined, client: SimClient): Pod[] {
    const pods: Pod[] = [];
    for (const name of this.#names.get(namespace ?? "") ?? []) {
      const pod = client.get<Pod>("pods", namespace, name);
      if (pod !== undefined && controllerOf(pod) === undefined) pods.push(pod);
    }
    return pods;
  }
}
