/** What each controller comes to, on pods that become ready at once. */
import { area, get, jsonPatch, mergePatch, never, post, remove, strategicPatch, until, untilGone } from "../case.ts";
import { budget, claim, container, cronJob, daemonSet, deployment, hpa, job, pod, replicaSet, service, statefulSet } from "./objects.ts";

type Json = Record<string, unknown>;
const DEPLOYMENT = "apps/v1/deployments/a";
const counts = ["status.replicas", "status.readyReplicas", "status.availableReplicas", "status.updatedReplicas", "status.unavailableReplicas", "status.observedGeneration", "status.fullyLabeledReplicas"];
const conditions = ["status.conditions.*.type", "status.conditions.*.status", "status.conditions.*.reason"];
const image = (tag: string): Json => ({ spec: { template: { spec: { containers: [{ name: "app", image: `registry.example/app:${tag}` }] } } } });
const rolledOut = (generation: number, replicas = 2): Json => ({ status: { observedGeneration: generation, replicas, updatedReplicas: replicas, availableReplicas: replicas, readyReplicas: replicas, unavailableReplicas: null } });
/** A set that a Deployment `a` takes for its own, of a template that it does not have. */
const adoptable = (name: string, revision: string): Json => {
  const set = replicaSet(name, { replicas: 1, selector: { matchLabels: { app: "a" } }, template: { metadata: { labels: { app: "a" } }, spec: { containers: [container()] } } });
  return { ...set, metadata: { name, labels: { app: "a" }, annotations: { "deployment.kubernetes.io/revision": revision } } };
};
const revisionOf = "metadata.annotations[deployment.kubernetes.io/revision]";

