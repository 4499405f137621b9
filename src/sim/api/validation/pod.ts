/** Pods and pod templates, when they are made and when they change. */
import { equalJson } from "../../../lib/json.ts";
import type { KubeObject, ObjectMeta } from "../../../objects/kube-object.ts";
import { items } from "../defaults/absent.ts";
import type { Loose } from "../defaults/loose.ts";
import { qualityOfService } from "../strategy/pod.ts";
import {
  type PodFacts,
  validateContainers,
  validateEphemeralContainers,
  validateImageSpaces,
  validateInitContainers,
} from "./containers.ts";
import { duplicate, type Errors, forbidden, invalid, invalidEach, notFound, notSupported, oneOf, required, tooLong } from "./field.ts";
import { internalDiff, printInternal } from "./internal-json.ts";
import { legacyIp } from "./ip.ts";
import { validateAnnotations, validateMetadata, validateMetadataUpdate } from "./metadata.ts";
import { dnsLabel, dnsSubdomain, dnsSubdomainWithUnderscore, labelKey } from "./names.ts";
import { validatePodLevelResources, validateResourceRequirements } from "./resources.ts";
import { validateAffinity, validateSpreadConstraints, validateTolerations } from "./scheduling.ts";
import { validateHostUsers, validatePodSecurityContext } from "./security-context.ts";
import { printLabels, validateLabels } from "./selectors.ts";
import { validateVolumes } from "./volumes.ts";

const NO_CLAIMS: ReadonlySet<string> = new Set();
const DELETION_COST = "controller.kubernetes.io/pod-deletion-cost";
const MIRROR = "kubernetes.io/config.mirror";
const INT32_MAX = 2_147_483_647;

/** `podMeta` is absent for templates, whose checks are laxer in a few places. */
export function validatePodSpec(errors: Errors, field: string, spec: Loose, podMeta: ObjectMeta | undefined): void {
  const isPod = podMeta !== undefined;
  if (spec.terminationGracePeriodSeconds === undefined) required(errors, `${field}.terminationGracePeriodSeconds`);
  const pod: PodFacts = {
    volumes: validateVolumes(errors, `${field}.volumes`, items(spec.volumes), podMeta, isPod),
    claims: spec.resourceClaims ? new Set(items(spec.resourceClaims).map((claim) => claim.name)) : NO_CLAIMS,
    graceSeconds: spec.terminationGracePeriodSeconds,
    restartPolicy: spec.restartPolicy,
    hostUsers: spec.hostUsers !== false,
    os: spec.os,
  };
  if (spec.resourceClaims) validateResourceClaims(errors, `${field}.resourceClaims`, items(spec.resourceClaims));
  const containers = items(spec.containers);
  validateContainers(errors, `${field}.containers`, containers, pod);
  if (spec.initContainers) validateInitContainers(errors, `${field}.initContainers`, items(spec.initContainers), containers, pod);
  if (spec.ephemeralContainers) validateEphemeralContainers(errors, `${field}.ephemeralContainers`, spec, pod);
  validatePodLevelResources(errors, `${field}.resources`, spec, pod.claims);
  if (spec.hostNetwork) validateHostPorts(errors, field, containers, isPod);
  oneOf(errors, `${field}.restartPolicy`, spec.restartPolicy, ["Always", "OnFailure", "Never"]);
  oneOf(errors, `${field}.dnsPolicy`, spec.dnsPolicy, ["ClusterFirstWithHostNet", "ClusterFirst", "Default", "None"]);
  validateLabels(errors, `${field}.nodeSelector`, spec.nodeSelector);
  validatePodSecurityContext(errors, field, spec);
  validateAffinity(errors, `${field}.affinity`, spec.affinity);
  validateDnsConfig(errors, `${field}.dnsConfig`, spec);
  items(spec.readinessGates).forEach((gate, index) => invalidEach(errors, `${field}.readinessGates[${index}].conditionType`, gate.conditionType ?? "", labelKey(gate.conditionType ?? "")));
  if (spec.schedulingGates) validateSchedulingGates(errors, `${field}.schedulingGates`, items(spec.schedulingGates));
  if (spec.topologySpreadConstraints) validateSpreadConstraints(errors, `${field}.topologySpreadConstraints`, items(spec.topologySpreadConstraints));
  validateHostUsers(errors, field, spec);
  if (spec.hostnameOverride !== undefined) validateHostname(errors, field, spec);
  validateNamesInSpec(errors, field, spec);
  validateFileVolumes(errors, field, spec);
}

