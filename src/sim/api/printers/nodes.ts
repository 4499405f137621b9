import type { KubeObject } from "../../../objects/kube-object.ts";
import { age, conditionOf, type Cell } from "./cells.ts";

const ROLE_PREFIX = "node-role.kubernetes.io/";

/** From the labels `node-role.kubernetes.io/ROLE` and `kubernetes.io/role=ROLE`. */
function rolesOf(node: KubeObject): string[] {
  const roles = new Set<string>();
  for (const [key, value] of Object.entries(node.metadata.labels ?? {})) {
    if (key.startsWith(ROLE_PREFIX) && key.length > ROLE_PREFIX.length) roles.add(key.slice(ROLE_PREFIX.length));
    else if (key === "kubernetes.io/role" && value !== "") roles.add(value);
  }
  return [...roles].sort();
}

function addressOf(node: KubeObject, type: string): string {
  return ((node["status"]?.addresses ?? []) as { type: string; address: string }[]).find((one) => one.type === type)?.address ?? "<none>";
}

export function printNode(node: KubeObject, nowMs: number): Cell[] {
  const ready = conditionOf(node, "Ready");
  const status = [ready === undefined ? "Unknown" : ready.status === "True" ? "Ready" : "NotReady"];
  if (node["spec"]?.unschedulable) status.push("SchedulingDisabled");
  const info = node["status"]?.nodeInfo ?? {};
  const kernel = info.kernelVersion || "<unknown>";
  return [
    node.metadata.name,
    status.join(","),
    rolesOf(node).join(",") || "<none>",
    age(node, nowMs),
    info.kubeletVersion ?? "",
    addressOf(node, "InternalIP"),
    addressOf(node, "ExternalIP"),
    info.osImage || "<unknown>",
    info.architecture ? `${kernel} (${info.architecture})` : kernel,
    info.containerRuntimeVersion || "<unknown>",
  ];
}
