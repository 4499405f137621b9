/** What is allowed in a pod or a template of pods, but hardly meant (upstream `pkg/api/pod/warnings.go`). */
import { parseQuantity, canonicalQuantity } from "../../../lib/quantity.ts";
import { items } from "../defaults/absent.ts";
import type { Loose } from "../defaults/loose.ts";
import { addressWarnings } from "./addresses.ts";
import { deprecatedNodeLabel, nodeSelectorTermWarnings } from "./node-labels.ts";
import { overlappingPathWarnings } from "./overlapping-paths.ts";

const NANO = 1_000_000_000n;
const SECCOMP_POD = "seccomp.security.alpha.kubernetes.io/pod";
const SECCOMP_CONTAINER = "container.seccomp.security.alpha.kubernetes.io/";
const APP_ARMOR_CONTAINER = "container.apparmor.security.beta.kubernetes.io/";
const BYTES = ["memory", "ephemeral-storage"];
const NO_SELECTOR = "a null labelSelector results in matching no pod";

const DEPRECATED_ANNOTATIONS: readonly [string, string][] = [
  ["scheduler.alpha.kubernetes.io/critical-pod", 'non-functional in v1.16+; use the "priorityClassName" field instead'],
  ["security.alpha.kubernetes.io/sysctls", 'non-functional in v1.11+; use the "sysctls" field instead'],
  ["security.alpha.kubernetes.io/unsafe-sysctls", 'non-functional in v1.11+; use the "sysctls" field instead'],
];

/** Said before what an ephemeral claim says, as upstream asks in this order; the others follow it. */
const DEPRECATED_VOLUMES: readonly [string, string][] = [
  ["photonPersistentDisk", "deprecated in v1.11, non-functional in v1.16+"],
  ["gitRepo", "deprecated in v1.11, and disabled by default in v1.33+"],
  ["scaleIO", "deprecated in v1.16, non-functional in v1.22+"],
  ["flocker", "deprecated in v1.22, non-functional in v1.25+"],
  ["storageos", "deprecated in v1.22, non-functional in v1.25+"],
  ["quobyte", "deprecated in v1.22, non-functional in v1.25+"],
  ["glusterfs", "deprecated in v1.25, non-functional in v1.26+"],
];
const DEPRECATED_VOLUMES_LATER: readonly [string, string][] = [
  ["cephfs", "deprecated in v1.28, non-functional in v1.31+"],
  ["rbd", "deprecated in v1.28, non-functional in v1.31+"],
];

/** `template`: the path of a template (`spec.template`), or "" for a pod itself. */
export function podWarnings(pod: Loose, template: string): string[] {
  const at = (path: string): string => (template === "" ? path : `${template}.${path}`);
  const spec: Loose = pod.spec ?? {};
  const annotations: Record<string, string> = pod.metadata?.annotations ?? {};
  const containers = containersOf(spec, at("spec"));
  // Written out step by step, for every pod comes by here and hardly one is warned of.
  const warnings = placementWarnings(spec, at("spec"));
  for (const [key, message] of DEPRECATED_ANNOTATIONS) if (key in annotations) warnings.push(`${at("metadata.annotations")}[${key}]: ${message}`);
  const volumes = items(spec.volumes);
  for (const [index, volume] of volumes.entries()) warnings.push(...volumeWarnings(volume, `${at("spec.volumes")}[${index}]`));
  warnings.push(...overlappingPathWarnings(volumes));
  const aliases = items(spec.hostAliases);
  const secrets = items(spec.imagePullSecrets);
  if (aliases.length > 0) warnings.push(...twice(aliases, "ip", at("spec.hostAliases")));
  if (secrets.length > 0) warnings.push(...twice(secrets, "name", at("spec.imagePullSecrets")));
  for (const [index, { name }] of secrets.entries()) if (!name) warnings.push(`${at("spec.imagePullSecrets")}[${index}].name: invalid empty name ""`);
  if (spec.overhead) for (const resource of BYTES) warnings.push(...fractionWarnings(spec.overhead, resource, at("spec.overhead")));
  if (SECCOMP_POD in annotations && !spec.securityContext?.seccompProfile) warnings.push(seccomp(at("metadata.annotations"), SECCOMP_POD));
  for (const [container, path] of containers) {
    warnings.push(...annotationWarnings(container, annotations, at("metadata.annotations"), template === "" ? undefined : { profile: spec.securityContext?.appArmorProfile }));
    const { resources } = container;
    if (resources) for (const resource of BYTES) for (const list of ["limits", "requests"]) if (resources[list]) warnings.push(...fractionWarnings(resources[list], resource, `${path}.resources.${list}`));
    warnings.push(...environmentWarnings(items(container.env), `${path}.env`));
  }
  warnings.push(...portWarnings(containers), ...portNameWarnings(containers));
  if (spec.terminationGracePeriodSeconds < 0) warnings.push(`${at("spec.terminationGracePeriodSeconds")}: must be >= 0; negative values are invalid and will be treated as 1`);
  if (spec.affinity) for (const kind of ["podAffinity", "podAntiAffinity"]) warnings.push(...podAffinityWarnings(spec.affinity[kind], `${at("spec.affinity")}.${kind}`));
  for (const [index, address] of ((spec.dnsConfig?.nameservers ?? []) as unknown[]).entries()) warnings.push(...addressWarnings(`${at("spec.dnsConfig.nameservers")}[${index}]`, address));
  for (const [index, { ip }] of aliases.entries()) warnings.push(...addressWarnings(`${at("spec.hostAliases")}[${index}].ip`, ip));
  return warnings;
}

