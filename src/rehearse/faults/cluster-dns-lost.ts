import { setCrashing } from "./crashing.ts";
import type { FaultEffect } from "./fault-effect.ts";

/** CoreDNS, in the manifests of k3s and of kubeadm. */
const LABELS = { "k8s-app": "kube-dns" };

export const CLUSTER_DNS_LOST_EFFECT: FaultEffect = {
  begin: (struck) => setCrashing(struck, LABELS, true),
  end: (struck) => setCrashing(struck, LABELS, false),
};
