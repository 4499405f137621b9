import { area, get, post, remove, until } from "../case.ts";
import { configMap, pod } from "./objects.ts";

type Json = Record<string, unknown>;
const RBAC = "rbac.authorization.k8s.io/v1";
const role = (rules: Json[]): Json => ({ apiVersion: RBAC, kind: "Role", metadata: { name: "r" }, rules });
const bind = (subjects: Json[], roleRef: Json = { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: "r" }): Json => ({ apiVersion: RBAC, kind: "RoleBinding", metadata: { name: "b" }, roleRef, subjects });
const ann = { user: "$NS-ann" };
const bot = { user: "system:serviceaccount:$NS:bot", groups: ["system:serviceaccounts"] };
const user = { kind: "User", name: "$NS-ann", apiGroup: "rbac.authorization.k8s.io" };
const review = (attributes: Json): Json => ({ apiVersion: "authorization.k8s.io/v1", kind: "SelfSubjectAccessReview", spec: attributes });
const SELF = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews";
const may = (verb: string, resource: string, more: Json = {}) => post(SELF, review({ resourceAttributes: { verb, resource, namespace: "$NS", ...more } }), { as: ann, show: ["status.allowed"] });
/** Roles take effect a moment after they are made. */
const settled = (subject: string, verb = "get", resource = "configmaps") => ({ do: "until-allowed", subject, verb, resource }) as const;

