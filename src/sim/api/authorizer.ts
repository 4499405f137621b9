/**
 * RBAC, evaluated on the stored roles and bindings (`plugin/pkg/auth/authorizer/rbac`). `system:masters` may do everything.
 * Nodes are judged by the node authorizer's outcome: what their own role bindings allow.
 */
import type { KubeObject } from "../../objects/kube-object.ts";
import type { Store } from "../store/store.ts";
import type { UserInfo } from "./registry/request.ts";

export interface Attributes {
  user: UserInfo;
  verb: string;
  /** Empty for a non-resource request. */
  resource: string;
  subresource: string;
  group: string;
  namespace: string | undefined;
  name: string;
  /** For a non-resource request. */
  path?: string;
}

export interface Rule {
  verbs: string[];
  apiGroups?: string[];
  resources?: string[];
  resourceNames?: string[];
  nonResourceURLs?: string[];
}

interface Subject {
  kind: string;
  name: string;
  namespace?: string;
}

interface Decision {
  allowed: boolean;
  reason: string;
}

export function authorize(store: Store, attributes: Attributes): Decision {
  if (attributes.user.groups.includes("system:masters")) return { allowed: true, reason: "" };
  for (const { rules, reason } of rulesFor(store, attributes.user, attributes.namespace)) {
    if (rules.some((rule) => allows(rule, attributes))) return { allowed: true, reason };
  }
  return { allowed: false, reason: "" };
}

/** All rules that apply to a user, cluster-wide ones first, then those of the namespace. */
export function* rulesFor(store: Store, user: UserInfo, namespace: string | undefined): Generator<{ rules: readonly Rule[]; reason: string }> {
  for (const binding of store.list("rbac.authorization.k8s.io/clusterrolebindings")) {
    const subject = bound(binding, user, "");
    if (subject === undefined) continue;
    const role = store.get("rbac.authorization.k8s.io/clusterroles", roleName(binding));
    if (role === undefined) continue;
    yield { rules: (role["rules"] ?? []) as Rule[], reason: `RBAC: allowed by ClusterRoleBinding "${binding.metadata.name}" of ClusterRole "${role.metadata.name}" to ${subject}` };
  }
  if (namespace === undefined || namespace === "") return;
  for (const binding of store.list("rbac.authorization.k8s.io/rolebindings", namespace)) {
    const subject = bound(binding, user, namespace);
    if (subject === undefined) continue;
    const isCluster = binding["roleRef"]?.kind === "ClusterRole";
    const role = isCluster ? store.get("rbac.authorization.k8s.io/clusterroles", roleName(binding)) : store.get("rbac.authorization.k8s.io/roles", `${namespace}/${roleName(binding)}`);
    if (role === undefined) continue;
    yield {
      rules: (role["rules"] ?? []) as Rule[],
      reason: `RBAC: allowed by RoleBinding "${binding.metadata.name}/${namespace}" of ${isCluster ? "ClusterRole" : "Role"} "${role.metadata.name}" to ${subject}`,
    };
  }
}

const roleName = (binding: KubeObject): string => (binding["roleRef"]?.name as string | undefined) ?? "";

/** The subject of the binding that this user is, as messages print it. */
function bound(binding: KubeObject, user: UserInfo, namespace: string): string | undefined {
  for (const subject of (binding["subjects"] ?? []) as Subject[]) {
    if (subject.kind === "User" && (subject.name === user.name || subject.name === "*")) return `User "${subject.name}"`;
    if (subject.kind === "Group" && user.groups.includes(subject.name)) return `Group "${subject.name}"`;
    if (subject.kind === "ServiceAccount" && user.name === `system:serviceaccount:${subject.namespace ?? namespace}:${subject.name}`) {
      return `ServiceAccount "${subject.name}/${subject.namespace ?? namespace}"`;
    }
  }
  return undefined;
}

function allows(rule: Rule, attributes: Attributes): boolean {
  if (!has(rule.verbs, attributes.verb)) return false;
  if (attributes.resource === "") return (rule.nonResourceURLs ?? []).some((pattern) => matchesPath(pattern, attributes.path ?? ""));
  if (!has(rule.apiGroups ?? [], attributes.group)) return false;
  const resource = attributes.subresource === "" ? attributes.resource : `${attributes.resource}/${attributes.subresource}`;
  const resources = rule.resources ?? [];
  if (!resources.includes("*") && !resources.includes(resource) && !(attributes.subresource !== "" && resources.includes(`*/${attributes.subresource}`))) return false;
  return rule.resourceNames === undefined || rule.resourceNames.length === 0 || rule.resourceNames.includes(attributes.name);
}

const has = (list: readonly string[], value: string): boolean => list.includes("*") || list.includes(value);

function matchesPath(pattern: string, path: string): boolean {
  return pattern === "*" || pattern === path || (pattern.endsWith("*") && path.startsWith(pattern.slice(0, -1)));
}

/** `cannot list resource "pods" in API group "" in the namespace "default"`: the tail of a Forbidden message. */
export function refusal(attributes: Attributes): string {
  const { user, verb, resource, subresource, group, namespace, path } = attributes;
  if (resource === "") return `User "${user.name}" cannot ${verb} path "${path}"`;
  const what = subresource === "" ? resource : `${resource}/${subresource}`;
  const where = namespace ? `in the namespace "${namespace}"` : "at the cluster scope";
  return `User "${user.name}" cannot ${verb} resource "${what}" in API group "${group}" ${where}`;
}
