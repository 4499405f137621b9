/**
 * Resource quotas: what would exceed one is refused, and what is let in is written to its status. The use is counted afresh for each decision
 * instead of read from the status, so that it is right even before the quota's controller has run.
 */
import { addQuantities, compareQuantities, quantityNano } from "../../../lib/quantity.ts";
import { equalJson } from "../../../lib/json.ts";
import type { KubeObject } from "../../../objects/kube-object.ts";
import { items } from "../defaults/absent.ts";
import type { Loose } from "../defaults/loose.ts";
import type { AdmissionPlugin, AdmissionRequest } from "./admission.ts";
import { countUsage, isCountedOn, isInScope, type Usage, usageOf } from "./quota-usage.ts";
import { refuse } from "./refuse.ts";

/** Every container must say these where a quota bounds them. */
const MUST_SPECIFY: ReadonlySet<string> = new Set(["cpu", "memory", "requests.cpu", "requests.memory", "limits.cpu", "limits.memory"]);

export const resourceQuota: AdmissionPlugin = {
  name: "ResourceQuota",
  validate(request) {
    if (!handles(request)) return;
    const { group, plural } = request.type;
    const quotas = request.client.list("resourcequotas", { namespace: request.namespace! });
    for (const quota of quotas) {
      const isCounted = (resource: string): boolean => isCountedOn(resource, plural, group);
      const bounded = Object.keys(quota.spec?.hard ?? {}).filter(isCounted);
      if (bounded.length === 0 || !isInScope(quota, plural, request.object!)) continue;
      if (plural === "pods" && group === "") checkSpecified(request, quota, bounded);
      charge(request, quota, isCounted);
    }
  },
};

function handles(request: AdmissionRequest): boolean {
  const { operation, subresource, type } = request;
  if (!request.namespace || !request.object) return false;
  if (operation === "CREATE") return subresource === "";
  if (operation !== "UPDATE" || type.group !== "") return false;
  if (type.plural === "pods") return subresource === "resize";
  return subresource === "" && (type.plural === "services" || type.plural === "persistentvolumeclaims");
}

function checkSpecified(request: AdmissionRequest, quota: KubeObject, bounded: readonly string[]): void {
  const spec: Loose = request.object!.spec ?? {};
  if (spec.resources?.requests || spec.resources?.limits) return;
  const missing: string[] = [];
  for (const resource of bounded.filter((name) => MUST_SPECIFY.has(name)).sort()) {
    const side = resource.startsWith("limits.") ? "limits" : "requests";
    const name = resource.slice(resource.indexOf(".") + 1);
    const containers = [...items(spec.containers), ...items(spec.initContainers)].filter((container) => container.resources?.[side]?.[name] === undefined);
    if (containers.length > 0) missing.push(`${resource} for: ${[...new Set(containers.map((container) => container.name))].sort().join(",")}`);
  }
  if (missing.length > 0) throw refuse(request, `failed quota: ${quota.metadata.name}: must specify ${missing.join("; ")}`);
}

function charge(request: AdmissionRequest, quota: KubeObject, isCounted: (resource: string) => boolean): void {
  const { group, plural } = request.type;
  const wanted = usageOf(plural, group, request.object!, request.now);
  const before = request.operation === "UPDATE" && request.oldObject && isInScope(quota, plural, request.oldObject) ? usageOf(plural, group, request.oldObject, request.now) : {};
  const hard: Usage = quota.spec?.hard ?? {};
  const delta: Usage = {};
  for (const resource in hard) {
    if (!isCounted(resource) || wanted[resource] === undefined) continue;
    const more = addQuantities(wanted[resource]!, before[resource] ?? "0", -1);
    if (quantityNano(more) > 0n) delta[resource] = more;
  }
  const changed = Object.keys(delta).sort();
  if (changed.length === 0) return;
  const used = countUsage(request.client, quota, request.now, isCounted);
  const exceeded = changed.filter((resource) => compareQuantities(addQuantities(used[resource]!, delta[resource]!), hard[resource]!) > 0);
  if (exceeded.length > 0) {
    const print = (amounts: Usage): string => exceeded.map((resource) => `${resource}=${amounts[resource]}`).join(",");
    throw refuse(request, `exceeded quota: ${quota.metadata.name}, requested: ${print(delta)}, used: ${print(used)}, limited: ${print(hard)}`);
  }
  if (request.dryRun) return;
  for (const resource of changed) used[resource] = addQuantities(used[resource]!, delta[resource]!);
  const status = { hard, used: { ...countMissing(request, quota, isCounted), ...quota.status?.used, ...used } };
  if (!equalJson(status, quota.status)) request.client.updateStatus("resourcequotas", { ...quota, status });
}

/** Resources of other types, for a quota that was never counted. */
function countMissing(request: AdmissionRequest, quota: KubeObject, isCounted: (resource: string) => boolean): Usage {
  const known: Usage = quota.status?.used ?? {};
  return countUsage(request.client, quota, request.now, (resource) => !isCounted(resource) && known[resource] === undefined);
}
