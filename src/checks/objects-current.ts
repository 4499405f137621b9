/** The user's own objects are of kinds that the API still serves. */
import { parseKubernetesVersion } from "../config/kubernetes-versions.ts";
import type { Check, CheckResult } from "./check.ts";

interface GoneKind {
  apiVersion: string;
  /** Undefined: every kind of this version. */
  kinds?: readonly string[];
  /** The Kubernetes minor that no longer serves it; where another project dropped it, `since`. */
  minor?: number;
  since?: string;
  instead: string;
}

const PSP = "Use Pod Security levels on namespaces (apps' security: baseline or restricted), or a ValidatingAdmissionPolicy.";

/** kubernetes.io, deprecated API migration guide; of other projects their own release notes. */
const GONE: readonly GoneKind[] = [
  { apiVersion: "policy/v1beta1", kinds: ["PodSecurityPolicy"], minor: 25, instead: PSP },
  { apiVersion: "extensions/v1beta1", kinds: ["PodSecurityPolicy"], minor: 16, instead: PSP },
  { apiVersion: "extensions/v1beta1", kinds: ["Deployment", "DaemonSet", "ReplicaSet"], minor: 16, instead: "apps/v1" },
  { apiVersion: "extensions/v1beta1", kinds: ["Ingress"], minor: 22, instead: "networking.k8s.io/v1" },
  { apiVersion: "extensions/v1beta1", kinds: ["NetworkPolicy"], minor: 16, instead: "networking.k8s.io/v1" },
  { apiVersion: "apps/v1beta1", minor: 16, instead: "apps/v1" },
  { apiVersion: "apps/v1beta2", minor: 16, instead: "apps/v1" },
  { apiVersion: "networking.k8s.io/v1beta1", kinds: ["Ingress", "IngressClass"], minor: 22, instead: "networking.k8s.io/v1" },
  { apiVersion: "rbac.authorization.k8s.io/v1beta1", minor: 22, instead: "rbac.authorization.k8s.io/v1" },
  { apiVersion: "apiextensions.k8s.io/v1beta1", minor: 22, instead: "apiextensions.k8s.io/v1" },
  { apiVersion: "admissionregistration.k8s.io/v1beta1", kinds: ["ValidatingWebhookConfiguration", "MutatingWebhookConfiguration"], minor: 22, instead: "admissionregistration.k8s.io/v1" },
  { apiVersion: "scheduling.k8s.io/v1beta1", kinds: ["PriorityClass"], minor: 22, instead: "scheduling.k8s.io/v1" },
  { apiVersion: "storage.k8s.io/v1beta1", kinds: ["StorageClass", "CSIDriver", "CSINode", "VolumeAttachment"], minor: 22, instead: "storage.k8s.io/v1" },
  { apiVersion: "storage.k8s.io/v1beta1", kinds: ["CSIStorageCapacity"], minor: 27, instead: "storage.k8s.io/v1" },
  { apiVersion: "batch/v1beta1", kinds: ["CronJob"], minor: 25, instead: "batch/v1" },
  { apiVersion: "discovery.k8s.io/v1beta1", minor: 25, instead: "discovery.k8s.io/v1" },
  { apiVersion: "events.k8s.io/v1beta1", minor: 25, instead: "events.k8s.io/v1" },
  { apiVersion: "policy/v1beta1", kinds: ["PodDisruptionBudget"], minor: 25, instead: "policy/v1" },
  { apiVersion: "node.k8s.io/v1beta1", minor: 25, instead: "node.k8s.io/v1" },
  { apiVersion: "autoscaling/v2beta1", minor: 25, instead: "autoscaling/v2" },
  { apiVersion: "autoscaling/v2beta2", minor: 26, instead: "autoscaling/v2" },
  { apiVersion: "flowcontrol.apiserver.k8s.io/v1beta1", minor: 26, instead: "flowcontrol.apiserver.k8s.io/v1" },
  { apiVersion: "flowcontrol.apiserver.k8s.io/v1beta2", minor: 29, instead: "flowcontrol.apiserver.k8s.io/v1" },
  { apiVersion: "flowcontrol.apiserver.k8s.io/v1beta3", minor: 32, instead: "flowcontrol.apiserver.k8s.io/v1" },
  { apiVersion: "traefik.containo.us/v1alpha1", since: "Traefik 3", instead: "traefik.io/v1alpha1" },
  { apiVersion: "cert-manager.io/v1alpha2", since: "cert-manager 1.6", instead: "cert-manager.io/v1" },
  { apiVersion: "cert-manager.io/v1alpha3", since: "cert-manager 1.6", instead: "cert-manager.io/v1" },
  { apiVersion: "cert-manager.io/v1beta1", since: "cert-manager 1.6", instead: "cert-manager.io/v1" },
];

export const objectsCurrent: Check = {
  id: "objects-current",
  severity: "error",
  summary: "Own objects use API versions that this Kubernetes version serves.",
  why: "The API answers `no matches for kind` to a version that it no longer has: the object is never made (kubernetes.io, deprecated API migration guide).",
  examples: {
    good: `
      objects:
        - apiVersion: batch/v1
          kind: CronJob
          metadata: { name: tidy, namespace: default }`,
    bad: `
      objects:
        - apiVersion: policy/v1beta1 # ✗
          kind: PodSecurityPolicy
          metadata: { name: restricted }`,
  },
  check({ homelab }) {
    const minor = parseKubernetesVersion(homelab.kubernetes.version)?.minor ?? 0;
    return homelab.objects.flatMap((own, index): CheckResult[] => {
      if (own.kind !== "inline") return [];
      const { apiVersion, kind } = own.object as { apiVersion?: unknown; kind?: unknown };
      const gone = GONE.find((entry) => entry.apiVersion === apiVersion && (entry.kinds?.includes(String(kind)) ?? true) && minor >= (entry.minor ?? 0));
      if (gone === undefined) return [];
      const isVersion = !gone.instead.includes(" ");
      return [
        {
          path: ["objects", index, "apiVersion"],
          value: gone.apiVersion,
          message: `${gone.apiVersion} ${String(kind)} is gone${gone.since === undefined ? ` since Kubernetes 1.${gone.minor ?? ""}` : ` since ${gone.since}`}`,
          ...(isVersion ? { expected: gone.instead } : {}),
          fix: isVersion ? `Write apiVersion: ${gone.instead}, and look at its changed fields in the migration guide.` : gone.instead,
        },
      ];
    });
  },
};