export function claimSpecWarnings(spec: Loose | undefined, field: string): string[] {
  return ["requests", "limits"].flatMap((list) => fractionWarnings(spec?.resources?.[list], "storage", `${field}.resources.${list}`));
}

function containersOf(spec: Loose, path: string): [Loose, string][] {
  const found: [Loose, string][] = [];
  for (const list of ["initContainers", "containers", "ephemeralContainers"]) for (const [index, container] of items(spec[list]).entries()) found.push([container, `${path}.${list}[${index}]`]);
  return found;
}

function placementWarnings(spec: Loose, path: string): string[] {
  const warnings: string[] = [];
  // Upstream walks a Go map here, in no order of its own.
  for (const label of Object.keys(spec.nodeSelector ?? {}).sort()) {
    const message = deprecatedNodeLabel(label);
    if (message !== undefined) warnings.push(`${path}.nodeSelector[${label}]: ${message}`);
  }
  const affinity: Loose = spec.affinity?.nodeAffinity ?? {};
  const required = "requiredDuringSchedulingIgnoredDuringExecution";
  const preferred = "preferredDuringSchedulingIgnoredDuringExecution";
  for (const [index, term] of items(affinity[required]?.nodeSelectorTerms).entries()) {
    warnings.push(...nodeSelectorTermWarnings(term, false, `${path}.affinity.nodeAffinity.${required}.nodeSelectorTerms[${index}]`));
  }
  for (const [index, term] of items(affinity[preferred]).entries()) {
    warnings.push(...nodeSelectorTermWarnings(term.preference, true, `${path}.affinity.nodeAffinity.${preferred}[${index}].preference`));
  }
  for (const [index, { topologyKey, labelSelector }] of items(spec.topologySpreadConstraints).entries()) {
    const at = `${path}.topologySpreadConstraints[${index}]`;
    const message = deprecatedNodeLabel(topologyKey);
    if (message !== undefined) warnings.push(`${at}.topologyKey: ${topologyKey} is ${message}`);
    if (!labelSelector) warnings.push(`${at}.labelSelector: ${NO_SELECTOR}`);
  }
  return warnings;
}

function volumeWarnings(volume: Loose, path: string): string[] {
  const warnings: string[] = [];
  const deprecated = (table: readonly [string, string][]): void => {
    for (const [source, message] of table) if (volume[source]) warnings.push(`${path}.${source === "storageos" ? "storageOS" : source}: ${message}`);
  };
  deprecated(DEPRECATED_VOLUMES);
  const claim: Loose | undefined = volume.ephemeral?.volumeClaimTemplate;
  if (claim) warnings.push(...claimSpecWarnings(claim.spec, `${path}.ephemeral.volumeClaimTemplate.spec`));
  deprecated(DEPRECATED_VOLUMES_LATER);
  return warnings;
}

function twice(list: readonly Loose[], key: string, path: string): string[] {
  const seen = new Set<string>();
  return list.flatMap((item, index) => {
    const value: string = item[key] ?? "";
    if (seen.has(value)) return [`${path}[${index}].${key}: duplicate ${key} "${value}"`];
    seen.add(value);
    return [];
  });
}

function fractionWarnings(list: Loose | undefined, resource: string, path: string): string[] {
  const value = list?.[resource];
  if (value === undefined || (parseQuantity(value)?.nano ?? 0n) % NANO === 0n) return [];
  return [`${path}[${resource}]: fractional byte value "${canonicalQuantity(value)}" is invalid, must be an integer`];
}