export const controllers = area("controllers", {
  "deployment: comes to its replicas": [
    post("apps/v1/deployments", deployment("a"), { show: "none" }),
    until(DEPLOYMENT, { ...rolledOut(1), metadata: { annotations: {} } }, [...counts, ...conditions, "metadata.annotations"]),
    get("apps/v1/replicasets", { show: ["items.*.metadata.name", "items.*.metadata.labels", "items.*.metadata.annotations", "items.*.spec", "items.*.metadata.ownerReferences.0.kind", "items.*.metadata.ownerReferences.0.controller", "items.*.metadata.ownerReferences.0.blockOwnerDeletion"] }),
    get("pods", { show: ["items.*.metadata.labels", "items.*.metadata.generateName", "items.*.metadata.ownerReferences.0.kind", "items.*.status.phase"] }),
  ],
  "deployment: rolls a new template out and keeps the old": [
    post("apps/v1/deployments", deployment("a"), { show: "none" }),
    until(DEPLOYMENT, rolledOut(1)),
    strategicPatch(DEPLOYMENT, image("2"), { show: ["metadata.generation"] }),
    until(DEPLOYMENT, rolledOut(2), [...counts, ...conditions, revisionOf]),
    until("apps/v1/replicasets", { items: [{}, {}] }),
    get("apps/v1/replicasets", { query: "labelSelector=pod-template-hash", show: ["items.*.metadata.name", "items.*.spec.replicas", "items.*.metadata.annotations"] }),
  ],
  "deployment: rolls back to the old replica set": [
    post("apps/v1/deployments", deployment("a"), { show: "none" }),
    until(DEPLOYMENT, rolledOut(1)),
    strategicPatch(DEPLOYMENT, image("2"), { show: "none" }),
    until(DEPLOYMENT, rolledOut(2)),
    strategicPatch(DEPLOYMENT, image("1"), { show: "none" }),
    until(DEPLOYMENT, rolledOut(3), [...counts, revisionOf]),
    get("apps/v1/replicasets", { show: ["items.*.spec.replicas", "items.*.metadata.annotations"] }),
  ],
  "deployment: scales up and down": [post("apps/v1/deployments", deployment("a", { replicas: 1 }), { show: "none" }), until(DEPLOYMENT, rolledOut(1, 1)), mergePatch(DEPLOYMENT, { spec: { replicas: 4 } }, { show: "none" }), until(DEPLOYMENT, rolledOut(2, 4), counts), mergePatch(DEPLOYMENT, { spec: { replicas: 0 } }, { show: "none" }), until(DEPLOYMENT, { status: { observedGeneration: 3, replicas: null } }, [...counts, ...conditions]), until("pods", { items: [] })],
  "deployment: paused does not roll": [
    post("apps/v1/deployments", deployment("a"), { show: "none" }),
    until(DEPLOYMENT, rolledOut(1)),
    mergePatch(DEPLOYMENT, { spec: { paused: true } }, { show: "none" }),
    until(DEPLOYMENT, { status: { observedGeneration: 2 } }),
    strategicPatch(DEPLOYMENT, image("2"), { show: "none" }),
    until(DEPLOYMENT, { status: { observedGeneration: 3, updatedReplicas: null } }, [...counts, ...conditions]),
    get("apps/v1/replicasets", { show: ["items.*.spec.replicas"] }),
    mergePatch(DEPLOYMENT, { spec: { paused: false } }, { show: "none" }),
    until(DEPLOYMENT, rolledOut(4), conditions),
  ],
  "deployment: recreate has no two versions": [post("apps/v1/deployments", deployment("a", { strategy: { type: "Recreate" } }), { show: "none" }), until(DEPLOYMENT, rolledOut(1)), strategicPatch(DEPLOYMENT, image("2"), { show: "none" }), until(DEPLOYMENT, rolledOut(2), [...counts, ...conditions])],
  "deployment: pods that never come miss the deadline": [
    post("apps/v1/deployments", deployment("a", { progressDeadlineSeconds: 2 }, { nodeSelector: { nowhere: "x" } }), { show: "none" }),
    until(DEPLOYMENT, { status: { replicas: 2, conditions: [{ type: "Available" }, { type: "Progressing", reason: "ProgressDeadlineExceeded" }] } }, [...counts, ...conditions, "status.conditions.*.message"]),
  ],
  "deployment: old replica sets are cleaned up": [
    post("apps/v1/deployments", deployment("a", { replicas: 1, revisionHistoryLimit: 1 }), { show: "none" }),
    until(DEPLOYMENT, rolledOut(1, 1)),
    strategicPatch(DEPLOYMENT, image("2"), { show: "none" }),
    until(DEPLOYMENT, rolledOut(2, 1)),
    strategicPatch(DEPLOYMENT, image("3"), { show: "none" }),
    until(DEPLOYMENT, rolledOut(3, 1)),
    until("apps/v1/replicasets", { items: [{}, {}] }),
  ],
  "deployment: counts on from the revision of a set that it adopts": [
    post("apps/v1/replicasets", adoptable("a-before", "3546343826724305832"), { show: "none" }),
    until("apps/v1/replicasets/a-before", { status: { availableReplicas: 1 } }),
    post("apps/v1/deployments", deployment("a", { replicas: 1 }, { terminationGracePeriodSeconds: 5 }), { show: "none" }),
    until("apps/v1/deployments/a", { metadata: { annotations: { "deployment.kubernetes.io/revision": "3546343826724305833" } }, status: { updatedReplicas: 1, availableReplicas: 1, replicas: 1 } }),
    get("apps/v1/replicasets/a-before", { show: ["metadata.annotations", "metadata.ownerReferences.*.name", "spec.replicas"] }),
  ],
  "replica set: comes to its replicas and replaces what is deleted": [
    post("apps/v1/replicasets", replicaSet("a"), { show: "none" }),
    until("apps/v1/replicasets/a", { status: { availableReplicas: 2 } }, counts),
    get("pods", { show: "none" }),
    remove("pods/{{2.items.0.metadata.name}}", undefined, { show: "code" }),
    untilGone("pods/{{2.items.0.metadata.name}}"),
    until("apps/v1/replicasets/a", { status: { replicas: 2, availableReplicas: 2 } }, counts),
  ],
  "replica set: lets go of a pod whose label changed": [
    post("apps/v1/replicasets", replicaSet("a", { replicas: 1 }), { show: "none" }),
    until("apps/v1/replicasets/a", { status: { availableReplicas: 1 } }),
    get("pods", { show: "none" }),
    mergePatch("pods/{{2.items.0.metadata.name}}", { metadata: { labels: { app: "free" } } }, { show: "code" }),
    until("pods/{{2.items.0.metadata.name}}", { metadata: { ownerReferences: null } }, ["metadata.labels"]),
    until("pods", { items: [{}, {}] }),
  ],
  "replica set: adopts what matches": [post("pods", pod("loose", {}, { labels: { app: "a" } }), { show: "none" }), until("pods/loose", { status: { phase: "Running" } }), post("apps/v1/replicasets", replicaSet("a", { replicas: 1 }), { show: "none" }), until("pods/loose", { metadata: { ownerReferences: [{ kind: "ReplicaSet", name: "a" }] } }, ["metadata.ownerReferences.0.controller"]), until("apps/v1/replicasets/a", { status: { replicas: 1, availableReplicas: 1 } }, counts)],
  "stateful set: pods in order with stable names": [
    post("apps/v1/statefulsets", statefulSet("a", { replicas: 3 }), { show: "none" }),
    until("apps/v1/statefulsets/a", { status: { readyReplicas: 3, availableReplicas: 3, updatedReplicas: 3 } }, ["status.replicas", "status.currentReplicas", "status.currentRevision", "status.updateRevision", "status.observedGeneration", "status.collisionCount"]),
    get("pods", { show: ["items.*.metadata.name", "items.*.metadata.labels", "items.*.spec.hostname", "items.*.spec.subdomain"] }),
    get("apps/v1/controllerrevisions", { show: ["items.*.metadata.name", "items.*.revision", "items.*.metadata.labels"] }),
    mergePatch("apps/v1/statefulsets/a", { spec: { replicas: 1 } }, { show: "code" }),
    until("pods", { items: [{ metadata: { name: "a-0" } }] }),
  ],
  "stateful set: a claim for each pod, kept after": [
    post("apps/v1/statefulsets", statefulSet("a", { replicas: 1, volumeClaimTemplates: [{ metadata: { name: "data" }, spec: { accessModes: ["ReadWriteOnce"], storageClassName: "$NS", resources: { requests: { storage: "1Gi" } } } }] }), { show: "none" }),
    until("persistentvolumeclaims/data-a-0", { status: { phase: "Pending" } }, ["metadata.labels", "spec", "metadata.finalizers"]),
    until("pods/a-0", { spec: { volumes: [{ name: "data" }, {}] } }, ["spec.volumes.0"]),
    remove("apps/v1/statefulsets/a", undefined, { show: "code" }),
    untilGone("pods/a-0"),
    get("persistentvolumeclaims/data-a-0", { show: "code" }),
  ],
  "stateful set: rolls from the last to the first, down to the partition": [
    post("apps/v1/statefulsets", statefulSet("a", { replicas: 2, updateStrategy: { type: "RollingUpdate", rollingUpdate: { partition: 1 } } }), { show: "none" }),
    until("apps/v1/statefulsets/a", { status: { availableReplicas: 2, updatedReplicas: 2 } }),
    strategicPatch("apps/v1/statefulsets/a", image("2"), { show: "code" }),
    until("apps/v1/statefulsets/a", { status: { observedGeneration: 2, updatedReplicas: 1, readyReplicas: 2 } }, ["status.currentReplicas", "status.updatedReplicas"]),
    get("pods", { show: ["items.*.metadata.name", "items.*.spec.containers.0.image"] }),
  ],
  "stateful set: a pod that is not ready stops the next": [post("apps/v1/statefulsets", statefulSet("a", { replicas: 2 }, { nodeSelector: { nowhere: "x" } }), { show: "none" }), until("pods", { items: [{ metadata: { name: "a-0" } }] }), never("pods", { items: [{}, {}] }, 1_000)],
  "stateful set: parallel does not wait": [post("apps/v1/statefulsets", statefulSet("a", { replicas: 2, podManagementPolicy: "Parallel" }, { nodeSelector: { nowhere: "x" } }), { show: "none" }), until("pods", { items: [{ metadata: { name: "a-0" } }, { metadata: { name: "a-1" } }] })],
  "daemon set: one pod on each node": [
    post("apps/v1/daemonsets", daemonSet("a"), { show: "none" }),
    until("apps/v1/daemonsets/a", { status: { desiredNumberScheduled: 3, numberReady: 3, numberAvailable: 3, updatedNumberScheduled: 3 } }, ["status"]),
    get("pods", { show: "none" }),
    get("pods/{{2.items.0.metadata.name}}", { show: ["spec.tolerations", "metadata.labels", "spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms.0.matchFields.0.key"] }),
  ],
  "daemon set: a node selector": [post("apps/v1/daemonsets", daemonSet("a", {}, { nodeSelector: { "kubernetes.io/hostname": "pi3" } }), { show: "none" }), until("apps/v1/daemonsets/a", { status: { desiredNumberScheduled: 1, numberAvailable: 1 } }, ["status"]), until("pods", { items: [{ spec: { nodeName: "pi3" } }] })],
  "daemon set: rolls": [post("apps/v1/daemonsets", daemonSet("a"), { show: "none" }), until("apps/v1/daemonsets/a", { status: { numberAvailable: 3 } }), strategicPatch("apps/v1/daemonsets/a", image("2"), { show: "code" }), until("apps/v1/daemonsets/a", { status: { observedGeneration: 2, updatedNumberScheduled: 3, numberAvailable: 3 } }, ["status"]), get("pods", { show: ["items.*.spec.containers.0.image"] })],
  "job: completes": [
    post("batch/v1/jobs", job("a"), { show: "none" }),
    until("batch/v1/jobs/a", { status: { succeeded: 1, conditions: [{ type: "SuccessCriteriaMet" }, { type: "Complete", status: "True" }] } }, ["status.succeeded", "status.active", "status.failed", "status.ready", ...conditions, "status.uncountedTerminatedPods"]),
    get("pods", { show: ["items.*.metadata.labels", "items.*.metadata.finalizers", "items.*.metadata.ownerReferences.0.kind", "items.*.status.phase"] }),
  ],
  "job: several completions": [post("batch/v1/jobs", job("a", { completions: 3, parallelism: 2 }), { show: "none" }), until("batch/v1/jobs/a", { status: { succeeded: 3, active: null, conditions: [{}, { type: "Complete" }] } }, ["status.succeeded", ...conditions])],
  "job: indexed": [post("batch/v1/jobs", job("a", { completions: 2, completionMode: "Indexed" }), { show: "none" }), until("batch/v1/jobs/a", { status: { succeeded: 2, conditions: [{}, { type: "Complete" }] } }, ["status.completedIndexes"]), get("pods", { show: ["items.*.metadata.annotations[batch.kubernetes.io/job-completion-index]", "items.*.spec.hostname", "items.*.spec.containers.0.env"] })],
  "job: suspended and resumed": [
    post("batch/v1/jobs", job("a", { suspend: true }), { show: "none" }),
    until("batch/v1/jobs/a", { status: { conditions: [{ type: "Suspended", status: "True" }] } }, conditions),
    get("pods", { show: ["items"] }),
    mergePatch("batch/v1/jobs/a", { spec: { suspend: false } }, { show: "code" }),
    until("batch/v1/jobs/a", { status: { succeeded: 1 } }, ["status.conditions.0.type", "status.conditions.0.status", "status.conditions.0.reason"]),
  ],
  "job: gone after its time": [post("batch/v1/jobs", job("a", { ttlSecondsAfterFinished: 1 }), { show: "none" }), untilGone("batch/v1/jobs/a"), until("pods", { items: [] })],
  "job: past its deadline": [post("batch/v1/jobs", job("a", { activeDeadlineSeconds: 1 }, { nodeSelector: { nowhere: "x" } }), { show: "none" }), until("batch/v1/jobs/a", { status: { conditions: [{ type: "FailureTarget" }, { type: "Failed" }] } }, [...conditions, "status.conditions.*.message"]), until("pods", { items: [] })],
  "job: selector and labels are generated": [post("batch/v1/jobs", job("a", { suspend: true }), { show: ["spec.selector", "spec.template.metadata.labels", "metadata.labels"] })],
  "cron job: a bad deadline makes nothing, suspended makes nothing": [post("batch/v1/cronjobs", cronJob("a", { suspend: true, schedule: "* * * * *" }), { show: "none" }), never("batch/v1/jobs", { items: [{}] }, 500), get("batch/v1/cronjobs/a", { show: ["status"] })],
  "endpoint slices: ready pods of a service": [
    post("services", service("a", { ports: [{ name: "http", port: 80, targetPort: "web" }] }), { show: "none" }),
    post("apps/v1/deployments", deployment("a", {}, { containers: [container({ ports: [{ name: "web", containerPort: 8080 }] })] }), { show: "none" }),
    until("discovery.k8s.io/v1/endpointslices", { items: [{ endpoints: [{ conditions: { ready: true } }, { conditions: { ready: true } }] }] }, ["items.*.addressType", "items.*.ports", "items.*.metadata.generateName", "items.*.metadata.labels", "items.0.endpoints.*.conditions", "items.0.endpoints.*.targetRef.kind", "items.*.metadata.ownerReferences.0.kind"]),
    until("endpoints/a", { subsets: [{ addresses: [{}, {}], ports: [{ port: 8080 }] }] }, ["subsets.0.ports", "metadata.labels"]),
    mergePatch(DEPLOYMENT, { spec: { replicas: 0 } }, { show: "code" }),
    until("discovery.k8s.io/v1/endpointslices", { items: [{ endpoints: null }] }, ["items.*.ports"]),
  ],
  "endpoint slices: without a selector there are none": [post("services", service("a", { selector: undefined }), { show: "none" }), never("discovery.k8s.io/v1/endpointslices", { items: [{}] }, 1_000)],
  "endpoint slices: pods that are not ready": [
    post("services", service("a"), { show: "none" }),
    post("pods", pod("p", { readinessGates: [{ conditionType: "maison.example/gate" }], schedulerName: "nobody" }, { labels: { app: "a" } }), { show: "none" }),
    until("discovery.k8s.io/v1/endpointslices", { items: [{ endpoints: null }] }, ["items.*.addressType"]),
    remove("services/a", undefined, { show: "code" }),
    until("discovery.k8s.io/v1/endpointslices", { items: [] }),
  ],
  "autoscaler: without metrics it says so": [
    post("apps/v1/deployments", deployment("a", { replicas: 1 }), { show: "none" }),
    post("autoscaling/v2/horizontalpodautoscalers", hpa("none", { scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "absent" }, metrics: [{ type: "Resource", resource: { name: "cpu", target: { type: "Utilization", averageUtilization: 70 } } }] }), { show: "none" }),
    until("autoscaling/v2/horizontalpodautoscalers/none", { status: { conditions: [{ type: "AbleToScale", status: "False" }] } }, ["status.conditions.0.type", "status.conditions.0.status", "status.conditions.0.reason", "status.desiredReplicas", "status.currentReplicas"]),
  ],
  "autoscaler: brings the replicas within its bounds": [
    post("apps/v1/deployments", deployment("a", { replicas: 5 }), { show: "none" }),
    post("autoscaling/v2/horizontalpodautoscalers", hpa("a", { minReplicas: 1, maxReplicas: 2, metrics: [{ type: "Resource", resource: { name: "cpu", target: { type: "Utilization", averageUtilization: 70 } } }] }), { show: "none" }),
    until(DEPLOYMENT, { spec: { replicas: 2 } }, ["spec.replicas"]),
    until("autoscaling/v2/horizontalpodautoscalers/a", { status: { desiredReplicas: 2 } }),
  ],
  "disruption budget: counts": [
    post("policy/v1/poddisruptionbudgets", budget("half", { minAvailable: "50%", selector: { matchLabels: { app: "a" } } }), { show: "none" }),
    post("policy/v1/poddisruptionbudgets", budget("none", { maxUnavailable: 1, selector: { matchLabels: { app: "absent" } } }), { show: "none" }),
    post("apps/v1/deployments", deployment("a", { replicas: 3 }), { show: "none" }),
    until("policy/v1/poddisruptionbudgets/half", { status: { currentHealthy: 3, expectedPods: 3 } }, ["status.desiredHealthy", "status.disruptionsAllowed", "status.observedGeneration", ...conditions]),
    until("policy/v1/poddisruptionbudgets/none", { status: { observedGeneration: 1 } }, ["status.expectedPods", "status.desiredHealthy", "status.disruptionsAllowed", ...conditions]),
  ],
  "volumes: a claim is bound to the smallest that fits": [
    ...["big", "fit", "small"].map((name, index) => post("/api/v1/persistentvolumes", { apiVersion: "v1", kind: "PersistentVolume", metadata: { name: `$NS-${name}` }, spec: { capacity: { storage: ["10Gi", "2Gi", "1Gi"][index] }, accessModes: ["ReadWriteOnce"], storageClassName: "$NS", hostPath: { path: "/x" } } }, { show: "none" })),
    ...["big", "fit", "small"].map((name) => until(`/api/v1/persistentvolumes/$NS-${name}`, { status: { phase: "Available" } })),
    post("persistentvolumeclaims", claim("a", { storageClassName: "$NS", resources: { requests: { storage: "2Gi" } } }), { show: "none" }),
    until("persistentvolumeclaims/a", { status: { phase: "Bound" } }, ["spec.volumeName", "status", "metadata.annotations"]),
    until("/api/v1/persistentvolumes/$NS-fit", { status: { phase: "Bound" } }, ["spec.claimRef.name", "spec.claimRef.kind", "metadata.annotations", "metadata.finalizers"]),
    get("/api/v1/persistentvolumes/$NS-big", { show: ["status.phase"] }),
    remove("persistentvolumeclaims/a", undefined, { show: "code" }),
    until("/api/v1/persistentvolumes/$NS-fit", { status: { phase: "Released" } }),
  ],
  "volumes: a claim in use is protected": [
    post("/api/v1/persistentvolumes", { apiVersion: "v1", kind: "PersistentVolume", metadata: { name: "$NS-pv" }, spec: { capacity: { storage: "1Gi" }, accessModes: ["ReadWriteOnce"], storageClassName: "$NS", hostPath: { path: "/x" } } }, { show: "none" }),
    post("persistentvolumeclaims", claim("a", { storageClassName: "$NS" }), { show: "none" }),
    until("persistentvolumeclaims/a", { status: { phase: "Bound" } }),
    post("pods", pod("p", { volumes: [{ name: "v", persistentVolumeClaim: { claimName: "a" } }] }), { show: "none" }),
    until("pods/p", { status: { phase: "Running" } }),
    remove("persistentvolumeclaims/a", undefined, { show: ["metadata.finalizers", "metadata.deletionTimestamp"] }),
    never("persistentvolumeclaims/a", { code: 404 }, 600),
    remove("pods/p", undefined, { show: "code" }),
    untilGone("persistentvolumeclaims/a"),
  ],
  "volumes: waits for the first consumer": [
    post("/apis/storage.k8s.io/v1/storageclasses", { apiVersion: "storage.k8s.io/v1", kind: "StorageClass", metadata: { name: "$NS-wait" }, provisioner: "kubernetes.io/no-provisioner", volumeBindingMode: "WaitForFirstConsumer" }, { show: "none" }),
    post("/api/v1/persistentvolumes", { apiVersion: "v1", kind: "PersistentVolume", metadata: { name: "$NS-local" }, spec: { capacity: { storage: "1Gi" }, accessModes: ["ReadWriteOnce"], storageClassName: "$NS-wait", local: { path: "/x" }, nodeAffinity: { required: { nodeSelectorTerms: [{ matchExpressions: [{ key: "kubernetes.io/hostname", operator: "In", values: ["pi2"] }] }] } } } }, { show: "none" }),
    post("persistentvolumeclaims", claim("a", { storageClassName: "$NS-wait" }), { show: "none" }),
    never("persistentvolumeclaims/a", { status: { phase: "Bound" } }, 800),
    post("pods", pod("p", { volumes: [{ name: "v", persistentVolumeClaim: { claimName: "a" } }] }), { show: "none" }),
    until("persistentvolumeclaims/a", { status: { phase: "Bound" } }, ["spec.volumeName"]),
    until("pods/p", { spec: { nodeName: "pi2" } }, ["spec.nodeName"]),
  ],
  "namespaces get a service account and the root certificate": [get("serviceaccounts", { show: ["items.*.metadata.name"] }), get("configmaps", { show: ["items.*.metadata.name", "items.0.metadata.annotations"] }), remove("configmaps/kube-root-ca.crt", undefined, { show: "code" }), until("configmaps/kube-root-ca.crt", {}), remove("serviceaccounts/default", undefined, { show: "code" }), until("serviceaccounts/default", {})],
  "deployment: a wrong-hash collision aside, names follow the template": [post("apps/v1/deployments", deployment("web", { replicas: 0 }, { containers: [container({ name: "nginx", image: "nginx:1.27", ports: [{ containerPort: 80 }], env: [{ name: "A", value: "b" }] })] }), { show: "none" }), until("apps/v1/replicasets", { items: [{}] }, ["items.*.metadata.name"])],
  "pod template generation is kept through a label patch": [post("apps/v1/deployments", deployment("a", { replicas: 1 }), { show: "none" }), until(DEPLOYMENT, rolledOut(1, 1)), jsonPatch(DEPLOYMENT, [{ op: "add", path: "/metadata/labels", value: { team: "home" } }], { show: ["metadata.generation"] }), get("apps/v1/replicasets", { show: ["items.*.metadata.name"] })],
});
