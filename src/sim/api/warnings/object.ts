/** What the API warns of when it takes an object of a built-in kind (upstream's `WarningsOnCreate` and `WarningsOnUpdate` of each strategy). */
import type { KubeObject } from "../../../objects/kube-object.ts";
import { equalJson } from "../../../lib/json.ts";
import { canonicalQuantity, compareQuantities } from "../../../lib/quantity.ts";
import { items } from "../defaults/absent.ts";
import type { Loose } from "../defaults/loose.ts";
import { dnsLabel } from "../validation/names.ts";
import { addressWarnings, rangeWarnings } from "./addresses.ts";
import { keyPairWarnings } from "./key-pair.ts";
import { deprecatedNodeLabel, nodeLabelSelectorWarnings, nodeSelectorTermWarnings } from "./node-labels.ts";
import { claimSpecWarnings, podWarnings } from "./pod.ts";
import { unknownFormats } from "./unknown-formats.ts";

type Warn = (object: Loose, old: Loose | undefined) => string[];

/** `old`: undefined when it is created. Call with defaults filled, after validation and before anything is stored. */
export function objectWarnings(object: KubeObject, old: KubeObject | undefined): string[] {
  const slash = object.apiVersion.indexOf("/");
  return KINDS[`${slash < 0 ? "" : object.apiVersion.slice(0, slash)}/${object.kind}`]?.(object, old) ?? [];
}

const annotationsOf = (object: Loose): Record<string, string> => object.metadata.annotations ?? {};

/** A name that Pods are named after; "" where it will do. */
function nameWarnings({ metadata }: Loose, use: string): string[] {
  const problems = dnsLabel(metadata.name);
  return problems.length === 0 ? [] : [`metadata.name: this is used in ${use}, which can result in surprising behavior; a DNS label is recommended: [${problems.join(" ")}]`];
}

const POD_NAMES = "Pod names and hostnames";

/** A template is judged again only when the spec has changed. */
const isNew = (object: Loose, old: Loose | undefined): boolean => old === undefined || object.metadata.generation !== old.metadata.generation;

function workload(options: { namesPods: boolean }): Warn {
  return (object, old) => [
    ...(options.namesPods && old === undefined ? nameWarnings(object, POD_NAMES) : []),
    ...(isNew(object, old) ? podWarnings(object.spec?.template ?? {}, "spec.template") : []),
  ];
}

const INDEXED_COMPLETIONS = 100_000;
const INDEXED_PARALLELISM = 10_000;

function jobSpecWarnings(spec: Loose, path: string): string[] {
  const isVast = spec.completionMode === "Indexed" && spec.completions > INDEXED_COMPLETIONS && spec.parallelism > INDEXED_PARALLELISM;
  return [
    ...(isVast ? [`${path}: In Indexed Jobs with a number of completions higher than 10^5 and a parallelism higher than 10^4, Kubernetes might not be able to track completedIndexes when a big number of indexes fail`] : []),
    ...podWarnings(spec.template ?? {}, `${path}.template`),
  ];
}

const TEMPLATE_GENERATION = "deprecated.daemonset.template.generation";
const STORAGE_CLASS = "volume.beta.kubernetes.io/storage-class";
const STORAGE_CLASS_OLD = 'deprecated since v1.8; use "storageClassName" attribute instead';
const STATIC_SUFFIX = ".static.k8s.io";
const MOUNTABLE_SECRETS = "kubernetes.io/enforce-mountable-secrets";
const INGRESS_CLASS = "kubernetes.io/ingress.class";
const SLICE_CONTROLLERS = ["endpointslice-controller.k8s.io", "endpointslicemirroring-controller.k8s.io"];
const QUOTA_RESOURCES = ["cpu", "memory", "storage", "ephemeral-storage"];
const DEPRECATED_VOLUME_SOURCES: readonly [field: string, printed: string, message: string][] = [
  ["cephfs", "cephfs", "deprecated in v1.28, non-functional in v1.31+"],
  ["photonPersistentDisk", "photonPersistentDisk", "deprecated in v1.11, non-functional in v1.16+"],
  ["scaleIO", "scaleIO", "deprecated in v1.16, non-functional in v1.22+"],
  ["storageos", "storageOS", "deprecated in v1.22, non-functional in v1.25+"],
  ["glusterfs", "glusterfs", "deprecated in v1.25, non-functional in v1.26+"],
  ["rbd", "rbd", "deprecated in v1.28, non-functional in v1.31+"],
];