function validateNamesInSpec(errors: Errors, field: string, spec: Loose): void {
  const check = (name: string, messages: (value: string) => readonly string[]): void => {
    const value: unknown = spec[name];
    if (typeof value === "string" && value !== "") invalidEach(errors, `${field}.${name}`, value, messages(value));
  };
  check("serviceAccountName", dnsSubdomain);
  check("nodeName", dnsSubdomain);
  const deadline: number | undefined = spec.activeDeadlineSeconds;
  if (deadline !== undefined && (deadline < 1 || deadline > INT32_MAX)) invalid(errors, `${field}.activeDeadlineSeconds`, deadline, `must be between 1 and ${INT32_MAX}, inclusive`);
  check("hostname", dnsLabel);
  check("subdomain", dnsLabel);
  if (spec.tolerations) validateTolerations(errors, `${field}.tolerations`, items(spec.tolerations));
  items(spec.hostAliases).forEach((alias, index) => {
    legacyIp(errors, `${field}.hostAliases[${index}].ip`, alias.ip ?? "");
    (alias.hostnames ?? []).forEach((name: string, at: number) => invalidEach(errors, `${field}.hostAliases[${index}].hostnames[${at}]`, name, dnsSubdomain(name)));
  });
  check("priorityClassName", dnsSubdomain);
  if (spec.runtimeClassName !== undefined) invalidEach(errors, `${field}.runtimeClassName`, spec.runtimeClassName, dnsSubdomain(spec.runtimeClassName));
  if (spec.preemptionPolicy !== undefined) oneOf(errors, `${field}.preemptionPolicy`, spec.preemptionPolicy, ["PreemptLowerPriority", "Never"]);
  if (spec.overhead) validateResourceRequirements(errors, `${field}.overhead`, { limits: spec.overhead }, NO_CLAIMS);
  if (spec.os) {
    if (!spec.os.name) required(errors, `${field}.os.name`);
    else if (spec.os.name !== "linux" && spec.os.name !== "windows") notSupported(errors, `${field}.os`, spec.os.name, ["linux", "windows"]);
  }
}

function validateHostname(errors: Errors, field: string, spec: Loose): void {
  const path = `${field}.hostnameOverride`;
  if (spec.setHostnameAsFQDN === true) forbidden(errors, path, "may not be specified when setHostnameAsFQDN is true");
  if (spec.hostNetwork) forbidden(errors, path, "may not be specified when hostNetwork is true");
  if (spec.hostnameOverride.length > 64) tooLong(errors, path, 64);
  invalidEach(errors, path, spec.hostnameOverride, dnsSubdomain(spec.hostnameOverride));
}

function validateFileVolumes(errors: Errors, field: string, spec: Loose): void {
  for (const list of ["initContainers", "containers", "ephemeralContainers"]) {
    items(spec[list]).forEach((container, index) => {
      items(container.env).forEach((variable, at) => {
        const ref: Loose | undefined = variable.valueFrom?.fileKeyRef;
        if (!ref) return;
        const path = `${field}.${list}[${index}].env[${at}].valueFrom.fileKeyRef.volumeName`;
        const volume = items(spec.volumes).find((candidate) => candidate.name === ref.volumeName);
        if (!volume) notFound(errors, path, ref.volumeName ?? "");
        else if (!volume.emptyDir) invalid(errors, path, ref.volumeName, "referenced volume must be of type emptyDir");
      });
    });
  }
}

