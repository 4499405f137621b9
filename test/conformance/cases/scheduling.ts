/** Scheduling decisions that have one right answer on three equal nodes pi1, pi2 and pi3. */
import { area, get, mergePatch, post, remove, until } from "../case.ts";
import { container, pod } from "./objects.ts";

type Json = Record<string, unknown>;
const on = (node: string): Json => ({ nodeSelector: { "kubernetes.io/hostname": node } });
const where = (name: string, node: string) => until(`pods/${name}`, { spec: { nodeName: node } }, ["spec.nodeName"]);
const UNSCHEDULABLE = { status: { conditions: [{ type: "PodScheduled", status: "False" }] } };
const why = (name: string) => until(`pods/${name}`, UNSCHEDULABLE, ["status.conditions.0.reason", "status.conditions.0.message", "status.phase"]);
const affinity = (expressions: Json[]): Json => ({ affinity: { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [{ matchExpressions: expressions }] } } } });
const near = (kind: "podAffinity" | "podAntiAffinity", app: string): Json => ({ affinity: { [kind]: { requiredDuringSchedulingIgnoredDuringExecution: [{ topologyKey: "kubernetes.io/hostname", labelSelector: { matchLabels: { app } } }] } } });
const asking = (resources: Json): Json => ({ containers: [container({ resources: { requests: resources } })] });

