/** The Node object a kubelet makes of its machine (kubelet `nodestatus/setters.go`, `kubelet_node_status.go`). */
import { equalJson } from "../../lib/json.ts";
import { rfc3339 } from "../../lib/rfc3339.ts";
import type { INodeCondition } from "kubernetes-models/v1/NodeCondition";
import type { SimMachine } from "../machine.ts";
import type { StoredImage } from "./image-store.ts";
import { thresholdBytes } from "./kubelet-settings.ts";
import type { Node } from "./pod.ts";

/** `nodeStatusMaxImages` */
const IMAGES_COUNT_MAX = 50;

export interface NodeConditions {
  memoryPressure: boolean;
  diskPressure: boolean;
  /** What keeps the node from being ready, in the kubelet's words; empty when it is. */
  notReadyBecause: readonly string[];
}

export const NETWORK_NOT_READY =
  "container runtime network not ready: NetworkReady=false reason:NetworkPluginNotReady message:Network plugin returns error: cni plugin not initialized";

export function machineResources(machine: SimMachine): { capacity: Record<string, string>; allocatable: Record<string, string> } {
  const { reserved } = machine;
  // What hard eviction keeps free is no pod's (kubelet `cm/helpers.go`, `hardEvictionReservation`).
  const { memory, nodefs } = machine.kubelet.evictionHard;
  return {
    capacity: {
      cpu: cpuText(machine.cpuMilli),
      "ephemeral-storage": `${Math.floor(machine.diskBytes / 1024)}Ki`,
      "hugepages-2Mi": "0",
      memory: `${Math.floor(machine.memoryBytes / 1024)}Ki`,
      pods: String(machine.maxPods),
    },
    allocatable: {
      cpu: cpuText(machine.cpuMilli - reserved.cpuMilli),
      "ephemeral-storage": String(Math.floor(machine.diskBytes) - thresholdBytes(nodefs?.value, Math.floor(machine.diskBytes))),
      "hugepages-2Mi": "0",
      memory: `${Math.floor(Math.max(0, machine.memoryBytes - reserved.memoryBytes - thresholdBytes(memory?.value, machine.memoryBytes)) / 1024)}Ki`,
      pods: String(machine.maxPods),
    },
  };
}

function cpuText(milli: number): string {
  return milli % 1000 === 0 ? String(milli / 1000) : `${milli}m`;
}

/** What is registered at the first start; the status follows in its own write. */
export function initialNode(machine: SimMachine): Node {
  const { architecture, name } = machine;
  return {
    apiVersion: "v1",
    kind: "Node",
    metadata: {
      name,
      labels: {
        "beta.kubernetes.io/arch": architecture,
        "beta.kubernetes.io/os": "linux",
        "kubernetes.io/arch": architecture,
        "kubernetes.io/hostname": name,
        "kubernetes.io/os": "linux",
        ...machine.labels,
      },
      annotations: { "volumes.kubernetes.io/controller-managed-attach-detach": "true" },
    },
    spec: {
      // No controller here hands out pod ranges: the machine knows its own.
      ...(machine.podCidrs.length > 0 ? { podCIDR: machine.podCidrs[0]!, podCIDRs: [...machine.podCidrs] } : {}),
      ...(machine.taints.length > 0 ? { taints: machine.taints.map((taint) => ({ ...taint })) } : {}),
    },
  };
}

export interface NodeIdentity {
  /** Same for the life of the machine. */
  machineId: string;
  /** New at every boot. */
  bootId: string;
}

export function nodeStatus(
  machine: SimMachine,
  identity: NodeIdentity,
  conditions: NodeConditions,
  images: readonly StoredImage[],
  before: Node["status"],
  nowMs: number,
): NonNullable<Node["status"]> {
  const addresses = [...machine.addresses];
  if (!addresses.some(({ type }) => type === "Hostname")) addresses.push({ type: "Hostname", address: machine.name });
  const status: NonNullable<Node["status"]> = {
    ...before,
    addresses,
    ...machineResources(machine),
    conditions: nodeConditions(conditions, before?.conditions ?? [], nowMs),
    daemonEndpoints: { kubeletEndpoint: { Port: 10250 } },
    images: [...images]
      .sort((a, b) => b.sizeBytes - a.sizeBytes || (a.reference > b.reference ? -1 : 1))
      .slice(0, IMAGES_COUNT_MAX)
      .map(({ name, reference, sizeBytes }) => ({ names: [reference, name], sizeBytes })),
    nodeInfo: {
      architecture: machine.architecture,
      bootID: identity.bootId,
      containerRuntimeVersion: machine.containerRuntime,
      kernelVersion: machine.kernelVersion,
      kubeProxyVersion: "",
      kubeletVersion: machine.kubeletVersion,
      machineID: identity.machineId,
      operatingSystem: "linux",
      osImage: machine.osImage,
      systemUUID: identity.machineId,
    },
    runtimeHandlers: [{ name: "", features: { recursiveReadOnlyMounts: true, userNamespaces: true } }],
    features: { supplementalGroupsPolicy: true },
  };
  // All but the heartbeats says the same for the life of a machine: what is the very value of before is neither copied, defaulted nor compared on its way to the store.
  if (before !== undefined) for (const field of LASTING) if (equalJson(status[field], before[field])) Object.assign(status, { [field]: before[field] });
  return status;
}

const LASTING = ["addresses", "capacity", "allocatable", "daemonEndpoints", "images", "nodeInfo", "runtimeHandlers", "features"] as const;

function nodeConditions(state: NodeConditions, before: readonly INodeCondition[], nowMs: number): INodeCondition[] {
  const now = rfc3339(nowMs);
  const isReady = state.notReadyBecause.length === 0;
  const wanted: Omit<INodeCondition, "lastHeartbeatTime" | "lastTransitionTime">[] = [
    state.memoryPressure
      ? { type: "MemoryPressure", status: "True", reason: "KubeletHasInsufficientMemory", message: "kubelet has insufficient memory available" }
      : { type: "MemoryPressure", status: "False", reason: "KubeletHasSufficientMemory", message: "kubelet has sufficient memory available" },
    state.diskPressure
      ? { type: "DiskPressure", status: "True", reason: "KubeletHasDiskPressure", message: "kubelet has disk pressure" }
      : { type: "DiskPressure", status: "False", reason: "KubeletHasNoDiskPressure", message: "kubelet has no disk pressure" },
    { type: "PIDPressure", status: "False", reason: "KubeletHasSufficientPID", message: "kubelet has sufficient PID available" },
    isReady
      ? { type: "Ready", status: "True", reason: "KubeletReady", message: "kubelet is posting ready status" }
      : { type: "Ready", status: "False", reason: "KubeletNotReady", message: aggregate(state.notReadyBecause) },
  ];
  const foreign = before.filter(({ type }) => !wanted.some((condition) => condition.type === type));
  return [
    ...foreign,
    ...wanted.map((condition) => {
      const old = before.find(({ type }) => type === condition.type);
      const lastTransitionTime = old?.status === condition.status && old.lastTransitionTime ? old.lastTransitionTime : now;
      return { ...condition, lastHeartbeatTime: now, lastTransitionTime };
    }),
  ];
}

/** Go's aggregate of errors. */
function aggregate(errors: readonly string[]): string {
  return errors.length === 1 ? errors[0]! : `[${errors.join(", ")}]`;
}
