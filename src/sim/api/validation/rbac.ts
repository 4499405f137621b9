/** Roles and their bindings. */
import { equalJson } from "../../../lib/json.ts";
import type { KubeObject } from "../../../objects/kube-object.ts";
import { items } from "../defaults/absent.ts";
import type { Loose } from "../defaults/loose.ts";
import { type Errors, invalid, invalidEach, notSupported, required } from "./field.ts";
import { validateMetadata, validateMetadataUpdate } from "./metadata.ts";
import { dnsSubdomain, pathSegment } from "./names.ts";
import { validateLabelSelector } from "./selectors.ts";

const GROUP = "rbac.authorization.k8s.io";

export function validateRole(errors: Errors, next: KubeObject, old?: KubeObject): void {
  const namespaced = next.kind === "Role";
  validateMetadata(errors, next.metadata, namespaced, pathSegment);
  items(next.rules).forEach((rule, index) => validatePolicyRule(errors, `rules[${index}]`, rule, namespaced));
  if (next.aggregationRule) {
    const selectors = items(next.aggregationRule.clusterRoleSelectors);
    if (selectors.length === 0) required(errors, "aggregationRule.clusterRoleSelectors", "at least one clusterRoleSelector required if aggregationRule is non-nil");
    selectors.forEach((selector, index) => validateLabelSelector(errors, `aggregationRule.clusterRoleSelectors[${index}]`, selector));
  }
  if (old) validateMetadataUpdate(errors, next.metadata, old.metadata);
}

function validatePolicyRule(errors: Errors, path: string, rule: Loose, namespaced: boolean): void {
  const isEmpty = (field: string): boolean => !(rule[field]?.length > 0);
  if (isEmpty("verbs")) required(errors, `${path}.verbs`, "verbs must contain at least one value");
  if (!isEmpty("nonResourceURLs")) {
    if (namespaced) invalid(errors, `${path}.nonResourceURLs`, rule.nonResourceURLs, "namespaced rules cannot apply to non-resource URLs");
    if (!isEmpty("apiGroups") || !isEmpty("resources") || !isEmpty("resourceNames")) {
      invalid(errors, `${path}.nonResourceURLs`, rule.nonResourceURLs, "rules cannot apply to both regular resources and non-resource URLs");
    }
    return;
  }
  if (isEmpty("apiGroups")) required(errors, `${path}.apiGroups`, "resource rules must supply at least one api group");
  if (isEmpty("resources")) required(errors, `${path}.resources`, "resource rules must supply at least one resource");
}

export function validateRoleBinding(errors: Errors, next: KubeObject, old?: KubeObject): void {
  const namespaced = next.kind === "RoleBinding";
  validateMetadata(errors, next.metadata, namespaced, pathSegment);
  const ref: Loose = next.roleRef ?? {};
  if (ref.apiGroup !== GROUP) notSupported(errors, "roleRef.apiGroup", ref.apiGroup ?? "", [GROUP]);
  const kinds = namespaced ? ["Role", "ClusterRole"] : ["ClusterRole"];
  if (!kinds.includes(ref.kind)) notSupported(errors, "roleRef.kind", ref.kind ?? "", kinds);
  if (!ref.name) required(errors, "roleRef.name");
  else invalidEach(errors, "roleRef.name", ref.name, pathSegment(ref.name));
  items(next.subjects).forEach((subject, index) => validateSubject(errors, `subjects[${index}]`, subject, namespaced));
  if (!old) return;
  validateMetadataUpdate(errors, next.metadata, old.metadata);
  if (!equalJson(ref, old.roleRef)) invalid(errors, "roleRef", { APIGroup: ref.apiGroup ?? "", Kind: ref.kind ?? "", Name: ref.name ?? "" }, "cannot change roleRef");
}

function validateSubject(errors: Errors, path: string, subject: Loose, namespaced: boolean): void {
  if (!subject.name) required(errors, `${path}.name`);
  const group: string = subject.apiGroup ?? "";
  if (subject.kind === "ServiceAccount") {
    if (subject.name) invalidEach(errors, `${path}.name`, subject.name, dnsSubdomain(subject.name));
    if (group !== "") notSupported(errors, `${path}.apiGroup`, group, [""]);
    if (!namespaced && !subject.namespace) required(errors, `${path}.namespace`);
  } else if (subject.kind === "User" || subject.kind === "Group") {
    if (group !== GROUP) notSupported(errors, `${path}.apiGroup`, group, [GROUP]);
  } else notSupported(errors, `${path}.kind`, subject.kind ?? "", ["ServiceAccount", "User", "Group"]);
}
