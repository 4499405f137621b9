/** What happens when kubelets fall silent, case by case. A pod is only on nodes of its case, by the label `case`; those that join later are where replacements go. */
import type { KubeObject } from "../../../src/objects/kube-object.ts";
import type { Chance, FailureAct, FailureCase, FailureWorld } from "./failure-case.ts";

const SECOND_MS = 1_000;
const UNREACHABLE = "node.kubernetes.io/unreachable";
const NOT_READY = "node.kubernetes.io/not-ready";

/**
 * The pass that stops evictions first queues the nodes that it finds silent, and another loop takes from that queue every 100 ms: where the pass takes longer than that, the one token
 * that is there lets one node through (`monitorNodeHealth`, `doNoExecuteTaintingPass`). Seen on a busy real control plane; the embedded cluster's passes take no time.
 */
const oneMaySlipThrough = (beforeSeconds = Number.POSITIVE_INFINITY): Chance => ({
  seen: /taint unreachable:NoExecute$/,
  beforeSeconds,
  patterns: [/unreachable:NoExecute$/, /: is to end, DeletionByTaintManager$/, /^pod web on \w+: (bound|ready|gone)$/],
  why: "one node gets its taint before evictions are stopped",
});

/** Both taints of a lost node, or others, for so long. */
const tolerating = (seconds: number | undefined, keys: readonly string[] = [UNREACHABLE, NOT_READY]): { tolerations: object[] } => ({
  tolerations: keys.map((key) => ({ key, operator: "Exists", effect: "NoExecute", ...(seconds === undefined ? {} : { tolerationSeconds: seconds }) })),
});
/** Short enough for what comes after the eviction to be looked at too. */
const SHORT = tolerating(20);

/** One on each node that takes any. */
const oneEach = (name: string): object => ({ topologySpreadConstraints: [{ maxSkew: 1, topologyKey: "kubernetes.io/hostname", whenUnsatisfiable: "DoNotSchedule", labelSelector: { matchLabels: { app: name } }, nodeTaintsPolicy: "Honor" }] });

function podTemplate(id: string, name: string, extra: object): object {
  return {
    metadata: { labels: { app: name } },
    spec: { nodeSelector: { case: id }, terminationGracePeriodSeconds: 5, containers: [{ name: "app", image: "docker.io/library/nginx:1.29", ports: [{ containerPort: 80 }] }], ...extra },
  };
}

function workload(kind: "Deployment" | "StatefulSet" | "DaemonSet", id: string, name: string, replicas: number, extra: object = {}): KubeObject {
  const spec = { selector: { matchLabels: { app: name } }, template: podTemplate(id, name, extra), ...(kind === "DaemonSet" ? {} : { replicas }), ...(kind === "StatefulSet" ? { serviceName: name, podManagementPolicy: "Parallel" } : {}) };
  return { apiVersion: "apps/v1", kind, metadata: { name, namespace: id }, spec };
}

const service = (id: string, name: string): KubeObject => ({ apiVersion: "v1", kind: "Service", metadata: { name, namespace: id }, spec: { selector: { app: name }, ports: [{ port: 80 }] } });
const budget = (id: string, name: string): KubeObject => ({ apiVersion: "policy/v1", kind: "PodDisruptionBudget", metadata: { name, namespace: id }, spec: { minAvailable: "100%", selector: { matchLabels: { app: name } } } });
const at = (seconds: number, act: FailureAct): { atMs: number; act: FailureAct } => ({ atMs: seconds * SECOND_MS, act });
const silence = (...nodes: string[]): FailureAct => ({ does: "silence", nodes });
const back = (...nodes: string[]): FailureAct => ({ does: "return", nodes });
const join = (...nodes: string[]): FailureAct => ({ does: "join", nodes });

