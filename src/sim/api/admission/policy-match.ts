/** Which admission policies, bindings and parameters a request meets (upstream `apiserver/pkg/admission/plugin/policy/{generic,matching}`). */
import { type LabelSelector, selectorIsEmpty, selectorMatches } from "../../../lib/label-selector.ts";
import type { KubeObject } from "../../../objects/kube-object.ts";
import { typeOfKind } from "../../controllers/type-kinds.ts";
import { items } from "../defaults/absent.ts";
import type { Loose } from "../defaults/loose.ts";
import type { AdmissionRequest } from "./admission.ts";

const GROUP = "admissionregistration.k8s.io";
/** Policies cannot judge what they are made of. */
const EXEMPT: ReadonlySet<string> = new Set([
  "validatingadmissionpolicies",
  "validatingadmissionpolicybindings",
  "mutatingadmissionpolicies",
  "mutatingadmissionpolicybindings",
]);

/** One policy bound to this request, with every parameter it is to be evaluated with (`undefined` for none). */
export interface Invocation {
  policy: KubeObject;
  binding: KubeObject;
  params: readonly (KubeObject | undefined)[];
}

/** A policy that applies but cannot be evaluated as it is configured. */
export interface ConfigurationProblem {
  policy: KubeObject;
  binding?: KubeObject;
  message: string;
}

export type PolicyTypes = { policies: string; bindings: string };

export const VALIDATING: PolicyTypes = { policies: `${GROUP}/validatingadmissionpolicies`, bindings: `${GROUP}/validatingadmissionpolicybindings` };
export const MUTATING: PolicyTypes = { policies: `${GROUP}/mutatingadmissionpolicies`, bindings: `${GROUP}/mutatingadmissionpolicybindings` };

/** Undefined, quickly, when no policy exists. */
export function matchingInvocations(request: AdmissionRequest, types: PolicyTypes): (Invocation | ConfigurationProblem)[] | undefined {
  const policies = request.client.list(types.policies);
  if (policies.length === 0 || (request.type.group === GROUP && EXEMPT.has(request.type.plural))) return undefined;
  const found: (Invocation | ConfigurationProblem)[] = [];
  let bindings: readonly KubeObject[] | undefined;
  for (const policy of byName(policies)) {
    if (!resourcesMatch(request, policy.spec?.matchConstraints)) continue;
    bindings ??= byName(request.client.list(types.bindings));
    for (const binding of bindings) {
      if (binding.spec?.policyName !== policy.metadata.name) continue;
      const limits: Loose | undefined = binding.spec.matchResources;
      if (limits && !resourcesMatch(request, limits)) continue;
      const params = collectParams(request, policy, binding);
      if ("message" in params) {
        found.push({ policy, ...(params.isPolicy ? {} : { binding }), message: `failed to configure ${params.isPolicy ? "policy" : "binding"}: ${params.message}` });
        if (params.isPolicy) break;
      } else found.push({ policy, binding, params: params.found });
    }
  }
  return found;
}

const byName = (objects: readonly KubeObject[]): KubeObject[] => [...objects].sort((a, b) => (a.metadata.name! < b.metadata.name! ? -1 : 1));

function resourcesMatch(request: AdmissionRequest, resources: Loose | undefined): boolean {
  if (!resources) return true;
  if (!namespaceMatches(request, resources.namespaceSelector) || !objectMatches(request, resources.objectSelector)) return false;
  const isLoose = resources.matchPolicy !== "Exact";
  const ruleMatches = (rule: Loose): boolean => matchesRule(request, rule, isLoose);
  if (items(resources.excludeResourceRules).some(ruleMatches)) return false;
  const rules = items(resources.resourceRules);
  return rules.length === 0 || rules.some(ruleMatches);
}

function matchesRule({ operation, type, subresource, namespace, name }: AdmissionRequest, rule: Loose, isLoose: boolean): boolean {
  const has = (list: unknown, wanted: string): boolean => Array.isArray(list) && (list.includes("*") || list.includes(wanted));
  const isNamespaced = namespace !== undefined && namespace !== "" && !(type.group === "" && type.plural === "namespaces");
  if (rule.scope === "Namespaced" ? !isNamespaced : rule.scope === "Cluster" && isNamespaced) return false;
  if (!has(rule.operations, operation) || !has(rule.apiGroups, type.group)) return false;
  // Equivalent requests are those of another version of the same resource.
  if (!isLoose && !has(rule.apiVersions, type.version)) return false;
  if (rule.resourceNames?.length > 0 && !rule.resourceNames.includes(name)) return false;
  return (rule.resources ?? []).some((pattern: string) => {
    const [resource, sub = ""] = pattern.split("/");
    return (resource === "*" || resource === type.plural) && (sub === "*" || sub === subresource);
  });
}

function namespaceMatches(request: AdmissionRequest, selector: LabelSelector | undefined): boolean {
  if (selectorIsEmpty(selector)) return true;
  const isNamespace = request.type.group === "" && request.type.plural === "namespaces";
  if (isNamespace) return selectorMatches(selector, (request.object ?? request.oldObject)?.metadata.labels);
  if (!request.namespace) return true;
  return selectorMatches(selector, request.client.get("namespaces", undefined, request.namespace)?.metadata.labels);
}

function objectMatches({ object, oldObject }: AdmissionRequest, selector: LabelSelector | undefined): boolean {
  if (selectorIsEmpty(selector)) return true;
  return (object !== undefined && selectorMatches(selector, object.metadata?.labels)) || (oldObject !== undefined && selectorMatches(selector, oldObject.metadata.labels));
}

type Params = { found: readonly (KubeObject | undefined)[] } | { message: string; isPolicy?: boolean };

function collectParams(request: AdmissionRequest, policy: KubeObject, binding: KubeObject): Params {
  const kind: Loose | undefined = policy.spec.paramKind;
  const reference: Loose | undefined = binding.spec.paramRef;
  if (!kind) return { found: [undefined] };
  const entry = typeOfKind(request.client, kind.apiVersion, kind.kind);
  if (!entry) return { message: `failed to find resource referenced by paramKind: '${groupVersionKind(kind)}'`, isPolicy: true };
  if (!reference) return { found: [undefined] };
  if (!entry.namespaced && reference.namespace) return { message: "paramRef.namespace must not be provided for a cluster-scoped `paramKind`" };
  const namespace: string | undefined = entry.namespaced ? reference.namespace || request.namespace : undefined;
  if (entry.namespaced && !namespace) return { message: "cannot use namespaced paramRef in policy binding that matches cluster-scoped resources" };
  let found: readonly KubeObject[];
  if (reference.name) {
    const one = request.client.get(entry.type, namespace, reference.name);
    found = one ? [one] : [];
  } else {
    found = request.client.list(entry.type, namespace === undefined ? {} : { namespace }).filter((object) => selectorMatches(reference.selector, object.metadata.labels));
  }
  if (found.length === 0 && reference.parameterNotFoundAction === "Deny") return { message: "no params found for policy binding with `Deny` parameterNotFoundAction" };
  return { found };
}

/** As Go prints a `schema.GroupVersionKind`. */
function groupVersionKind(kind: Loose): string {
  const [version, group = ""] = String(kind.apiVersion).split("/").reverse();
  return `${group}/${version}, Kind=${kind.kind}`;
}
