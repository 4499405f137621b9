/** What controllers put into every namespace, for tests that start none of them. */
import type { SimClient } from "../api/client.ts";

export function prepareNamespace(client: SimClient, namespace = "default"): void {
  if (!client.get("serviceaccounts", namespace, "default")) client.create("serviceaccounts", { apiVersion: "v1", kind: "ServiceAccount", metadata: { name: "default", namespace } });
  client.create("configmaps", { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "kube-root-ca.crt", namespace }, data: { "ca.crt": "test" } });
}