const staticName: Warn = ({ metadata }) =>
  metadata.name.endsWith(STATIC_SUFFIX) ? [`metadata.name: names ending with "${STATIC_SUFFIX}" are reserved for static manifest-based configurations and cannot be managed via the API`] : [];

const KINDS: Readonly<Record<string, Warn>> = {
  // Nobody edits pods by hand, and their updates are many.
  "/Pod": (pod, old) => (old === undefined ? [...nameWarnings(pod, "the Pod's hostname"), ...podWarnings(pod, "")] : []),
  "/PodTemplate": (object, old) => (isNew(object, old) ? podWarnings(object.template ?? {}, "template") : []),
  // Upstream hands over the two templates the wrong way round, so an update is judged by what was there.
  "/ReplicationController": (object, old) => workload({ namesPods: true })(old === undefined ? object : { ...object, spec: old.spec }, old),
  "apps/Deployment": workload({ namesPods: true }),
  "apps/ReplicaSet": workload({ namesPods: true }),
  "apps/StatefulSet": (object, old) => [
    ...workload({ namesPods: false })(object, old),
    ...items(object.spec?.volumeClaimTemplates).flatMap(({ spec }, index) => claimSpecWarnings(spec, `spec.volumeClaimTemplates[${index}]${old === undefined ? "" : ".Spec"}`)),
    ...(object.spec?.revisionHistoryLimit < 0 ? ["spec.revisionHistoryLimit: a negative value retains all historical revisions; a value >= 0 is recommended"] : []),
  ],
  "apps/DaemonSet": (object, old) =>
    old === undefined || annotationsOf(object)[TEMPLATE_GENERATION] !== annotationsOf(old)[TEMPLATE_GENERATION] ? podWarnings(object.spec?.template ?? {}, "spec.template") : [],
  "batch/Job": (job, old) => [...(old === undefined ? nameWarnings(job, POD_NAMES) : []), ...(isNew(job, old) ? jobSpecWarnings(job.spec ?? {}, "spec") : [])],
  "batch/CronJob": (object, old) => [
    ...(old === undefined ? nameWarnings(object, POD_NAMES) : []),
    ...(isNew(object, old) ? jobSpecWarnings(object.spec?.jobTemplate?.spec ?? {}, "spec.jobTemplate.spec") : []),
    ...(old !== undefined && object.spec?.schedule?.includes("TZ")
      ? ["cannot use TZ or CRON_TZ in spec.spec.schedule, use timeZone instead, see https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/ for more details"]
      : []),
  ],
  "/Service": serviceWarnings,
  "/Secret": ({ type, data }) => (type === "kubernetes.io/tls" ? keyPairWarnings(data?.["tls.crt"], data?.["tls.key"]) : []),
  "/ServiceAccount": (object, old) =>
    MOUNTABLE_SECRETS in annotationsOf(object) && !(old !== undefined && MOUNTABLE_SECRETS in annotationsOf(old))
      ? [`metadata.annotations[${MOUNTABLE_SECRETS}]: deprecated in v1.32+; prefer separate namespaces to isolate access to mounted secrets`]
      : [],
  "/Node": ({ spec = {} }) => [
    ...(spec.configSource ? ["spec.configSource: the feature is removed"] : []),
    ...(spec.externalID ? ["spec.externalID: this field is deprecated, and is unused by Kubernetes"] : []),
    ...((spec.podCIDRs ?? []) as unknown[]).flatMap((range, index) => rangeWarnings(`spec.podCIDRs[${index}]`, range)),
  ],
  "/PersistentVolume": persistentVolumeWarnings,
  "/PersistentVolumeClaim": (claim) => [
    ...(STORAGE_CLASS in annotationsOf(claim) ? [`metadata.annotations[${STORAGE_CLASS}]: ${STORAGE_CLASS_OLD}`] : []),
    ...claimSpecWarnings(claim.spec, "spec"),
  ],
  "/ResourceQuota": (quota, old) => (old === undefined ? quotaWarnings(quota.spec?.hard ?? {}) : []),
  "/Endpoints": ({ metadata, subsets }) =>
    metadata.labels?.["endpoints.kubernetes.io/managed-by"] === "endpoint-controller"
      ? []
      : items(subsets).flatMap((subset, index) =>
          ["addresses", "notReadyAddresses"].flatMap((list) => items(subset[list]).flatMap(({ ip }, position) => addressWarnings(`subsets[${index}].${list}[${position}].ip`, ip))),
        ),
  "discovery.k8s.io/EndpointSlice": ({ metadata, addressType, endpoints }, old) => [
    ...(old === undefined && addressType === "FQDN" ? ["spec.addressType: FQDN endpoints are deprecated"] : []),
    ...(SLICE_CONTROLLERS.includes(metadata.labels?.["endpointslice.kubernetes.io/managed-by"])
      ? []
      : items(endpoints).flatMap(({ addresses }, index) => ((addresses ?? []) as unknown[]).flatMap((address, position) => addressWarnings(`endpoints[${index}].addresses[${position}]`, address)))),
  ],
  "networking.k8s.io/Ingress": (ingress, old) =>
    old === undefined && INGRESS_CLASS in annotationsOf(ingress) && ingress.spec?.ingressClassName === undefined
      ? [`annotation "${INGRESS_CLASS}" is deprecated, please use 'spec.ingressClassName' instead`]
      : [],
  "networking.k8s.io/NetworkPolicy": ({ spec = {} }) => [...peerWarnings(spec.ingress, "from", "spec.ingress"), ...peerWarnings(spec.egress, "to", "spec.egress")],
  "node.k8s.io/RuntimeClass": ({ scheduling }) =>
    Object.keys(scheduling?.nodeSelector ?? {})
      .sort()
      .flatMap((label) => deprecatedNodeLabel(label) ?? [])
      .map((message) => `scheduling.nodeSelector: ${message}`),
  "storage.k8s.io/StorageClass": ({ allowedTopologies }) =>
    items(allowedTopologies).flatMap(({ matchLabelExpressions }, index) =>
      items(matchLabelExpressions).flatMap(({ key }, position) => {
        const message = deprecatedNodeLabel(key);
        return message === undefined ? [] : [`allowedTopologies[${index}].matchLabelExpressions[${position}].key: ${message}`];
      }),
    ),
  "storage.k8s.io/CSIStorageCapacity": ({ nodeTopology }) => nodeLabelSelectorWarnings(nodeTopology, "nodeTopology"),
  "storage.k8s.io/CSIDriver": ({ spec = {} }, old) =>
    items(spec.tokenRequests).length > 0 && spec.serviceAccountTokenInSecrets === undefined && !(old !== undefined && equalJson(old.spec?.tokenRequests, spec.tokenRequests))
      ? ["spec.serviceAccountTokenInSecrets is unset; if supported by this CSI driver, set to true to prevent possible logging of tokens in volume attributes"]
      : [],
  "resource.k8s.io/ResourceSlice": ({ spec = {} }) =>
    spec.driver?.toLowerCase() === spec.driver ? [] : [`spec.driver: driver names should be lowercase; "${spec.driver}" contains uppercase characters`],
  "admissionregistration.k8s.io/MutatingAdmissionPolicy": staticName,
  "admissionregistration.k8s.io/MutatingAdmissionPolicyBinding": staticName,
  "admissionregistration.k8s.io/MutatingWebhookConfiguration": staticName,
  "admissionregistration.k8s.io/ValidatingAdmissionPolicy": staticName,
  "admissionregistration.k8s.io/ValidatingAdmissionPolicyBinding": staticName,
  "admissionregistration.k8s.io/ValidatingWebhookConfiguration": staticName,
  "apiextensions.k8s.io/CustomResourceDefinition": ({ spec = {} }, old) => {
    const before = new Set(old === undefined ? [] : unknownFormats(old.spec));
    return unknownFormats(spec)
      .filter((format) => !before.has(format))
      .map((format) => `unrecognized format "${format}"`);
  },
};