function failureCase(id: string, what: string, rest: Omit<FailureCase, "id" | "what" | "objects" | "untilMs"> & { objects: (id: string) => KubeObject[]; untilSeconds: number }): FailureCase {
  const { objects, untilSeconds, ...others } = rest;
  return { id, what, ...others, objects: objects(id), untilMs: untilSeconds * SECOND_MS };
}

const APART: FailureWorld = {
  id: "apart",
  cases: [
    failureCase("one-of-two", "one node's lease stops, default tolerations", {
      nodes: ["n1"],
      objects: (id) => [workload("Deployment", id, "web", 2), service(id, "web")],
      steps: [at(0, join("n2")), at(5, silence("n1"))],
      untilSeconds: 385,
    }),
    failureCase("daemon-set", "a DaemonSet's pods are not evicted", {
      nodes: ["n1", "n2"],
      objects: (id) => [workload("DaemonSet", id, "each", 0), service(id, "each")],
      steps: [at(5, silence("n1"))],
      untilSeconds: 380,
    }),
    failureCase("two-of-three", "two nodes of a zone of three: the second is tainted later", {
      nodes: ["n1", "n2"],
      objects: (id) => [workload("DaemonSet", id, "each", 0), workload("Deployment", id, "web", 2, { ...SHORT, ...oneEach("web") })],
      steps: [at(0, join("n3")), at(5, silence("n1", "n2"))],
      untilSeconds: 125,
    }),
    failureCase("three-of-four", "three nodes of a zone of four: partial disruption, nobody is evicted", {
      nodes: ["n1", "n2", "n3"],
      objects: (id) => [workload("DaemonSet", id, "each", 0), workload("Deployment", id, "web", 3, { ...SHORT, ...oneEach("web") })],
      steps: [at(0, join("n4")), at(5, silence("n1", "n2", "n3"))],
      untilSeconds: 160,
      chance: oneMaySlipThrough(),
    }),
    failureCase("whole-zone", "all nodes of one zone while others live: the normal rate", {
      nodes: ["n1", "n2", "n3"],
      objects: (id) => [workload("DaemonSet", id, "each", 0), service(id, "each")],
      steps: [at(5, silence("n1", "n2", "n3"))],
      untilSeconds: 125,
    }),
    failureCase("short-flap", "silent for 30 s: nothing happens", {
      nodes: ["n1"],
      objects: (id) => [workload("Deployment", id, "web", 1), service(id, "web")],
      steps: [at(5, silence("n1")), at(35, back("n1"))],
      untilSeconds: 100,
    }),
    failureCase("flap", "silent for 80 s: not ready, back before anyone is evicted", {
      nodes: ["n1"],
      objects: (id) => [workload("Deployment", id, "web", 1), service(id, "web")],
      steps: [at(5, silence("n1")), at(85, back("n1"))],
      untilSeconds: 150,
    }),
    failureCase("short-toleration", "tolerations of 20 s", {
      nodes: ["n1"],
      objects: (id) => [workload("Deployment", id, "web", 2, SHORT), service(id, "web")],
      steps: [at(0, join("n2")), at(5, silence("n1"))],
      untilSeconds: 120,
    }),
    failureCase("no-limit", "a pod that tolerates both taints without a limit stays", {
      nodes: ["n1"],
      objects: (id) => [workload("Deployment", id, "web", 1, tolerating(undefined))],
      steps: [at(0, join("n2")), at(5, silence("n1"))],
      untilSeconds: 120,
    }),
    failureCase("stateful-set", "a StatefulSet's pod on a lost node ends for ever and is not replaced", {
      nodes: ["n1"],
      objects: (id) => [workload("StatefulSet", id, "db", 1, SHORT), service(id, "db")],
      steps: [at(0, join("n2")), at(5, silence("n1"))],
      untilSeconds: 180,
    }),
    failureCase("out-of-service", "the same, then somebody taints the node out-of-service", {
      nodes: ["n1"],
      objects: (id) => [workload("StatefulSet", id, "db", 1, SHORT), service(id, "db")],
      steps: [at(0, join("n2")), at(5, silence("n1")), at(110, { does: "taint", node: "n1", key: "node.kubernetes.io/out-of-service", effect: "NoExecute" })],
      untilSeconds: 160,
    }),
    failureCase("node-deleted", "the same, then somebody deletes the node", {
      nodes: ["n1"],
      objects: (id) => [workload("StatefulSet", id, "db", 1, SHORT)],
      steps: [at(0, join("n2")), at(5, silence("n1")), at(110, { does: "delete-node", node: "n1" })],
      untilSeconds: 200,
    }),
    failureCase("budget", "a budget that wants all pods does not keep taints from evicting, only the eviction API", {
      nodes: ["n1"],
      objects: (id) => [workload("Deployment", id, "web", 2, SHORT), budget(id, "web")],
      steps: [at(0, join("n2")), at(3, { does: "evict" }), at(5, silence("n1"))],
      untilSeconds: 120,
    }),
    failureCase("return", "the node is back after its pods were evicted and replaced", {
      nodes: ["n1"],
      objects: (id) => [workload("Deployment", id, "web", 1, SHORT), workload("StatefulSet", id, "db", 1, SHORT), service(id, "web")],
      steps: [at(0, join("n2")), at(5, silence("n1")), at(115, back("n1"))],
      untilSeconds: 160,
    }),
    failureCase("says-not-ready", "a kubelet that says itself that it is not ready, then falls silent", {
      nodes: ["n1"],
      objects: (id) => [workload("Deployment", id, "web", 1, tolerating(40)), service(id, "web")],
      steps: [at(0, join("n2")), at(5, { does: "unwell", nodes: ["n1"] }), at(20, silence("n1"))],
      untilSeconds: 130,
    }),
  ],
};

