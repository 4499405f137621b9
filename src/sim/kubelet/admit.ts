/** The kubelet's own check of a pod that was bound to it: the scheduler may have been bypassed or too late (kubelet `lifecycle/predicate.go`). */
import { requiredNodeAffinityMatches } from "../scheduler/node-selector.ts";
import { NodeInfo } from "../scheduler/node-info.ts";
import { type PodInfo, podInfo } from "../scheduler/pod-info.ts";
import { amountOf } from "../scheduler/pod-requests.ts";
import { isTolerated } from "../scheduler/taints.ts";
import type { Node, Pod } from "./pod.ts";

const RESOURCES = ["cpu", "memory", "ephemeral-storage"];

export function admissionProblem(pod: Pod, node: Node, others: readonly PodInfo[], wanted = podInfo(pod)): { reason: string; message: string } | undefined {
  const allocatable = (node.status?.allocatable ?? {}) as Record<string, string | number>;
  const podCountMax = amountOf("pods", allocatable["pods"]);
  const outOf = (resource: string, requested: number, used: number, capacity: number): { reason: string; message: string } => ({
    reason: `OutOf${resource}`,
    message: `Node didn't have enough resource: ${resource}, requested: ${requested}, used: ${used}, capacity: ${capacity}`,
  });
  if (others.length + 1 > podCountMax) return outOf("pods", 1, others.length, podCountMax);
  for (const resource of [...RESOURCES, ...[...wanted.requests.keys()].filter((name) => !RESOURCES.includes(name))]) {
    const amount = wanted.requests.get(resource) ?? 0;
    if (amount <= 0) continue;
    let used = 0;
    for (const other of others) used += other.requests.get(resource) ?? 0;
    const capacity = amountOf(resource, allocatable[resource]);
    if (amount > capacity - used) return outOf(resource, amount, used, capacity);
  }
  const failed = (name: string, why: string): { reason: string; message: string } => ({ reason: name, message: `Predicate ${name} failed: ${why}` });
  if (!requiredNodeAffinityMatches(pod, node)) return failed("NodeAffinity", "node(s) didn't match Pod's node affinity/selector");
  if (arePortsTaken(wanted, node, others)) return failed("NodePorts", "node(s) didn't have free ports for the requested pod ports");
  const expelling = (node.spec?.taints ?? []).find((taint) => taint.effect === "NoExecute" && !isTolerated(taint, pod.spec.tolerations));
  if (expelling !== undefined && !isStatic(pod)) return failed("TaintToleration", "node(s) had taints that the pod didn't tolerate");
  return undefined;
}

function arePortsTaken(wanted: PodInfo, node: Node, others: readonly PodInfo[]): boolean {
  if (wanted.hostPorts.length === 0) return false;
  const info = new NodeInfo(node);
  for (const other of others) info.addPod(other);
  return wanted.hostPorts.some((port) => info.portTaken(port));
}

export function isStatic(pod: Pod): boolean {
  return pod.metadata.annotations?.["kubernetes.io/config.source"] === "file";
}
