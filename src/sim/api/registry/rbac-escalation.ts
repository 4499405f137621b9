/**
 * Nobody grants by RBAC what they do not have, unless they may `escalate` roles or `bind` to them
 * (`pkg/registry/rbac/{role,clusterrole,rolebinding,…}/policybased/storage.go`).
 */
import type { KubeObject } from "../../../objects/kube-object.ts";
import type { Store } from "../../store/store.ts";
import { authorize, type Rule, rulesFor } from "../authorizer.ts";
import type { ResourceType } from "../resource-types.ts";
import { forbidden } from "../status.ts";
import type { UserInfo } from "./request.ts";

const GROUP = "rbac.authorization.k8s.io";

/** Throws Forbidden. Only for kinds of the RBAC group. */
export function mayGrant(store: Store, type: ResourceType, object: KubeObject, user: UserInfo): void {
  if (user.isPart || user.groups.includes("system:masters")) return;
  const { namespace, name } = object.metadata;
  const may = (verb: string, resource: string, roleName: string): boolean => authorize(store, { user, verb, group: GROUP, resource, subresource: "", namespace, name: roleName }).allowed;
  let rules: readonly Rule[];
  if (object.kind === "Role" || object.kind === "ClusterRole") {
    if (may("escalate", type.plural, name)) return;
    rules = (object["rules"] ?? []) as Rule[];
  } else {
    const reference = (object["roleRef"] ?? {}) as { kind?: string; name?: string };
    const isCluster = reference.kind === "ClusterRole";
    if (may("bind", isCluster ? "clusterroles" : "roles", reference.name ?? "")) return;
    const role = isCluster ? store.get(`${GROUP}/clusterroles`, reference.name ?? "") : store.get(`${GROUP}/roles`, `${namespace}/${reference.name}`);
    rules = (role?.["rules"] ?? []) as Rule[];
  }
  const held = [...rulesFor(store, user, namespace)].flatMap((found) => found.rules);
  const missing = rules.filter((rule) => !isCovered(rule, held));
  if (missing.length === 0) return;
  const groups = JSON.stringify(user.groups);
  throw forbidden(type, name, `user "${user.name}" (groups=${groups}) is attempting to grant RBAC permissions not currently held:\n${missing.map(ruleText).join("\n")}`);
}

const has = (list: readonly string[] | undefined, value: string): boolean => list?.includes("*") === true || list?.includes(value) === true;

/** Whether every single right of the rule is in what is held. */
function isCovered(rule: Rule, held: readonly Rule[]): boolean {
  return rule.verbs.every((verb) => {
    const resources = (rule.apiGroups ?? []).flatMap((group) => (rule.resources ?? []).map((resource) => ({ group, resource })));
    const names = rule.resourceNames?.length ? rule.resourceNames : [undefined];
    const holdsResource = ({ group, resource }: { group: string; resource: string }, name: string | undefined): boolean =>
      held.some((each) => has(each.verbs, verb) && has(each.apiGroups, group) && has(each.resources, resource) && (!each.resourceNames?.length || (name !== undefined && each.resourceNames.includes(name))));
    const holdsPath = (path: string): boolean => held.some((each) => has(each.verbs, verb) && has(each.nonResourceURLs, path));
    return resources.every((each) => names.every((name) => holdsResource(each, name))) && (rule.nonResourceURLs ?? []).every(holdsPath);
  });
}

/** As Go prints a compact rule: `{APIGroups:[""], Resources:["secrets"], Verbs:["get"]}`. */
function ruleText(rule: Rule): string {
  const list = (values: readonly string[]): string => `[${values.map((value) => JSON.stringify(value)).join(" ")}]`;
  const parts = [
    rule.apiGroups?.length ? `APIGroups:${list(rule.apiGroups)}` : "",
    rule.resources?.length ? `Resources:${list(rule.resources)}` : "",
    rule.resourceNames?.length ? `ResourceNames:${list(rule.resourceNames)}` : "",
    rule.nonResourceURLs?.length ? `NonResourceURLs:${list(rule.nonResourceURLs)}` : "",
    `Verbs:${list(rule.verbs)}`,
  ];
  return `{${parts.filter((part) => part !== "").join(", ")}}`;
}