export const scheduling = area("scheduling", {
  "a node selector": [post("pods", pod("a", on("pi2")), { show: "none" }), where("a", "pi2")],
  "a node selector nothing has": [post("pods", pod("a", { nodeSelector: { nowhere: "x" } }), { show: "none" }), why("a")],
  "node affinity": [post("pods", pod("a", affinity([{ key: "kubernetes.io/hostname", operator: "NotIn", values: ["pi1", "pi3"] }, { key: "kubernetes.io/arch", operator: "Exists" }])), { show: "none" }), where("a", "pi2")],
  "node affinity nothing meets": [post("pods", pod("a", affinity([{ key: "kubernetes.io/arch", operator: "In", values: ["riscv64"] }])), { show: "none" }), why("a")],
  "node affinity by field": [post("pods", pod("a", { affinity: { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [{ matchFields: [{ key: "metadata.name", operator: "In", values: ["pi3"] }] }] } } } }), { show: "none" }), where("a", "pi3")],
  "a strong preference decides": [post("pods", pod("a", { affinity: { nodeAffinity: { preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 100, preference: { matchExpressions: [{ key: "kubernetes.io/hostname", operator: "In", values: ["pi3"] }] } }] } } }), { show: "none" }), where("a", "pi3")],
  "too much cpu, memory, of everything": [post("pods", pod("cpu", asking({ cpu: "100" })), { show: "none" }), why("cpu"), post("pods", pod("memory", asking({ memory: "1Ti" })), { show: "none" }), why("memory"), post("pods", pod("both", asking({ cpu: "100", memory: "1Ti" })), { show: "none" }), why("both")],
  "an extended resource nobody has": [post("pods", pod("a", { containers: [container({ resources: { limits: { "maison.example/gpu": "1" } } })] }), { show: "none" }), why("a")],
  "several reasons in one sentence": [post("pods", pod("a", { ...on("pi1"), ...asking({ cpu: "100" }) }), { show: "none" }), why("a")],
  "pod affinity follows": [post("pods", pod("a", on("pi2"), { labels: { app: "lead" } }), { show: "none" }), where("a", "pi2"), post("pods", pod("b", near("podAffinity", "lead")), { show: "none" }), where("b", "pi2")],
  "pod affinity to nothing": [post("pods", pod("a", near("podAffinity", "absent")), { show: "none" }), why("a")],
  "pod affinity to itself": [post("pods", pod("a", { ...on("pi1"), ...near("podAffinity", "self") }, { labels: { app: "self" } }), { show: "none" }), where("a", "pi1")],
  "anti-affinity with no node left": [
    ...["pi1", "pi2", "pi3"].flatMap((node) => [post("pods", pod(node, { ...on(node), ...near("podAntiAffinity", "apart") }, { labels: { app: "apart" } }), { show: "none" }), where(node, node)]),
    post("pods", pod("d", near("podAntiAffinity", "apart"), { labels: { app: "apart" } }), { show: "none" }),
    why("d"),
    remove("pods/pi2", undefined, { query: "gracePeriodSeconds=0", show: "code" }),
    where("d", "pi2"),
  ],
  "existing pods' anti-affinity is respected": [...["pi1", "pi3"].flatMap((node) => [post("pods", pod(node, { ...on(node), ...near("podAntiAffinity", "guest") }), { show: "none" }), where(node, node)]), post("pods", pod("guest", {}, { labels: { app: "guest" } }), { show: "none" }), where("guest", "pi2")],
  "topology spread": [
    ...["pi1", "pi2"].flatMap((node) => [post("pods", pod(node, on(node), { labels: { app: "spread" } }), { show: "none" }), where(node, node)]),
    post("pods", pod("a", { topologySpreadConstraints: [{ maxSkew: 1, topologyKey: "kubernetes.io/hostname", whenUnsatisfiable: "DoNotSchedule", labelSelector: { matchLabels: { app: "spread" } } }] }, { labels: { app: "spread" } }), { show: "none" }),
    until("pods/a", { status: { phase: "Running" } }, ["status.phase"]),
    post("pods", pod("two", on("pi1"), { labels: { app: "spread" } }), { show: "none" }),
    where("two", "pi1"),
  ],
  "topology spread with one way to go": [
    ...["pi1", "pi3"].flatMap((node) => [post("pods", pod(node, on(node), { labels: { app: "even" } }), { show: "none" }), where(node, node)]),
    post("pods", pod("a", { topologySpreadConstraints: [{ maxSkew: 1, topologyKey: "kubernetes.io/hostname", whenUnsatisfiable: "DoNotSchedule", labelSelector: { matchLabels: { app: "even" } } }] }, { labels: { app: "even" } }), { show: "none" }),
    where("a", "pi2"),
  ],
  "topology spread that cannot be": [post("pods", pod("one", on("pi1"), { labels: { app: "even" } }), { show: "none" }), where("one", "pi1"), post("pods", pod("a", { ...on("pi1"), topologySpreadConstraints: [{ maxSkew: 1, topologyKey: "kubernetes.io/hostname", nodeAffinityPolicy: "Ignore", whenUnsatisfiable: "DoNotSchedule", labelSelector: { matchLabels: { app: "even" } } }] }, { labels: { app: "even" } }), { show: "none" }), why("a")],
  "a host port is taken once a node": [post("pods", pod("a", { ...on("pi1"), containers: [container({ ports: [{ containerPort: 80, hostPort: 18080 }] })] }), { show: "none" }), where("a", "pi1"), post("pods", pod("b", { ...on("pi1"), containers: [container({ ports: [{ containerPort: 80, hostPort: 18080 }] })] }), { show: "none" }), why("b")],
  "gates hold a pod": [post("pods", pod("a", { schedulingGates: [{ name: "maison.example/wait" }] }), { show: "none" }), until("pods/a", UNSCHEDULABLE, ["status.conditions.0.reason", "status.conditions.0.message"]), mergePatch("pods/a", { spec: { schedulingGates: null } }, { show: "code" }), until("pods/a", { status: { phase: "Running" } }, ["status.phase"])],
  "another scheduler's pods are left alone": [post("pods", pod("a", { schedulerName: "nobody" }), { show: "none" }), get("pods/a", { show: ["spec.nodeName", "status.phase"] })],
  "a claim that is not there": [post("pods", pod("a", { volumes: [{ name: "v", persistentVolumeClaim: { claimName: "absent" } }] }), { show: "none" }), why("a")],
  "a claim that is not bound": [post("persistentvolumeclaims", { apiVersion: "v1", kind: "PersistentVolumeClaim", metadata: { name: "c" }, spec: { accessModes: ["ReadWriteOnce"], storageClassName: "$NS", resources: { requests: { storage: "1Gi" } } } }, { show: "none" }), post("pods", pod("a", { volumes: [{ name: "v", persistentVolumeClaim: { claimName: "c" } }] }), { show: "none" }), why("a")],
  "events tell what happened": [
    post("pods", pod("a", on("pi1")), { show: "none" }),
    until("events", { items: [{ reason: "Scheduled", type: "Normal" }] }, ["items.*.message", "items.*.reportingComponent", "items.*.action", "items.*.involvedObject.kind", "items.*.type"], { query: "fieldSelector=involvedObject.name%3Da,reason%3DScheduled" }),
    post("pods", pod("b", { nodeSelector: { nowhere: "x" } }), { show: "none" }),
    until("events", { items: [{ reason: "FailedScheduling", type: "Warning" }] }, ["items.*.message", "items.*.action"], { query: "fieldSelector=involvedObject.name%3Db,reason%3DFailedScheduling" }),
  ],
  "a cordoned node takes nothing": {
    isSerial: true,
    steps: [mergePatch("/api/v1/nodes/pi2", { spec: { unschedulable: true } }, { show: ["spec.unschedulable"] }), until("/api/v1/nodes/pi2", { spec: { taints: [{ key: "node.kubernetes.io/unschedulable", effect: "NoSchedule" }] } }), post("pods", pod("a", on("pi2")), { show: "none" }), why("a"), mergePatch("/api/v1/nodes/pi2", { spec: { unschedulable: null } }, { show: "code" }), where("a", "pi2"), until("/api/v1/nodes/pi2", { spec: { taints: null } })],
  },
  "a taint repels, a toleration admits": {
    isSerial: true,
    steps: [mergePatch("/api/v1/nodes/pi3", { spec: { taints: [{ key: "maison.example/only", value: "db", effect: "NoSchedule" }] } }, { show: ["spec.taints"] }), post("pods", pod("a", on("pi3")), { show: "none" }), why("a"), post("pods", pod("b", { ...on("pi3"), tolerations: [{ key: "maison.example/only", operator: "Equal", value: "db", effect: "NoSchedule" }] }), { show: "none" }), where("b", "pi3"), mergePatch("/api/v1/nodes/pi3", { spec: { taints: null } }, { show: "code" }), where("a", "pi3")],
  },
  "NoExecute evicts what does not tolerate it": {
    isSerial: true,
    steps: [post("pods", pod("a", on("pi3")), { show: "none" }), post("pods", pod("b", { ...on("pi3"), tolerations: [{ key: "maison.example/out", operator: "Exists" }] }), { show: "none" }), where("a", "pi3"), where("b", "pi3"), mergePatch("/api/v1/nodes/pi3", { spec: { taints: [{ key: "maison.example/out", effect: "NoExecute" }] } }, { show: "code" }), until("pods", { items: [{ metadata: { name: "b" } }] }), mergePatch("/api/v1/nodes/pi3", { spec: { taints: null } }, { show: "code" })],
  },
  "a higher priority takes the place": {
    isSerial: true,
    steps: [
      post("/apis/scheduling.k8s.io/v1/priorityclasses", { apiVersion: "scheduling.k8s.io/v1", kind: "PriorityClass", metadata: { name: "$NS-high" }, value: 1000 }, { show: "none" }),
      post("pods", pod("low", { ...on("pi1"), ...asking({ cpu: "3" }), terminationGracePeriodSeconds: 0 }), { show: "none" }),
      where("low", "pi1"),
      post("pods", pod("high", { ...on("pi1"), ...asking({ cpu: "3" }), priorityClassName: "$NS-high" }), { show: "none" }),
      where("high", "pi1"),
      get("pods/low", { show: "code" }),
    ],
  },
});