function validateResourceClaims(errors: Errors, field: string, claims: readonly Loose[]): void {
  const seen = new Set<string>();
  claims.forEach((claim, index) => {
    const path = `${field}[${index}]`;
    if (!claim.name) required(errors, `${path}.name`);
    else if (seen.has(claim.name)) duplicate(errors, `${path}.name`, claim.name);
    else invalidEach(errors, `${path}.name`, claim.name, dnsLabel(claim.name));
    seen.add(claim.name);
    const printed = printInternal("PodResourceClaim", claim);
    if (claim.resourceClaimName !== undefined && claim.resourceClaimTemplateName !== undefined) {
      invalid(errors, path, printed, "at most one of `resourceClaimName` or `resourceClaimTemplateName` may be specified");
    }
    if (claim.resourceClaimName === undefined && claim.resourceClaimTemplateName === undefined) {
      invalid(errors, path, printed, "must specify one of: `resourceClaimName`, `resourceClaimTemplateName`");
    }
  });
}

function validateHostPorts(errors: Errors, field: string, containers: readonly Loose[], isPod: boolean): void {
  containers.forEach((container, index) => {
    items(container.ports).forEach((port, at) => {
      const host: number = port.hostPort ?? 0;
      if ((isPod || host !== 0) && host !== port.containerPort) {
        invalid(errors, `${field}.containers[${index}].ports[${at}].hostPort`, host, "must match `containerPort` when `hostNetwork` is true");
      }
    });
  });
}

const NAMESERVERS_MAX = 3;
const SEARCHES_MAX = 32;
const SEARCH_CHARACTERS_MAX = 2048;

function validateDnsConfig(errors: Errors, field: string, spec: Loose): void {
  const config: Loose | undefined = spec.dnsConfig;
  if (spec.dnsPolicy === "None") {
    if (!config) {
      required(errors, field, "must provide `dnsConfig` when `dnsPolicy` is None");
      return;
    }
    if (!(config.nameservers?.length > 0)) {
      required(errors, `${field}.nameservers`, "must provide at least one DNS nameserver when `dnsPolicy` is None");
      return;
    }
  }
  if (!config) return;
  const nameservers: string[] = config.nameservers ?? [];
  const searches: string[] = config.searches ?? [];
  if (nameservers.length > NAMESERVERS_MAX) invalid(errors, `${field}.nameservers`, nameservers, `must not have more than ${NAMESERVERS_MAX} nameservers`);
  nameservers.forEach((address, index) => legacyIp(errors, `${field}.nameservers[${index}]`, address));
  if (searches.length > SEARCHES_MAX) invalid(errors, `${field}.searches`, searches, `must not have more than ${SEARCHES_MAX} search paths`);
  if (searches.join(" ").length > SEARCH_CHARACTERS_MAX) {
    invalid(errors, `${field}.searches`, searches, `must not have more than ${SEARCH_CHARACTERS_MAX} characters (including spaces) in the search list`);
  }
  searches.forEach((search, index) => {
    const name = search.endsWith(".") ? search.slice(0, -1) : search;
    if (search !== ".") invalidEach(errors, `${field}.searches[${index}]`, name, dnsSubdomainWithUnderscore(name));
  });
  items(config.options).forEach((option, index) => {
    if (!option.name) required(errors, `${field}.options[${index}]`, "must not be empty");
  });
}

function validateSchedulingGates(errors: Errors, field: string, gates: readonly Loose[]): void {
  const seen = new Set<string>();
  gates.forEach((gate, index) => {
    const name: string = gate.name ?? "";
    invalidEach(errors, `${field}[${index}]`, name, labelKey(name));
    if (seen.has(name)) duplicate(errors, `${field}[${index}]`, name);
    seen.add(name);
  });
}

