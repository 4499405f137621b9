/** A pod with everything the scheduler computes of it once: requests, ports, affinity terms, priority. */
import type { Pod } from "../kubelet/pod.ts";
import type { AffinityTerm } from "./affinity-term.ts";
import { affinityTerm } from "./affinity-term.ts";
import type { Amounts } from "./pod-requests.ts";
import { podRequests } from "./pod-requests.ts";

export interface HostPort {
  ip: string;
  protocol: string;
  port: number;
}

export interface PodInfo {
  pod: Pod;
  /** `namespace/name`. */
  key: string;
  priority: number;
  requests: Amounts;
  nonZeroMilliCpu: number;
  nonZeroMemory: number;
  hostPorts: readonly HostPort[];
  /** Names of claims in the pod's namespace, generic ephemeral volumes included. */
  claimNames: readonly string[];
  requiredAffinity: readonly AffinityTerm[];
  requiredAntiAffinity: readonly AffinityTerm[];
  preferredAffinity: readonly AffinityTerm[];
  preferredAntiAffinity: readonly AffinityTerm[];
}

type Demand = Pick<PodInfo, "requests" | "nonZeroMilliCpu" | "nonZeroMemory" | "hostPorts">;

/** A pod's status changes often, what it asks for hardly ever: computed once for each object that says it. */
const demands = new WeakMap<Pod["spec"], Demand>();

function demandOf(pod: Pod): Demand {
  let demand = demands.get(pod.spec);
  if (demand === undefined) {
    const nonZero = podRequests(pod, true);
    demand = { requests: podRequests(pod), nonZeroMilliCpu: nonZero.get("cpu") ?? 0, nonZeroMemory: nonZero.get("memory") ?? 0, hostPorts: hostPortsOf(pod) };
    demands.set(pod.spec, demand);
  }
  return demand;
}

export function podInfo(pod: Pod): PodInfo {
  const { podAffinity, podAntiAffinity } = pod.spec.affinity ?? {};
  const { requests, nonZeroMilliCpu, nonZeroMemory, hostPorts } = demandOf(pod);
  return {
    pod,
    key: `${pod.metadata.namespace}/${pod.metadata.name}`,
    priority: pod.spec.priority ?? 0,
    requests,
    nonZeroMilliCpu,
    nonZeroMemory,
    hostPorts,
    claimNames: claimNames(pod),
    requiredAffinity: (podAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? []).map((term) => affinityTerm(pod, term, 0)),
    requiredAntiAffinity: (podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? []).map((term) => affinityTerm(pod, term, 0)),
    preferredAffinity: (podAffinity?.preferredDuringSchedulingIgnoredDuringExecution ?? []).map((term) => affinityTerm(pod, term.podAffinityTerm, term.weight)),
    preferredAntiAffinity: (podAntiAffinity?.preferredDuringSchedulingIgnoredDuringExecution ?? []).map((term) =>
      affinityTerm(pod, term.podAffinityTerm, term.weight),
    ),
  };
}

/** Ports taken on the node: of containers and of sidecars, as the scheduler's `GetHostPorts` does. */
function hostPortsOf(pod: Pod): HostPort[] {
  const containers = [...pod.spec.containers, ...(pod.spec.initContainers ?? []).filter((container) => container.restartPolicy === "Always")];
  return containers.flatMap((container) =>
    (container.ports ?? [])
      .filter((port) => (port.hostPort ?? 0) > 0)
      .map((port) => ({ ip: port.hostIP || "0.0.0.0", protocol: port.protocol ?? "TCP", port: port.hostPort! })),
  );
}

function claimNames(pod: Pod): string[] {
  return (pod.spec.volumes ?? []).flatMap((volume) => {
    if (volume.persistentVolumeClaim) return [volume.persistentVolumeClaim.claimName];
    return volume.ephemeral ? [`${pod.metadata.name}-${volume.name}`] : [];
  });
}
