/** The shapes of the objects that scheduler, kubelets and ingress read and write, narrowed from `KubeObject`. */
import type { IContainer } from "kubernetes-models/v1/Container";
import type { IContainerState } from "kubernetes-models/v1/ContainerState";
import type { IContainerStatus } from "kubernetes-models/v1/ContainerStatus";
import type { INodeSpec } from "kubernetes-models/v1/NodeSpec";
import type { INodeStatus } from "kubernetes-models/v1/NodeStatus";
import type { IPodCondition } from "kubernetes-models/v1/PodCondition";
import type { IPodSpec } from "kubernetes-models/v1/PodSpec";
import type { IPodStatus } from "kubernetes-models/v1/PodStatus";
import type { IProbe } from "kubernetes-models/v1/Probe";
import type { ITaint } from "kubernetes-models/v1/Taint";
import type { IToleration } from "kubernetes-models/v1/Toleration";
import type { IVolume } from "kubernetes-models/v1/Volume";
import type { KubeObject } from "../../objects/kube-object.ts";

export type PodSpec = IPodSpec;
export type PodStatus = IPodStatus;
export type PodCondition = IPodCondition;
export type Container = IContainer;
export type ContainerState = IContainerState;
export type ContainerStatus = IContainerStatus;
export type Probe = IProbe;
export type Taint = ITaint;
export type Toleration = IToleration;
export type Volume = IVolume;

export interface Pod extends KubeObject {
  spec: PodSpec;
  status?: PodStatus;
}

export interface Node extends KubeObject {
  spec: INodeSpec;
  status?: INodeStatus;
}

/** `name_namespace(uid)`: how the kubelet names a pod in messages. */
export function formatPod(pod: Pod): string {
  return `${pod.metadata.name}_${pod.metadata.namespace}(${pod.metadata.uid})`;
}

export function isTerminalPod(pod: Pod): boolean {
  return pod.status?.phase === "Succeeded" || pod.status?.phase === "Failed";
}

/** A sidecar: an init container that keeps running beside the others. */
export function isRestartableInit(container: Container): boolean {
  return container.restartPolicy === "Always";
}