/** A template's labels, annotations and spec. */
export function validatePodTemplate(errors: Errors, field: string, template: Loose | undefined): void {
  const metadata: Loose = template?.metadata ?? {};
  // Upstream leaves `metadata` out of these paths.
  validateLabels(errors, `${field}.labels`, metadata.labels);
  validateAnnotations(errors, `${field}.annotations`, metadata.annotations);
  const spec: Loose = template?.spec ?? {};
  validatePodAnnotations(errors, `${field}.annotations`, metadata.annotations, spec);
  validatePodSpec(errors, `${field}.spec`, spec, undefined);
  if (items(spec.ephemeralContainers).length > 0) forbidden(errors, `${field}.spec.ephemeralContainers`, "ephemeral containers not allowed in pod template");
}

function validatePodAnnotations(errors: Errors, field: string, annotations: Record<string, string> | undefined, spec: Loose): void {
  if (!annotations) return;
  if (annotations[MIRROR] !== undefined && !spec.nodeName) invalid(errors, `${field}[${MIRROR}]`, annotations[MIRROR], "must set spec.nodeName if mirror pod annotation is set");
  const cost = annotations[DELETION_COST];
  if (cost !== undefined && (!/^(0|-?[1-9]\d*)$/.test(cost) || Math.abs(Number(cost)) > INT32_MAX)) invalid(errors, `${field}[${DELETION_COST}]`, cost, "must be a 32bit integer");
}

function validateMetadataAndSpec(errors: Errors, pod: KubeObject): void {
  validateMetadata(errors, pod.metadata, true, dnsSubdomain);
  const spec: Loose = pod.spec ?? {};
  validatePodAnnotations(errors, "metadata.annotations", pod.metadata.annotations, spec);
  validatePodSpec(errors, "spec", spec, pod.metadata);
  if (!spec.serviceAccountName) {
    items(spec.volumes).forEach((volume, index) => {
      items(volume.projected?.sources).forEach((source, at) => {
        if (source.serviceAccountToken) {
          forbidden(errors, `spec.volumes[${index}].projected.sources[${at}].serviceAccountToken`, "must not be specified when serviceAccountName is not set");
        }
      });
    });
  }
  items(spec.containers).forEach((container, index) => validateImageSpaces(errors, `spec.containers[${index}]`, container));
  if (spec.initContainers) items(spec.initContainers).forEach((container, index) => validateImageSpaces(errors, `spec.initContainers[${index}]`, container));
}

export function validatePodCreate(errors: Errors, pod: KubeObject): void {
  validateMetadataAndSpec(errors, pod);
  const spec: Loose = pod.spec ?? {};
  if (items(spec.ephemeralContainers).length > 0) forbidden(errors, "spec.ephemeralContainers", "cannot be set on create");
  if (spec.nodeName && items(spec.schedulingGates).length > 0) forbidden(errors, "spec.nodeName", "cannot be set until all schedulingGates have been cleared");
}

const UPDATABLE = [
  "`spec.containers[*].image`",
  "`spec.initContainers[*].image`",
  "`spec.activeDeadlineSeconds`",
  "`spec.tolerations` (only additions to existing tolerations)",
  "`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)",
].join(",");

export function validatePodUpdate(errors: Errors, next: KubeObject, old: KubeObject): void {
  validateMetadataUpdate(errors, next.metadata, old.metadata);
  validateMetadataAndSpec(errors, next);
  const spec: Loose = next.spec ?? {};
  const before: Loose = old.spec ?? {};
  for (const list of ["containers", "initContainers"]) if (!validateContainerUpdates(errors, `spec.${list}`, items(spec[list]), items(before[list]))) return;
  validateDeadlineUpdate(errors, spec.activeDeadlineSeconds, before.activeDeadlineSeconds);
  validateTolerationsUpdate(errors, items(spec.tolerations), items(before.tolerations));
  items(spec.schedulingGates).forEach((gate, index) => {
    if (!items(before.schedulingGates).some((other) => other.name === gate.name)) {
      forbidden(errors, `spec.schedulingGates[${index}].name`, `only deletion is allowed, but found new scheduling gate '${gate.name}'`);
    }
  });
  if (equalJson(spec, before)) return;
  const munged: Loose = { ...spec };
  for (const list of ["containers", "initContainers"]) {
    if (munged[list]) munged[list] = items(munged[list]).map((container, index) => ({ ...container, image: before[list][index].image }));
  }
  for (const field of ["activeDeadlineSeconds", "schedulingGates", "tolerations"]) restore(munged, before, field);
  if (items(before.schedulingGates).length > 0) validateGatedUpdate(errors, munged, before);
  if (!equalJson(munged, before)) forbidden(errors, "spec", `pod updates may not change fields other than ${UPDATABLE}\n${internalDiff("PodSpec", before, munged)}`);
}

