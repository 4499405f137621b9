import { area, get, post, until } from "../case.ts";
import { configMap, container, cronJob, daemonSet, deployment, hpa, ingress, job, pod, service, statefulSet, claim, budget } from "./objects.ts";

const TABLE = "application/json;as=Table;v=v1;g=meta.k8s.io";
const table = (path: string, show: readonly string[] = ["kind", "apiVersion", "columnDefinitions.*.name", "columnDefinitions.*.type", "columnDefinitions.*.priority", "columnDefinitions.*.format", "rows.*.cells"]) => get(path, { accept: TABLE, show });
const columns = (path: string) => get(path, { accept: TABLE, show: ["columnDefinitions.*.name", "columnDefinitions.*.type", "columnDefinitions.*.priority", "columnDefinitions.*.format"] });

/** Columns of every kind that `kubectl get` is used for, on an empty list. */
const NAMESPACED = ["pods", "services", "configmaps", "secrets", "serviceaccounts", "endpoints", "events", "persistentvolumeclaims", "replicationcontrollers", "resourcequotas", "limitranges", "podtemplates", "apps/v1/deployments", "apps/v1/replicasets", "apps/v1/statefulsets", "apps/v1/daemonsets", "apps/v1/controllerrevisions", "batch/v1/jobs", "batch/v1/cronjobs", "autoscaling/v2/horizontalpodautoscalers", "networking.k8s.io/v1/ingresses", "networking.k8s.io/v1/networkpolicies", "policy/v1/poddisruptionbudgets", "rbac.authorization.k8s.io/v1/roles", "rbac.authorization.k8s.io/v1/rolebindings", "discovery.k8s.io/v1/endpointslices", "coordination.k8s.io/v1/leases", "storage.k8s.io/v1/csistoragecapacities"];
const WIDE = ["/api/v1/nodes", "/api/v1/namespaces", "/api/v1/persistentvolumes", "/apis/storage.k8s.io/v1/storageclasses", "/apis/storage.k8s.io/v1/csidrivers", "/apis/storage.k8s.io/v1/volumeattachments", "/apis/rbac.authorization.k8s.io/v1/clusterroles", "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings", "/apis/scheduling.k8s.io/v1/priorityclasses", "/apis/node.k8s.io/v1/runtimeclasses", "/apis/networking.k8s.io/v1/ingressclasses", "/apis/apiextensions.k8s.io/v1/customresourcedefinitions", "/apis/apiregistration.k8s.io/v1/apiservices", "/apis/certificates.k8s.io/v1/certificatesigningrequests", "/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations", "/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations", "/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies", "/apis/flowcontrol.apiserver.k8s.io/v1/flowschemas", "/apis/flowcontrol.apiserver.k8s.io/v1/prioritylevelconfigurations"];

const cells = ["rows.*.cells.0", "rows.*.cells.1", "rows.*.cells.2", "rows.*.cells.3"];

