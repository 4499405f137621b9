/** Every live namespace has the ConfigMap `kube-root-ca.crt` (`pkg/controller/certificates/rootcacertpublisher`). */
import { isNamespaceTerminating } from "../pod-control.ts";
import type { Reconciler } from "../reconciler.ts";

const NAME = "kube-root-ca.crt";
const DESCRIPTION =
  "Contains a CA bundle that can be used to verify the kube-apiserver when using internal endpoints such as the internal service IP or kubernetes.default.svc. " +
  "No other usage is guaranteed across distributions of Kubernetes clusters.";

/** `ca` in PEM. */
export function rootCaPublisher(ca: string): Reconciler {
  return {
    name: "root-ca-certificate-publisher-controller",
    watches: [
      { type: "namespaces" },
      { type: "configmaps", keys: ({ type, object }) => (type !== "ADDED" && object.metadata.name === NAME ? [object.metadata.namespace ?? ""] : []) },
    ],
    sync(namespace, { client }) {
      const found = client.get("namespaces", undefined, namespace);
      if (found === undefined || found.metadata.deletionTimestamp !== undefined) return;
      const current = client.get("configmaps", namespace, NAME);
      const annotations = { ...current?.metadata.annotations, "kubernetes.io/description": DESCRIPTION };
      const data = { "ca.crt": ca };
      if (current === undefined) {
        try {
          client.create("configmaps", { apiVersion: "v1", kind: "ConfigMap", metadata: { name: NAME, namespace, annotations }, data });
        } catch (error) {
          if (!isNamespaceTerminating(error)) throw error;
        }
      } else if (current.data?.["ca.crt"] !== ca || Object.keys(current.data).length !== 1 || current.metadata.annotations?.["kubernetes.io/description"] !== DESCRIPTION) {
        client.update("configmaps", { ...current, metadata: { ...current.metadata, annotations }, data });
      }
    },
  };
}