function restore(munged: Loose, before: Loose, field: string): void {
  if (before[field] === undefined) delete munged[field];
  else munged[field] = before[field];
}

/** A gated pod may be narrowed to fewer nodes before it is scheduled. */
function validateGatedUpdate(errors: Errors, munged: Loose, before: Loose): void {
  if (!equalJson(munged.nodeSelector, before.nodeSelector)) {
    for (const key of Object.keys(before.nodeSelector ?? {})) {
      if (munged.nodeSelector?.[key] !== before.nodeSelector[key]) {
        invalid(errors, "spec.nodeSelector", printLabels(munged.nodeSelector), "only additions to spec.nodeSelector are allowed (no mutations or deletions)");
        break;
      }
    }
    restore(munged, before, "nodeSelector");
  }
  if (equalJson(munged.affinity?.nodeAffinity, before.affinity?.nodeAffinity)) return;
  if (before.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution && !munged.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution) {
    invalid(errors, "spec.affinity.nodeAffinity", printInternal("NodeAffinity", munged.affinity?.nodeAffinity), "field is immutable");
  }
  munged.affinity = { ...munged.affinity };
  restore(munged.affinity, before.affinity ?? {}, "nodeAffinity");
  if (Object.keys(munged.affinity).length === 0) restore(munged, before, "affinity");
}

function validateContainerUpdates(errors: Errors, field: string, next: readonly Loose[], old: readonly Loose[]): boolean {
  if (next.length !== old.length) {
    forbidden(errors, field, "pod updates may not add or remove containers");
    return false;
  }
  next.forEach((container, index) => {
    if (!container.image) required(errors, `${field}[${index}].image`);
    validateImageSpaces(errors, `${field}[${index}]`, container);
  });
  return true;
}

function validateDeadlineUpdate(errors: Errors, next: number | undefined, old: number | undefined): void {
  const path = "spec.activeDeadlineSeconds";
  if (next === undefined) {
    if (old !== undefined) invalid(errors, path, null, "must not update from a positive integer to nil value");
    return;
  }
  if (next < 0 || next > INT32_MAX) invalid(errors, path, next, `must be between 0 and ${INT32_MAX}, inclusive`);
  else if (old !== undefined && old < next) invalid(errors, path, next, "must be less than or equal to previous value");
}

function validateTolerationsUpdate(errors: Errors, next: readonly Loose[], old: readonly Loose[]): void {
  const timeless = (toleration: Loose): Loose => ({ ...toleration, tolerationSeconds: undefined });
  for (const toleration of old) {
    const wanted = timeless(toleration);
    if (!next.some((other) => equalJson(timeless(other), wanted))) {
      forbidden(errors, "spec.tolerations", "existing toleration can not be modified except its tolerationSeconds");
      return;
    }
  }
  validateTolerations(errors, "spec.tolerations", next);
}

export function validatePodStatusUpdate(errors: Errors, next: KubeObject, old: KubeObject): void {
  validateMetadataUpdate(errors, next.metadata, old.metadata);
  const status: Loose = next.status ?? {};
  const nominated: string | undefined = status.nominatedNodeName;
  if (nominated) invalidEach(errors, "status.nominatedNodeName", nominated, dnsSubdomain(nominated));
  if ((next.spec?.nodeName ?? "") !== (old.spec?.nodeName ?? "")) forbidden(errors, "status.nodeName", "may not be changed directly");
  if (status.podIPs !== old.status?.podIPs) items(status.podIPs).forEach((entry, index) => legacyIp(errors, `status.podIPs[${index}]`, entry.ip ?? ""));
  const qos: string | undefined = status.qosClass;
  const qosBefore: string | undefined = old.status?.qosClass;
  if (qosBefore && qos !== qosBefore) invalid(errors, "status.qosClass", qos ?? "", "field is immutable");
}