function serviceWarnings(service: Loose): string[] {
  const spec: Loose = service.spec ?? {};
  const addresses = (field: string): string[] => ((spec[field] ?? []) as unknown[]).flatMap((address, index) => addressWarnings(`spec.${field}[${index}]`, address));
  const isHeadless = spec.type === "ClusterIP" && spec.clusterIP === "None";
  const isExternalName = spec.type === "ExternalName";
  const hasExternalAddresses = (spec.externalIPs ?? []).length > 0;
  const warnings: string[] = [];
  if ("service.kubernetes.io/topology-aware-hints" in annotationsOf(service)) {
    warnings.push("annotation service.kubernetes.io/topology-aware-hints is deprecated, please use service.kubernetes.io/topology-mode instead");
  }
  if (spec.clusterIP && spec.clusterIP !== "None") warnings.push(...addresses("clusterIPs"));
  if (isHeadless) {
    if (spec.loadBalancerIP) warnings.push("spec.loadBalancerIP is ignored for headless services");
    if (hasExternalAddresses) warnings.push("spec.externalIPs is ignored for headless services");
    if (spec.sessionAffinity !== "None") warnings.push("spec.SessionAffinity is ignored for headless services");
  }
  warnings.push(...addresses("externalIPs"));
  if (hasExternalAddresses && !isHeadless && !isExternalName) warnings.push("spec.externalIPs is deprecated and may no longer be implemented in some clusters");
  if (spec.loadBalancerIP) warnings.push(...addressWarnings("spec.loadBalancerIP", spec.loadBalancerIP));
  for (const [index, range] of ((spec.loadBalancerSourceRanges ?? []) as unknown[]).entries()) warnings.push(...rangeWarnings(`spec.loadBalancerSourceRanges[${index}]`, range));
  if (isExternalName && hasExternalAddresses) warnings.push('spec.externalIPs is ignored when spec.type is "ExternalName"');
  if (!isExternalName && spec.externalName) warnings.push('spec.externalName is ignored when spec.type is not "ExternalName"');
  if (spec.trafficDistribution === "PreferClose") warnings.push('spec.trafficDistribution: "PreferClose" is deprecated; use "PreferSameZone"');
  return warnings;
}

