/** What names an object to people, in plans and in messages: `Deployment gazette/gazette`. */
import type { KubeObject } from "../objects/kube-object.ts";

export type NamedObject = Pick<KubeObject, "apiVersion" | "kind"> & { readonly metadata: { readonly namespace?: string | undefined; readonly name: string } };

/** With the group where two groups have a kind of that name that this house uses: databases and load balancers call much a Cluster. */
const AMBIGUOUS_KINDS = new Set(["Cluster", "Service", "Ingress", "Database", "User", "Backup", "Gateway", "Certificate", "Issuer", "NetworkPolicy", "Node"]);

export function groupOf(apiVersion: string): string {
  return apiVersion.includes("/") ? apiVersion.slice(0, apiVersion.indexOf("/")) : "";
}

export function nameOf({ apiVersion, kind, metadata }: NamedObject): string {
  const group = groupOf(apiVersion);
  const isBuiltIn = !group.includes(".") || group.endsWith(".k8s.io");
  const shown = AMBIGUOUS_KINDS.has(kind) && !isBuiltIn ? `${kind}.${group}` : kind;
  return `${shown} ${metadata.namespace === undefined ? "" : `${metadata.namespace}/`}${metadata.name}`;
}