export function validateEphemeralUpdate(errors: Errors, next: KubeObject, old: KubeObject): void {
  validateMetadataUpdate(errors, next.metadata, old.metadata);
  validateMetadataAndSpec(errors, next);
  const wanted = items(next.spec?.ephemeralContainers);
  for (const container of items(old.spec?.ephemeralContainers)) {
    const name = JSON.stringify(container.name);
    const found = wanted.find((other) => other.name === container.name);
    if (!found) forbidden(errors, "spec.ephemeralContainers", `existing ephemeral containers ${name} may not be removed\n`);
    else if (!equalJson(container, found)) {
      forbidden(errors, "spec.ephemeralContainers", `existing ephemeral containers ${name} may not be changed\n${internalDiff("EphemeralContainer", container, found)}`);
    }
  }
}

export function validateResizeUpdate(errors: Errors, next: KubeObject, old: KubeObject): void {
  validateMetadataUpdate(errors, next.metadata, old.metadata);
  validateMetadataAndSpec(errors, next);
  const spec: Loose = next.spec ?? {};
  const before: Loose = old.spec ?? {};
  if (qualityOfService(spec) !== (old.status?.qosClass ?? qualityOfService(before))) {
    invalid(errors, "spec", next.status?.qosClass ?? "", "Pod QOS Class may not change as a result of resizing");
  }
  const count = errors.length;
  for (const list of ["containers", "initContainers"]) {
    const wanted = items(spec[list]);
    const stored = items(before[list]);
    if (wanted.length !== stored.length) forbidden(errors, `spec.${list}`, `${list} may not be added or removed on resize`);
    else stored.forEach((container, index) => {
      if (wanted[index]!.name !== container.name) forbidden(errors, `spec.${list}[${index}].name`, `${list} may not be renamed or reordered on resize`);
    });
  }
  if (errors.length > count) return;
  items(before.initContainers).forEach((container, index) => {
    if (container.restartPolicy !== "Always" && !equalJson(container, spec.initContainers[index])) forbidden(errors, "spec", "resources for non-sidecar init containers are immutable");
  });
  items(before.containers).forEach((container, index) => {
    for (const side of ["requests", "limits"]) {
      const wanted: Loose = spec.containers[index].resources?.[side] ?? {};
      if (Object.keys(container.resources?.[side] ?? {}).some((name) => wanted[name] === undefined)) {
        forbidden(errors, `spec.containers[${index}].resources.${side}`, `resource ${side} cannot be removed`);
      }
    }
  });
  const munged: Loose = { ...spec };
  for (const list of ["containers", "initContainers"]) {
    if (!munged[list]) continue;
    munged[list] = items(munged[list]).map((container, index) => ({ ...container, resources: mutableApart(container.resources, before[list][index].resources), resizePolicy: undefined }));
  }
  const comparable: Loose = { ...before, resources: spec.resources };
  for (const list of ["containers", "initContainers"]) if (before[list]) comparable[list] = items(before[list]).map((container) => ({ ...container, resizePolicy: undefined }));
  if (!equalJson(munged, comparable)) forbidden(errors, "spec", "only cpu and memory resources are mutable");
}

/** The new resources with cpu and memory as they were, to see whether anything else changed. */
function mutableApart(next: Loose | undefined, old: Loose | undefined): Loose {
  const result: Loose = { ...next };
  for (const side of ["requests", "limits"]) {
    const amounts: Loose = { ...next?.[side] };
    for (const name of ["cpu", "memory"]) {
      if (old?.[side]?.[name] === undefined) delete amounts[name];
      else amounts[name] = old[side][name];
    }
    if (Object.keys(amounts).length > 0) result[side] = amounts;
    else delete result[side];
  }
  return result;
}

