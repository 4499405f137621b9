/** Which admission webhooks a request meets, and in which version they see it (upstream `plugin/webhook/generic` and `predicates`). */
import { selectorIsEmpty, selectorMatches } from "../../../../lib/label-selector.ts";
import type { KubeObject } from "../../../../objects/kube-object.ts";
import { items } from "../../defaults/absent.ts";
import type { Loose } from "../../defaults/loose.ts";
import type { AdmissionRequest, ServedVersion } from "../admission.ts";
import { conditionsHold, variablesOf } from "../policy-variables.ts";
import { refuse } from "../refuse.ts";

export const GROUP = "admissionregistration.k8s.io";
/** What decides about admission cannot be held up by it. */
const EXEMPT: ReadonlySet<string> = new Set([
  "ValidatingWebhookConfiguration",
  "MutatingWebhookConfiguration",
  "ValidatingAdmissionPolicy",
  "ValidatingAdmissionPolicyBinding",
  "MutatingAdmissionPolicy",
  "MutatingAdmissionPolicyBinding",
]);

/** One webhook of one configuration. */
export interface Webhook {
  /** Tells it from all others: configuration, name, how often that name came before. */
  id: string;
  hook: Loose;
}

/** A webhook that is to be called about a request, which it sees as `version` of its resource. */
export interface Invocation extends Webhook {
  version: ServedVersion;
}

/** Configurations by name, their webhooks in the order they stand in. */
export function webhooksOf(request: AdmissionRequest, plural: string): readonly Webhook[] {
  if (request.type.group === GROUP && EXEMPT.has(request.type.kind)) return [];
  const configurations = request.client.list(`${GROUP}/${plural}`);
  if (configurations.length === 0) return [];
  const sorted = [...configurations].sort((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1));
  return sorted.flatMap((configuration) => {
    const seen = new Map<string, number>();
    return items(configuration.webhooks).map((hook): Webhook => {
      const count = seen.get(hook.name) ?? 0;
      seen.set(hook.name, count + 1);
      return { id: `${configuration.metadata.name}/${hook.name}/${count}`, hook };
    });
  });
}

/** Undefined where the webhook has nothing to say about this request. */
export function invocationOf(request: AdmissionRequest, webhook: Webhook): Invocation | undefined {
  const { hook } = webhook;
  if (!namespaceMatches(request, hook) || !objectMatches(request, hook)) return undefined;
  const version = matchingVersion(request, hook);
  if (version === undefined || !conditionsMatch(request, hook, version)) return undefined;
  return { ...webhook, version };
}

function matchingVersion(request: AdmissionRequest, hook: Loose): ServedVersion | undefined {
  const rules = items(hook.rules);
  const versions = request.versions();
  const own = versions.find(({ resource }) => resource.group === request.type.group && resource.version === request.type.version)!;
  if (rules.some((rule) => ruleMatches(request, rule, own))) return own;
  if (hook.matchPolicy !== "Equivalent") return undefined;
  // Earlier rules go before better versions.
  for (const rule of rules) {
    const equivalent = versions.find((each) => each !== own && ruleMatches(request, rule, each));
    if (equivalent !== undefined) return equivalent;
  }
  return undefined;
}

function ruleMatches({ operation, type, subresource, namespace }: AdmissionRequest, rule: Loose, { resource: { group, version } }: ServedVersion): boolean {
  const has = (list: unknown, wanted: string): boolean => Array.isArray(list) && (list.includes("*") || list.includes(wanted));
  const isNamespaced = namespace !== undefined && namespace !== "";
  if (rule.scope === "Namespaced" ? !isNamespaced : rule.scope === "Cluster" && isNamespaced) return false;
  if (!has(rule.operations, operation) || !has(rule.apiGroups, group) || !has(rule.apiVersions, version)) return false;
  return (rule.resources ?? []).some((pattern: string) => {
    const [resource, sub = ""] = pattern.split("/");
    return (resource === "*" || resource === type.plural) && (sub === "*" || sub === subresource);
  });
}

function namespaceMatches(request: AdmissionRequest, { namespaceSelector }: Loose): boolean {
  if (selectorIsEmpty(namespaceSelector)) return true;
  const { type, operation, subresource, namespace } = request;
  const isNamespace = type.plural === "namespaces";
  if (!namespace && !isNamespace) return true;
  if (isNamespace && subresource === "" && operation !== "DELETE") return selectorMatches(namespaceSelector, request.object?.metadata.labels);
  return selectorMatches(namespaceSelector, request.client.get("namespaces", undefined, namespace || request.name)?.metadata.labels);
}

function objectMatches({ object, oldObject }: AdmissionRequest, { objectSelector }: Loose): boolean {
  if (selectorIsEmpty(objectSelector)) return true;
  const matches = (one: KubeObject | undefined): boolean => one !== undefined && selectorMatches(objectSelector, one.metadata?.labels);
  return matches(object) || matches(oldObject);
}

function conditionsMatch(request: AdmissionRequest, hook: Loose, version: ServedVersion): boolean {
  if (items(hook.matchConditions).length === 0) return true;
  const seen: AdmissionRequest = { ...request, ...(request.object ? { object: version.convert(request.object) } : {}), ...(request.oldObject ? { oldObject: version.convert(request.oldObject) } : {}) };
  const settings = { spec: { matchConditions: hook.matchConditions } } as unknown as KubeObject;
  const holds = conditionsHold(settings, variablesOf(seen, settings, undefined, seen.object));
  if (typeof holds === "boolean") return holds;
  if (hook.failurePolicy === "Ignore") return false;
  throw refuse(request, holds.error);
}
