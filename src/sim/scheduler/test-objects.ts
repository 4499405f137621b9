/** Small objects for the tests of this folder. */
import type { KubeObject } from "../../objects/kube-object.ts";
import type { Node, Pod, PodSpec } from "../kubelet/pod.ts";

export interface NodeOptions {
  cpu?: string;
  memory?: string;
  pods?: string;
  labels?: Record<string, string>;
  taints?: { key: string; value?: string; effect: "NoSchedule" | "PreferNoSchedule" | "NoExecute" }[];
  unschedulable?: boolean;
  images?: { names: string[]; sizeBytes: number }[];
}

export function testNode(name: string, options: NodeOptions = {}): Node {
  const resources = { cpu: options.cpu ?? "4", memory: options.memory ?? "8Gi", "ephemeral-storage": "32Gi", pods: options.pods ?? "110" };
  return {
    apiVersion: "v1",
    kind: "Node",
    metadata: { name, labels: { "kubernetes.io/hostname": name, ...options.labels } },
    spec: { ...(options.taints ? { taints: options.taints } : {}), ...(options.unschedulable ? { unschedulable: true } : {}) },
    status: { capacity: resources, allocatable: resources, ...(options.images ? { images: options.images } : {}) },
  };
}

export function testPod(name: string, spec: Partial<PodSpec> = {}, metadata: Partial<KubeObject["metadata"]> = {}): Pod {
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name, namespace: "default", ...metadata },
    spec: { containers: [{ name: "app", image: "ghcr.io/example/app:1" }], ...spec },
  };
}

/** The part of a pod spec that asks for so much. */
export function requests(cpu: string, memory: string): Pick<PodSpec, "containers"> {
  return { containers: [{ name: "app", image: "ghcr.io/example/app:1", resources: { requests: { cpu, memory } } }] };
}
