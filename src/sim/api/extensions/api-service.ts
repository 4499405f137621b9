/** An APIService for every group version that is served, as kube-aggregator's autoregistration makes them. */
import type { KubeObject } from "../../../objects/kube-object.ts";
import type { ControllerContext } from "../../controllers/reconciler.ts";
import { rfc3339 } from "../../../lib/rfc3339.ts";
import type { ResourceTypes } from "../resource-types.ts";

const TYPE = "apiregistration.k8s.io/apiservices";
const MANAGED = "kube-aggregator.kubernetes.io/automanaged";

/** What another server would answer for: the Service it would be behind. */
export interface AggregatedService {
  group: string;
  version: string;
  service: { namespace: string; name: string };
}

/** Keeps the objects in step with `types`; returns how to stop. */
export function keepApiServices(types: ResourceTypes, aggregated: readonly AggregatedService[], context: ControllerContext): () => void {
  const sync = (): void => {
    const wanted = new Map<string, KubeObject>();
    let priority = 18000;
    for (const { group, version, custom } of types.all()) {
      const name = `${version}.${group}`;
      if (wanted.has(name)) continue;
      wanted.set(name, {
        apiVersion: "apiregistration.k8s.io/v1",
        kind: "APIService",
        metadata: { name, labels: { [MANAGED]: custom === undefined ? "onstart" : "true" } },
        spec: { ...(group ? { group } : {}), version, groupPriorityMinimum: custom === undefined ? priority : 1000, versionPriority: custom === undefined ? 15 : 100 },
      });
      if (custom === undefined && priority > 16000) priority -= 10;
    }
    for (const { group, version, service } of aggregated) {
      wanted.set(`${version}.${group}`, {
        apiVersion: "apiregistration.k8s.io/v1",
        kind: "APIService",
        metadata: { name: `${version}.${group}`, labels: { "k8s-app": service.name } },
        spec: { group, version, service: { ...service, port: 443 }, insecureSkipTLSVerify: true, groupPriorityMinimum: 100, versionPriority: 100 },
      });
    }
    for (const existing of context.client.list(TYPE)) {
      if (existing.metadata.labels?.[MANAGED] !== undefined && !wanted.has(existing.metadata.name)) context.client.delete(TYPE, undefined, existing.metadata.name);
    }
    for (const [name, object] of wanted) {
      if (context.client.get(TYPE, undefined, name) !== undefined) continue;
      const created = context.client.create(TYPE, object);
      const isLocal = object["spec"].service === undefined;
      const condition = {
        type: "Available",
        status: "True",
        lastTransitionTime: rfc3339(context.clock.now()),
        reason: isLocal ? "Local" : "Passed",
        message: isLocal ? "Local APIServices are always available" : "all checks passed",
      };
      context.client.updateStatus(TYPE, { ...created, status: { conditions: [condition] } });
    }
  };
  sync();
  let isPlanned = false;
  return types.onChange(() => {
    if (isPlanned) return;
    isPlanned = true;
    context.clock.after(0, () => {
      isPlanned = false;
      sync();
    });
  });
}