function persistentVolumeWarnings(volume: Loose): string[] {
  const spec: Loose = volume.spec ?? {};
  const annotations = annotationsOf(volume);
  return [
    ...(STORAGE_CLASS in annotations ? [`metadata.annotations[${STORAGE_CLASS}]: ${STORAGE_CLASS_OLD}`] : []),
    ...("volume.beta.kubernetes.io/mount-options" in annotations ? ['metadata.annotations[volume.beta.kubernetes.io/mount-options]: deprecated since v1.31; use "mountOptions" attribute instead'] : []),
    ...(spec.persistentVolumeReclaimPolicy === "Recycle"
      ? ["spec.persistentVolumeReclaimPolicy: The Recycle reclaim policy is deprecated. Instead, the recommended approach is to use dynamic provisioning."]
      : []),
    ...items(spec.nodeAffinity?.required?.nodeSelectorTerms).flatMap((term, index) => nodeSelectorTermWarnings(term, false, `spec.nodeAffinity.required.nodeSelectorTerms[${index}]`)),
    ...DEPRECATED_VOLUME_SOURCES.filter(([field]) => spec[field]).map(([, printed, message]) => `spec.${printed}: ${message}`),
  ];
}

function quotaWarnings(hard: Record<string, string>): string[] {
  return QUOTA_RESOURCES.flatMap((resource) => {
    const isPlain = !(`requests.${resource}` in hard) && (resource === "cpu" || resource === "memory");
    const requests = isPlain ? resource : `requests.${resource}`;
    const limits = `limits.${resource}`;
    const [request, limit] = [hard[requests], hard[limits]];
    if (request === undefined || limit === undefined || compareQuantities(request, limit) <= 0) return [];
    return [`ResourceQuota ${requests} (${canonicalQuantity(request)}) should be less than ${limits} (${canonicalQuantity(limit)})`];
  });
}

function peerWarnings(rules: unknown, side: "from" | "to", path: string): string[] {
  return items(rules).flatMap((rule, index) =>
    items(rule[side]).flatMap(({ ipBlock }, position) => {
      if (!ipBlock) return [];
      const at = `${path}[${index}].${side}[${position}].ipBlock`;
      return [...rangeWarnings(`${at}.cidr`, ipBlock.cidr), ...((ipBlock.except ?? []) as unknown[]).flatMap((range, exception) => rangeWarnings(`${at}.except[${exception}]`, range))];
    }),
  );
}
