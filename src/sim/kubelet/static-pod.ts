/** Pods that a machine runs from its own files, and the objects that stand for them in the API (kubelet `pod/mirror_client.go`). */
import { rfc3339 } from "../../lib/rfc3339.ts";
import type { KubeObject } from "../../objects/kube-object.ts";
import type { Node, Pod } from "./pod.ts";

const MIRROR = "kubernetes.io/config.mirror";

export function isMirror(pod: Pod): boolean {
  return pod.metadata.annotations?.[MIRROR] !== undefined;
}

export function mirrorPod(manifest: KubeObject, node: Node, hash: string, nowMs: number): Pod {
  const { name, namespace = "kube-system", labels, annotations } = manifest.metadata;
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      name: `${name}-${node.metadata.name}`,
      namespace,
      ...(labels ? { labels } : {}),
      annotations: {
        ...annotations,
        "kubernetes.io/config.hash": hash,
        [MIRROR]: hash,
        "kubernetes.io/config.seen": rfc3339(nowMs),
        "kubernetes.io/config.source": "file",
      },
      ownerReferences: [{ apiVersion: "v1", kind: "Node", name: node.metadata.name, uid: node.metadata.uid ?? "", controller: true }],
    },
    spec: {
      ...(manifest["spec"] as Pod["spec"]),
      nodeName: node.metadata.name,
      tolerations: [{ operator: "Exists", effect: "NoExecute" }],
    },
  };
}