const seccomp = (path: string, key: string): string => `${path}[${key}]: non-functional in v1.27+; use the "seccompProfile" field instead`;

/** `template`: only templates warn of AppArmor here; in a pod the annotation becomes the field. */
function annotationWarnings(container: Loose, annotations: Record<string, string>, path: string, template: { profile: Loose | undefined } | undefined): string[] {
  const warnings: string[] = [];
  const seccompKey = `${SECCOMP_CONTAINER}${container.name}`;
  if (seccompKey in annotations && !container.securityContext?.seccompProfile) warnings.push(seccomp(path, seccompKey));
  const armorKey = `${APP_ARMOR_CONTAINER}${container.name}`;
  const annotation = annotations[armorKey];
  if (template !== undefined && annotation !== undefined && !container.securityContext?.appArmorProfile && !isSameProfile(template.profile, annotation)) {
    warnings.push(`${path}[${armorKey}]: deprecated since v1.30; use the "appArmorProfile" field instead`);
  }
  return warnings;
}

function isSameProfile(profile: Loose | undefined, annotation: string): boolean {
  if (annotation === "unconfined") return profile?.type === "Unconfined";
  if (annotation === "runtime/default") return profile?.type === "RuntimeDefault";
  return annotation.startsWith("localhost/") && profile?.type === "Localhost" && profile.localhostProfile === annotation.slice("localhost/".length);
}

/** A second definition is fine only where it builds upon the first (`PATH=$(PATH):/opt/bin`). */
function environmentWarnings(variables: readonly Loose[], path: string): string[] {
  const seen = new Set<string>();
  return variables.flatMap(({ name, value = "", valueFrom }, index) => {
    const reference = `$(${name})`;
    const hides = seen.has(name) && (Boolean(valueFrom) || value === reference || !value.includes(reference));
    seen.add(name);
    return hides ? [`${path}[${index}]: hides previous definition of "${name}", which may be dropped when using apply`] : [];
  });
}

function portWarnings(containers: readonly [Loose, string][]): string[] {
  const warnings: string[] = [];
  const seen = new Map<string, { at: string; hostIP: string; hostPort: number }[]>();
  for (const [container, path] of containers) {
    for (const [index, { name = "", containerPort, protocol = "", hostIP = "", hostPort = 0 }] of items(container.ports).entries()) {
      const at = `${path}.ports[${index}]`;
      // Go prints the whole internal struct here.
      if (hostIP !== "" && hostPort === 0) warnings.push(`${at}: hostIP set without hostPort: {Name:${name} HostPort:0 ContainerPort:${containerPort} Protocol:${protocol} HostIP:${hostIP}}`);
      const key = `${containerPort}/${protocol}`;
      const others = seen.get(key) ?? [];
      for (const other of others) {
        if (hostIP === other.hostIP && hostPort === other.hostPort) warnings.push(`${at}: duplicate port definition with ${other.at}`);
        else if (hostPort === 0 || other.hostPort === 0) warnings.push(`${at}: overlapping port definition with ${other.at}`);
        else if (hostPort === other.hostPort && (hostIP === "") !== (other.hostIP === "")) warnings.push(`${at}: dangerously ambiguous port definition with ${other.at}`);
      }
      seen.set(key, [...others, { at, hostIP, hostPort }]);
    }
  }
  return warnings;
}

function portNameWarnings(containers: readonly [Loose, string][]): string[] {
  const warnings: string[] = [];
  const first = new Map<string, string>();
  for (const [container, path] of containers) {
    for (const [index, { name }] of items(container.ports).entries()) {
      if (!name) continue;
      const at = `${path}.ports[${index}]`;
      const other = first.get(name);
      if (other === undefined) first.set(name, at);
      else warnings.push(`${at}: duplicate port name "${name}" with ${other}, services and probes that select ports by name will use ${other}`);
    }
  }
  return warnings;
}

function podAffinityWarnings(affinity: Loose | undefined, path: string): string[] {
  const required = "requiredDuringSchedulingIgnoredDuringExecution";
  const preferred = "preferredDuringSchedulingIgnoredDuringExecution";
  return [
    ...items(affinity?.[required]).flatMap(({ labelSelector }, index) => (labelSelector ? [] : [`${path}.${required}[${index}].labelSelector: ${NO_SELECTOR}`])),
    ...items(affinity?.[preferred]).flatMap(({ podAffinityTerm }, index) => (podAffinityTerm?.labelSelector ? [] : [`${path}.${preferred}[${index}].podAffinityTerm.labelSelector: ${NO_SELECTOR}`])),
  ];
}