/** Control loops that start anew forget what they have seen: grace and tolerations begin again. */
const RESTARTED: FailureWorld = {
  id: "restarted",
  isTogether: true,
  cases: [
    failureCase("restart-in-grace", "the controller manager starts anew 40 s into the silence", {
      nodes: ["n1"],
      objects: (id) => [workload("Deployment", id, "web", 1, SHORT), service(id, "web")],
      steps: [at(0, join("n2")), at(5, silence("n1")), at(45, { does: "restart-controllers" })],
      untilSeconds: 160,
    }),
    failureCase("restart-in-toleration", "the same restart meets a pod that had tolerated the taint for a while", {
      nodes: ["n1"],
      objects: (id) => [workload("Deployment", id, "web", 1, tolerating(60, ["broken"]))],
      // A taint of somebody's own: the kubelet is well, and the clock of the toleration is all that counts.
      steps: [at(0, join("n2")), at(5, { does: "taint", node: "n1", key: "broken", effect: "NoExecute" })],
      untilSeconds: 160,
    }),
  ],
};

const ALL_SILENT: FailureWorld = {
  id: "all-silent",
  isTogether: true,
  cases: [
    failureCase("everybody", "all nodes of all zones are silent: taints are taken off, nobody is evicted", {
      nodes: ["n1"],
      objects: (id) => [workload("Deployment", id, "web", 1, SHORT)],
      steps: [at(5, silence("n1"))],
      untilSeconds: 130,
      chance: oneMaySlipThrough(),
    }),
    failureCase("everybody-else", "the other zone of the same, until one of its nodes is back", {
      nodes: ["n1", "n2"],
      objects: (id) => [workload("DaemonSet", id, "each", 0), workload("Deployment", id, "web", 2, { ...SHORT, ...oneEach("web") })],
      steps: [at(5, silence("n1", "n2")), at(130, back("n2"))],
      untilSeconds: 240,
      // The one that stays silent is tainted once the other is back, or before, if it is the one.
      chance: oneMaySlipThrough(130),
    }),
  ],
};

export const FAILURE_WORLDS: readonly FailureWorld[] = [APART, RESTARTED, ALL_SILENT];