export const tables = area("tables", {
  "columns of namespaced kinds": NAMESPACED.map(columns),
  "columns of cluster-wide kinds": WIDE.map(columns),
  "a row holds the object's metadata": [post("configmaps", configMap("a"), { show: "none" }), get("configmaps/a", { accept: TABLE, show: ["kind", "apiVersion", "rows.*.object.kind", "rows.*.object.apiVersion", "rows.*.object.metadata.name", "rows.*.cells.0", "rows.*.cells.1"] }), get("configmaps/a", { accept: TABLE, query: "includeObject=Object", show: ["rows.*.object.kind", "rows.*.object.data"] }), get("configmaps/a", { accept: TABLE, query: "includeObject=None", show: ["rows.*.object"] })],
  "a list falls back to JSON": [get("configmaps", { accept: `${TABLE},application/json`, show: ["kind"] }), get("/version", { accept: `${TABLE},application/json`, show: ["major"] })],
  "only metadata": [post("configmaps", configMap("a"), { show: "none" }), get("configmaps/a", { accept: "application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io" }), get("configmaps", { accept: "application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io", query: "fieldSelector=metadata.name%3Da" })],
  "an unknown transformation": [get("configmaps", { accept: "application/json;as=Poem;v=v1;g=meta.k8s.io" })],
  "pods": [post("pods", pod("a", { containers: [container(), container({ name: "b" })] }), { show: "none" }), until("pods/a", { status: { phase: "Running" } }), table("pods/a", [...cells, "rows.*.cells.8"]), post("pods", pod("b", { schedulerName: "nobody" }), { show: "none" }), table("pods/b", [...cells, "rows.*.cells.5", "rows.*.cells.6", "rows.*.cells.7", "rows.*.cells.8"])],
  "deployments and replica sets": [post("apps/v1/deployments", deployment("a"), { show: "none" }), until("apps/v1/deployments/a", { status: { availableReplicas: 2 } }), table("apps/v1/deployments/a", [...cells, "rows.*.cells.5", "rows.*.cells.6", "rows.*.cells.7"]), table("apps/v1/replicasets", [...cells, "rows.*.cells.5", "rows.*.cells.6", "rows.*.cells.7"])],
  "stateful sets, daemon sets": [post("apps/v1/statefulsets", statefulSet("a", { replicas: 1 }), { show: "none" }), until("apps/v1/statefulsets/a", { status: { readyReplicas: 1 } }), table("apps/v1/statefulsets/a", ["rows.*.cells.0", "rows.*.cells.1", "rows.*.cells.3", "rows.*.cells.4"]), post("apps/v1/daemonsets", daemonSet("d", {}, { nodeSelector: { "kubernetes.io/hostname": "pi2" } }), { show: "none" }), until("apps/v1/daemonsets/d", { status: { numberReady: 1, numberAvailable: 1 } }), table("apps/v1/daemonsets/d", [...cells, "rows.*.cells.4", "rows.*.cells.5", "rows.*.cells.6", "rows.*.cells.8", "rows.*.cells.9", "rows.*.cells.10"])],
  "jobs and cron jobs": [post("batch/v1/jobs", job("a", { suspend: true, completions: 2 }), { show: "none" }), until("batch/v1/jobs/a", { status: { conditions: [{ type: "Suspended" }] } }), table("batch/v1/jobs/a", ["rows.*.cells.0", "rows.*.cells.1", "rows.*.cells.2", "rows.*.cells.5", "rows.*.cells.6"]), post("batch/v1/cronjobs", cronJob("c", { suspend: true, timeZone: "Europe/Paris" }), { show: "none" }), table("batch/v1/cronjobs/c", [...cells, "rows.*.cells.4", "rows.*.cells.5", "rows.*.cells.7", "rows.*.cells.8"])],
  "services": [post("services", service("a", { ports: [{ name: "a", port: 80 }, { name: "b", port: 53, protocol: "UDP" }] }), { show: "none" }), table("services/a", ["rows.*.cells.0", "rows.*.cells.1", "rows.*.cells.3", "rows.*.cells.4", "rows.*.cells.6"]), post("services", service("n", { clusterIP: "None" }), { show: "none" }), table("services/n", [...cells, "rows.*.cells.4"]), post("services", service("e", { type: "ExternalName", externalName: "maison.example", ports: undefined }), { show: "none" }), table("services/e", [...cells, "rows.*.cells.4", "rows.*.cells.6"]), post("services", service("l", { type: "LoadBalancer", loadBalancerClass: "maison.example/none", allocateLoadBalancerNodePorts: false }), { show: "none" }), table("services/l", ["rows.*.cells.0", "rows.*.cells.1", "rows.*.cells.3", "rows.*.cells.4"])],
  "ingresses": [post("networking.k8s.io/v1/ingresses", ingress("a", { tls: [{ hosts: ["gazette.maison.example"] }], ingressClassName: "traefik" }), { show: "none" }), table("networking.k8s.io/v1/ingresses/a", [...cells, "rows.*.cells.4"])],
  "autoscalers, budgets, claims": [
    post("autoscaling/v2/horizontalpodautoscalers", hpa("a", { metrics: [{ type: "Resource", resource: { name: "cpu", target: { type: "Utilization", averageUtilization: 70 } } }] }), { show: "none" }),
    table("autoscaling/v2/horizontalpodautoscalers/a", [...cells, "rows.*.cells.4"]),
    post("policy/v1/poddisruptionbudgets", budget("a", { maxUnavailable: "50%", selector: { matchLabels: { x: "y" } } }), { show: "none" }),
    table("policy/v1/poddisruptionbudgets/a", ["rows.*.cells.0", "rows.*.cells.1", "rows.*.cells.2"]),
    post("persistentvolumeclaims", claim("a", { storageClassName: "none" }), { show: "none" }),
    until("persistentvolumeclaims/a", { status: { phase: "Pending" } }),
    table("persistentvolumeclaims/a", [...cells, "rows.*.cells.4", "rows.*.cells.5", "rows.*.cells.6", "rows.*.cells.8"]),
  ],
  "nodes": [get("/api/v1/nodes/pi1", { accept: TABLE, show: ["rows.*.cells.0", "rows.*.cells.1", "rows.*.cells.2"] })],
  "secrets and config maps": [post("secrets", { apiVersion: "v1", kind: "Secret", metadata: { name: "s" }, stringData: { a: "1", b: "2" } }, { show: "none" }), table("secrets/s", ["rows.*.cells.0", "rows.*.cells.1", "rows.*.cells.2"]), post("configmaps", configMap("c"), { show: "none" }), table("configmaps/c", ["rows.*.cells.0", "rows.*.cells.1"])],
});