export const authorization = area("authorization", {
  "nobody may anything": [get("configmaps", { as: ann }), get("configmaps/a", { as: ann }), post("configmaps", configMap("a"), { as: ann }), remove("configmaps/a", undefined, { as: ann }), get("/api/v1/nodes", { as: ann }), get("apps/v1/deployments", { as: ann }), get("pods/a/log", { as: ann })],
  "a role allows what it names": [
    post(`${RBAC}/roles`, role([{ apiGroups: [""], resources: ["configmaps"], verbs: ["get", "list"] }]), { show: "none" }),
    post(`${RBAC}/rolebindings`, bind([user]), { show: "none" }),
    settled("$NS-ann"),
    post("configmaps", configMap("a"), { show: "none" }),
    get("configmaps/a", { as: ann, show: "code" }),
    get("configmaps", { as: ann, show: "code" }),
    post("configmaps", configMap("b"), { as: ann }),
    get("/api/v1/namespaces/default/configmaps", { as: ann }),
    get("/api/v1/configmaps", { as: ann }),
  ],
  "resource names and subresources": [
    post(`${RBAC}/roles`, role([{ apiGroups: [""], resources: ["configmaps"], resourceNames: ["mine"], verbs: ["get"] }, { apiGroups: ["apps"], resources: ["deployments/scale"], verbs: ["*"] }]), { show: "none" }),
    post(`${RBAC}/rolebindings`, bind([user]), { show: "none" }),
    { ...settled("$NS-ann"), name: "mine" },
    may("get", "configmaps", { name: "mine" }), may("get", "configmaps", { name: "other" }), may("get", "configmaps"), may("update", "deployments", { group: "apps", subresource: "scale", name: "x" }), may("get", "deployments", { group: "apps" }),
  ],
  "a cluster role through a role binding": [
    post(`${RBAC}/rolebindings`, bind([user], { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "view" }), { show: "none" }),
    settled("$NS-ann"),
    may("list", "pods"), may("list", "secrets"), may("create", "pods"), may("list", "pods", { namespace: "default" }), may("list", "deployments", { group: "apps" }),
  ],
  "service accounts and groups": [
    post("serviceaccounts", { apiVersion: "v1", kind: "ServiceAccount", metadata: { name: "bot" } }, { show: "none" }),
    post(`${RBAC}/roles`, role([{ apiGroups: ["*"], resources: ["*"], verbs: ["get"] }]), { show: "none" }),
    post(`${RBAC}/rolebindings`, bind([{ kind: "ServiceAccount", name: "bot", namespace: "$NS" }, { kind: "Group", name: "$NS-team", apiGroup: "rbac.authorization.k8s.io" }]), { show: "none" }),
    settled("system:serviceaccount:$NS:bot"),
    get("configmaps/kube-root-ca.crt", { as: bot, show: "code" }),
    get("configmaps", { as: bot }),
    get("configmaps/kube-root-ca.crt", { as: { user: "$NS-carl", groups: ["$NS-team"] }, show: "code" }),
  ],
  "access reviews": [
    post(SELF, review({ resourceAttributes: { verb: "create", resource: "pods", namespace: "$NS" } }), { show: ["status"] }),
    post(SELF, review({ nonResourceAttributes: { verb: "get", path: "/version" } }), { as: ann, show: ["status.allowed"] }),
    post(SELF, review({ nonResourceAttributes: { verb: "get", path: "/metrics" } }), { as: ann, show: ["status.allowed"] }),
    post(SELF, review({})),
    post("/apis/authorization.k8s.io/v1/subjectaccessreviews", { apiVersion: "authorization.k8s.io/v1", kind: "SubjectAccessReview", spec: { user: "$NS-ann", resourceAttributes: { verb: "get", resource: "pods", namespace: "$NS" } } }, { show: ["status.allowed"] }),
    post("authorization.k8s.io/v1/localsubjectaccessreviews", { apiVersion: "authorization.k8s.io/v1", kind: "LocalSubjectAccessReview", metadata: { namespace: "$NS" }, spec: { user: "$NS-ann", resourceAttributes: { verb: "get", resource: "pods", namespace: "other" } } }),
    post("/apis/authentication.k8s.io/v1/selfsubjectreviews", { apiVersion: "authentication.k8s.io/v1", kind: "SelfSubjectReview" }, { as: ann, show: ["kind", "status.userInfo.username", "status.userInfo.groups"] }),
  ],
  "rules review": [
    post(`${RBAC}/roles`, role([{ apiGroups: [""], resources: ["configmaps"], verbs: ["get"] }]), { show: "none" }),
    post(`${RBAC}/rolebindings`, bind([user]), { show: "none" }),
    settled("$NS-ann"),
    post("/apis/authorization.k8s.io/v1/selfsubjectrulesreviews", { apiVersion: "authorization.k8s.io/v1", kind: "SelfSubjectRulesReview", spec: { namespace: "$NS" } }, { as: ann, show: ["status.incomplete", "status.resourceRules.0"] }),
  ],
  "nobody grants more than they have": [
    post(`${RBAC}/roles`, role([{ apiGroups: [RBAC.split("/")[0]], resources: ["roles", "rolebindings"], verbs: ["*"] }, { apiGroups: [""], resources: ["configmaps"], verbs: ["get"] }]), { show: "none" }),
    post(`${RBAC}/rolebindings`, bind([user]), { show: "none" }),
    settled("$NS-ann"),
    post(`${RBAC}/roles`, { ...role([{ apiGroups: [""], resources: ["secrets"], verbs: ["get", "list"] }]), metadata: { name: "more" } }, { as: ann }),
    post(`${RBAC}/roles`, { ...role([{ apiGroups: [""], resources: ["configmaps"], verbs: ["get"] }]), metadata: { name: "same" } }, { as: ann, show: "code" }),
    post(`${RBAC}/rolebindings`, { ...bind([user], { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "view" }), metadata: { name: "up" } }, { as: ann, show: ["code", "reason"] }),
  ],
  "aggregated cluster roles": [
    post(`/apis/${RBAC}/clusterroles`, { apiVersion: RBAC, kind: "ClusterRole", metadata: { name: "$NS-part", labels: { "$NS.example/part": "true" } }, rules: [{ apiGroups: [""], resources: ["pods"], verbs: ["get"] }] }, { show: "none" }),
    post(`/apis/${RBAC}/clusterroles`, { apiVersion: RBAC, kind: "ClusterRole", metadata: { name: "$NS-whole" }, aggregationRule: { clusterRoleSelectors: [{ matchLabels: { "$NS.example/part": "true" } }] }, rules: [] }, { show: "none" }),
    until(`/apis/${RBAC}/clusterroles/$NS-whole`, { rules: [{ resources: ["pods"] }] }, ["rules"]),
  ],
  "impersonation needs the right": [get("configmaps", { as: ann, show: ["code", "reason"] }), post("pods", pod("a"), { as: { user: "system:serviceaccount:$NS:absent" } })],
  "the roles every cluster has": [get(`/apis/${RBAC}/clusterroles/cluster-admin`, { show: ["rules", "metadata.labels", "metadata.annotations"] }), get(`/apis/${RBAC}/clusterrolebindings/cluster-admin`, { show: ["roleRef", "subjects"] }), get(`/apis/${RBAC}/clusterroles/system:discovery`, { show: ["rules"] }), get(`/apis/${RBAC}/clusterroles/view`, { show: ["aggregationRule", "metadata.labels"] })],
  "what every cluster has": [get("/api/v1/namespaces", { query: "fieldSelector=metadata.name%3Dkube-system", show: ["items.*.metadata.name", "items.*.status.phase"] }), get("/api/v1/namespaces/kube-node-lease", { show: ["metadata.name", "metadata.labels"] }), get("/api/v1/namespaces/default/services/kubernetes", { show: ["metadata.labels", "spec.ports.*.name", "spec.ports.*.port", "spec.type", "spec.sessionAffinity"] }), get("/apis/scheduling.k8s.io/v1/priorityclasses/system-node-critical", { show: ["value", "description"] }), get("/apis/flowcontrol.apiserver.k8s.io/v1/flowschemas/catch-all", { show: ["spec.matchingPrecedence"] })],
});
