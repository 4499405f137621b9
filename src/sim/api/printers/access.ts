import type { KubeObject } from "../../../objects/kube-object.ts";
import { age, humanDuration, type Cell } from "./cells.ts";

interface Subject {
  kind: string;
  name: string;
  namespace?: string;
}

/** The row of RoleBindings and ClusterRoleBindings. */
export function printRoleBinding(object: KubeObject, nowMs: number): Cell[] {
  const subjects = (object["subjects"] ?? []) as Subject[];
  const names = (kind: string): string => subjects.filter((one) => one.kind === kind).map((one) => (kind === "ServiceAccount" ? `${one.namespace ?? ""}/${one.name}` : one.name)).join(", ");
  return [object.metadata.name, `${object["roleRef"]?.kind ?? ""}/${object["roleRef"]?.name ?? ""}`, age(object, nowMs), names("User"), names("Group"), names("ServiceAccount")];
}

/** Roles and ClusterRoles are shown by the time of their creation. */
export function printCreatedAt(object: KubeObject): Cell[] {
  return [object.metadata.name, object.metadata.creationTimestamp ?? "<unknown>"];
}

function requestStatus(object: KubeObject): string {
  const types = new Set(((object["status"]?.conditions ?? []) as { type: string }[]).map((one) => one.type));
  const words = [types.has("Denied") ? "Denied" : types.has("Approved") ? "Approved" : "Pending"];
  if (types.has("Failed")) words.push("Failed");
  if (object["status"]?.certificate) words.push("Issued");
  return words.join(",");
}

export function printCertificateSigningRequest(object: KubeObject, nowMs: number): Cell[] {
  const spec = object["spec"] ?? {};
  const duration = spec.expirationSeconds == null ? "<none>" : humanDuration(spec.expirationSeconds * 1000);
  return [object.metadata.name, age(object, nowMs), spec.signerName || "<none>", spec.username ?? "", duration, requestStatus(object)];
}