const AGGREGATED = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";

/** The groups a bare control plane serves; custom ones come and go beside them. */
const GROUPS = ["apps", "batch", "autoscaling", "networking.k8s.io", "policy", "rbac.authorization.k8s.io", "storage.k8s.io", "scheduling.k8s.io", "coordination.k8s.io", "discovery.k8s.io", "events.k8s.io", "apiextensions.k8s.io", "admissionregistration.k8s.io", "apiregistration.k8s.io", "authentication.k8s.io", "authorization.k8s.io", "certificates.k8s.io", "node.k8s.io", "flowcontrol.apiserver.k8s.io"];

export const discovery = area("discovery", {
  "core versions": [get("/api", { show: ["kind", "versions"] })],
  "core resources": [get("/api/v1")],
  "one group": [get("/apis/apps"), get("/apis/autoscaling"), get("/apis/networking.k8s.io"), get("/apis/absent.example")],
  "resources of every group": GROUPS.map((group) => get(`/apis/${group}/${group === "autoscaling" ? "v2" : "v1"}`)),
  "autoscaling version 1": [get("/apis/autoscaling/v1")],
  "aggregated: core": [get("/api", { accept: AGGREGATED, show: ["kind", "apiVersion", "items.*.versions.*.version", "items.*.versions.*.freshness", "items.0.versions.0.resources"] })],
  "aggregated falls back": [get("/api", { accept: `${AGGREGATED},application/json`, show: ["kind"] }), get("/api", { accept: "application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList,application/json", show: ["kind", "apiVersion"] })],
  "the root lists paths": [get("/", { show: "code" })],
  "OpenAPI version 3 has an index and documents": [get("/openapi/v3", { show: "code" }), get("/openapi/v3/apis/apps/v1", { show: ["openapi", "components.schemas[io.k8s.api.apps.v1.DeploymentSpec].required", "components.schemas[io.k8s.api.apps.v1.Deployment].x-kubernetes-group-version-kind"] }), get("/openapi/v3/api/v1", { show: ["components.schemas[io.k8s.api.core.v1.ServicePort].properties.port.format", "components.schemas[io.k8s.api.core.v1.PodSpec].properties.containers.x-kubernetes-patch-merge-key", "components.schemas[io.k8s.api.core.v1.PodSpec].properties.containers.x-kubernetes-list-map-keys", "components.schemas[io.k8s.api.core.v1.PodSpec].properties.containers.x-kubernetes-list-type"] })],
  "OpenAPI version 2": [get("/openapi/v2", { show: ["swagger", "definitions[io.k8s.api.core.v1.ConfigMap].x-kubernetes-group-version-kind", "definitions[io.k8s.api.core.v1.ConfigMapKeySelector].required"] })],
});
