/** Deployments, replica sets, stateful sets, daemon sets and their like (upstream `pkg/apis/apps/validation`). */
import { equalJson } from "../../../lib/json.ts";
import { selectorMatches } from "../../../lib/label-selector.ts";
import type { KubeObject } from "../../../objects/kube-object.ts";
import { items } from "../defaults/absent.ts";
import type { Loose } from "../defaults/loose.ts";
import { validateClaimSpec } from "./claim-spec.ts";
import { type Errors, forbidden, invalid, invalidEach, nonNegative, notSupported, required } from "./field.ts";
import { atMostAll, countOf, validateCountOrPercent } from "./int-or-percent.ts";
import { immutable, validateMetadata, validateMetadataUpdate } from "./metadata.ts";
import { dnsLabel, dnsSubdomain } from "./names.ts";
import { validatePodTemplate } from "./pod.ts";
import { isEmptySelector, printLabels, printSelector, validateLabelSelector, validateLabels } from "./selectors.ts";

const NO_MATCH = "`selector` does not match template `labels`";

/** A selector whose operators are all known: only then can it be matched. */
function isUsable(selector: Loose | undefined): boolean {
  return items(selector?.matchExpressions).every((requirement) => ["In", "NotIn", "Exists", "DoesNotExist"].includes(requirement.operator));
}

function validateSelector(errors: Errors, spec: Loose, kind: string): void {
  const selector: Loose | undefined = spec.selector;
  if (!selector) {
    required(errors, "spec.selector");
    return;
  }
  validateLabelSelector(errors, "spec.selector", selector);
  if (isEmptySelector(selector)) invalid(errors, "spec.selector", selector, `empty selector is invalid for ${kind}`);
}

function checkMatch(errors: Errors, spec: Loose): void {
  if (isUsable(spec.selector) && !selectorMatches(spec.selector, spec.template?.metadata?.labels)) {
    invalid(errors, "spec.template.metadata.labels", printLabels(spec.template?.metadata?.labels), NO_MATCH);
  }
}

function alwaysRestarts(errors: Errors, spec: Loose, kind: string): void {
  const pod: Loose = spec.template?.spec ?? {};
  if (pod.restartPolicy !== "Always") notSupported(errors, "spec.template.spec.restartPolicy", pod.restartPolicy ?? "", ["Always"]);
  if (pod.activeDeadlineSeconds !== undefined) forbidden(errors, "spec.template.spec.activeDeadlineSeconds", `activeDeadlineSeconds in ${kind} is not Supported`);
}

function validateReplicatedTemplate(errors: Errors, spec: Loose): void {
  if (spec.selector && !isUsable(spec.selector)) {
    invalid(errors, "spec.selector", spec.selector, "invalid label selector");
    return;
  }
  // An absent selector matches nothing, an empty one everything.
  if (!spec.selector || !isEmptySelector(spec.selector)) checkMatch(errors, spec);
  validatePodTemplate(errors, "spec.template", spec.template);
  alwaysRestarts(errors, spec, "ReplicaSet");
}

function validateDeploymentSpec(errors: Errors, spec: Loose): void {
  nonNegative(errors, "spec.replicas", spec.replicas);
  validateSelector(errors, spec, "deployment");
  validateReplicatedTemplate(errors, spec);
  const strategy: Loose = spec.strategy ?? {};
  if (strategy.type === "Recreate") {
    if (strategy.rollingUpdate) forbidden(errors, "spec.strategy.rollingUpdate", "may not be specified when strategy `type` is 'Recreate'");
  } else if (strategy.type === "RollingUpdate") {
    const { maxUnavailable, maxSurge } = strategy.rollingUpdate ?? {};
    validateCountOrPercent(errors, "spec.strategy.rollingUpdate.maxUnavailable", maxUnavailable);
    validateCountOrPercent(errors, "spec.strategy.rollingUpdate.maxSurge", maxSurge);
    if (countOf(maxUnavailable) === 0 && countOf(maxSurge) === 0) {
      invalid(errors, "spec.strategy.rollingUpdate.maxUnavailable", maxUnavailable, "may not be 0 when `maxSurge` is 0");
    }
    atMostAll(errors, "spec.strategy.rollingUpdate.maxUnavailable", maxUnavailable);
  } else notSupported(errors, "spec.strategy", { Type: strategy.type ?? "", RollingUpdate: printRolling(strategy.rollingUpdate) }, ["Recreate", "RollingUpdate"]);
  nonNegative(errors, "spec.minReadySeconds", spec.minReadySeconds);
  nonNegative(errors, "spec.revisionHistoryLimit", spec.revisionHistoryLimit);
  const deadline: number | undefined = spec.progressDeadlineSeconds;
  nonNegative(errors, "spec.progressDeadlineSeconds", deadline);
  if (deadline !== undefined && deadline <= (spec.minReadySeconds ?? 0)) invalid(errors, "spec.progressDeadlineSeconds", deadline, "must be greater than minReadySeconds");
}

function printRolling(rolling: Loose | undefined): unknown {
  return rolling ? { MaxUnavailable: rolling.maxUnavailable ?? 0, MaxSurge: rolling.maxSurge ?? 0 } : null;
}

export function validateDeployment(errors: Errors, next: KubeObject, old?: KubeObject): void {
  if (old) validateMetadataUpdate(errors, next.metadata, old.metadata);
  else validateMetadata(errors, next.metadata, true, dnsSubdomain);
  validateDeploymentSpec(errors, next.spec ?? {});
  if (old) immutable(errors, "spec.selector", printSelector(next.spec?.selector), printSelector(old.spec?.selector));
}

export function validateReplicaSet(errors: Errors, next: KubeObject, old?: KubeObject): void {
  if (old) validateMetadataUpdate(errors, next.metadata, old.metadata);
  else validateMetadata(errors, next.metadata, true, dnsSubdomain);
  const spec: Loose = next.spec ?? {};
  nonNegative(errors, "spec.replicas", spec.replicas);
  nonNegative(errors, "spec.minReadySeconds", spec.minReadySeconds);
  validateSelector(errors, spec, "deployment");
  validateReplicatedTemplate(errors, spec);
  if (old) immutable(errors, "spec.selector", printSelector(spec.selector), printSelector(old.spec?.selector));
}

export function validateReplicationController(errors: Errors, next: KubeObject, old?: KubeObject): void {
  if (old) validateMetadataUpdate(errors, next.metadata, old.metadata);
  else validateMetadata(errors, next.metadata, true, dnsSubdomain);
  const spec: Loose = next.spec ?? {};
  nonNegative(errors, "spec.minReadySeconds", spec.minReadySeconds);
  if (Object.keys(spec.selector ?? {}).length === 0) required(errors, "spec.selector");
  nonNegative(errors, "spec.replicas", spec.replicas);
  if (!spec.template) {
    required(errors, "spec.template");
    return;
  }
  if (Object.keys(spec.selector ?? {}).length > 0 && !selectorMatches({ matchLabels: spec.selector }, spec.template.metadata?.labels)) {
    invalid(errors, "spec.template.metadata.labels", printLabels(spec.template?.metadata?.labels), NO_MATCH);
  }
  validatePodTemplate(errors, "spec.template", spec.template);
  alwaysRestarts(errors, spec, "ReplicationController");
}

export function validateDaemonSet(errors: Errors, next: KubeObject, old?: KubeObject): void {
  const spec: Loose = next.spec ?? {};
  if (old) {
    validateMetadataUpdate(errors, next.metadata, old.metadata);
    immutable(errors, "spec.selector", printSelector(spec.selector), printSelector(old.spec?.selector));
  } else validateMetadata(errors, next.metadata, true, dnsSubdomain);
  validateLabelSelector(errors, "spec.selector", spec.selector);
  checkMatch(errors, spec);
  if (spec.selector && isEmptySelector(spec.selector)) invalid(errors, "spec.selector", spec.selector, "empty selector is invalid for daemonset");
  validatePodTemplate(errors, "spec.template", spec.template);
  alwaysRestarts(errors, spec, "DaemonSet");
  nonNegative(errors, "spec.minReadySeconds", spec.minReadySeconds);
  const strategy: Loose = spec.updateStrategy ?? {};
  if (strategy.type === "RollingUpdate") validateDaemonRolling(errors, "spec.updateStrategy.rollingUpdate", strategy.rollingUpdate ?? {});
  else if (strategy.type !== "OnDelete") {
    notSupported(errors, "spec.updateStrategy", { Type: strategy.type ?? "", RollingUpdate: printRolling(strategy.rollingUpdate) }, ["RollingUpdate", "OnDelete"]);
  }
  nonNegative(errors, "spec.revisionHistoryLimit", spec.revisionHistoryLimit);
}

function validateDaemonRolling(errors: Errors, field: string, rolling: Loose): void {
  const { maxUnavailable, maxSurge } = rolling;
  validateCountOrPercent(errors, `${field}.maxUnavailable`, maxUnavailable);
  validateCountOrPercent(errors, `${field}.maxSurge`, maxSurge);
  atMostAll(errors, `${field}.maxUnavailable`, maxUnavailable);
  atMostAll(errors, `${field}.maxSurge`, maxSurge);
  const hasUnavailable = countOf(maxUnavailable) !== 0;
  const hasSurge = countOf(maxSurge) !== 0;
  if (hasUnavailable && hasSurge) invalid(errors, `${field}.maxSurge`, maxSurge, "may not be set when maxUnavailable is non-zero");
  else if (!hasUnavailable && !hasSurge) required(errors, `${field}.maxUnavailable`, "cannot be 0 when maxSurge is 0");
}

const STATEFUL_SET_MUTABLE = ["replicas", "template", "updateStrategy", "minReadySeconds", "ordinals", "revisionHistoryLimit", "persistentVolumeClaimRetentionPolicy"];
const STATEFUL_SET_FORBIDDEN =
  "updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden";

export function validateStatefulSet(errors: Errors, next: KubeObject, old?: KubeObject): void {
  if (old) validateMetadataUpdate(errors, next.metadata, old.metadata);
  else validateMetadata(errors, next.metadata, true, dnsLabel);
  validateStatefulSetSpec(errors, next.spec ?? {}, old !== undefined);
  if (!old) return;
  const munged: Loose = { ...next.spec };
  for (const field of STATEFUL_SET_MUTABLE) {
    if (old.spec?.[field] === undefined) delete munged[field];
    else munged[field] = old.spec[field];
  }
  if (!equalJson(munged, old.spec)) forbidden(errors, "spec", STATEFUL_SET_FORBIDDEN);
}

function validateStatefulSetSpec(errors: Errors, spec: Loose, isUpdate: boolean): void {
  if (!spec.podManagementPolicy) required(errors, "spec.podManagementPolicy");
  else if (spec.podManagementPolicy !== "OrderedReady" && spec.podManagementPolicy !== "Parallel") {
    invalid(errors, "spec.podManagementPolicy", spec.podManagementPolicy, "must be 'OrderedReady' or 'Parallel'");
  }
  const strategy: Loose = spec.updateStrategy ?? {};
  const rolling: Loose | undefined = strategy.rollingUpdate;
  const printedRolling = rolling ? { Partition: rolling.partition ?? 0, MaxUnavailable: rolling.maxUnavailable ?? null } : null;
  if (!strategy.type) required(errors, "spec.updateStrategy");
  else if (strategy.type === "OnDelete") {
    if (rolling) invalid(errors, "spec.updateStrategy.rollingUpdate", printedRolling, "only allowed for updateStrategy 'RollingUpdate'");
  } else if (strategy.type === "RollingUpdate") {
    if (rolling) {
      const field = "spec.updateStrategy.rollingUpdate";
      nonNegative(errors, `${field}.partition`, rolling.partition);
      if (rolling.maxUnavailable !== undefined) {
        validateCountOrPercent(errors, `${field}.maxUnavailable`, rolling.maxUnavailable);
        if (countOf(rolling.maxUnavailable) === 0) invalid(errors, `${field}.maxUnavailable`, rolling.maxUnavailable, "cannot be 0");
        atMostAll(errors, `${field}.maxUnavailable`, rolling.maxUnavailable);
      }
    }
  } else invalid(errors, "spec.updateStrategy", { Type: strategy.type, RollingUpdate: printedRolling }, "must be 'RollingUpdate' or 'OnDelete'");
  for (const when of ["whenDeleted", "whenScaled"]) {
    const policy: unknown = spec.persistentVolumeClaimRetentionPolicy?.[when];
    if (policy !== "Retain" && policy !== "Delete") notSupported(errors, `spec.persistentVolumeClaimRetentionPolicy.${when}`, policy ?? "", ["Retain", "Delete"]);
  }
  const claims = items(spec.volumeClaimTemplates);
  if (!isUpdate) claims.forEach((claim, index) => validateClaimSpec(errors, `spec.volumeClaimTemplates[${index}].spec`, claim.spec ?? {}));
  nonNegative(errors, "spec.replicas", spec.replicas);
  nonNegative(errors, "spec.minReadySeconds", spec.minReadySeconds);
  nonNegative(errors, "spec.ordinals.start", spec.ordinals?.start);
  if (!isUpdate && spec.serviceName) invalidEach(errors, "spec.serviceName", spec.serviceName, dnsLabel(spec.serviceName));
  validateSelector(errors, spec, "statefulset");
  if (!isUsable(spec.selector)) invalid(errors, "spec.selector", spec.selector, "");
  else {
    if (!spec.selector || !isEmptySelector(spec.selector)) checkMatch(errors, spec);
    validatePodTemplate(errors, "spec.template", templateWithClaims(spec, claims));
    validateLabels(errors, "spec.template.labels", spec.template?.metadata?.labels);
  }
  alwaysRestarts(errors, spec, "StatefulSet");
}

/** The template as its pods will be: a volume for each claim, and no host name of its own. */
function templateWithClaims(spec: Loose, claims: readonly Loose[]): Loose {
  const template: Loose = spec.template ?? {};
  const podSpec: Loose = { ...template.spec };
  delete podSpec.subdomain;
  delete podSpec.hostname;
  if (claims.length > 0) {
    const names = new Set(claims.map((claim) => claim.metadata?.name));
    podSpec.volumes = [
      ...[...names].map((name) => ({ name, persistentVolumeClaim: { claimName: name } })),
      ...items(podSpec.volumes).filter((volume) => !names.has(volume.name)),
    ];
  }
  return { ...template, spec: podSpec };
}

export function validateControllerRevision(errors: Errors, next: KubeObject, old?: KubeObject): void {
  if (old) validateMetadataUpdate(errors, next.metadata, old.metadata);
  validateMetadata(errors, next.metadata, true, dnsSubdomain);
  nonNegative(errors, "revision", next.revision);
  if (old) immutable(errors, "data", next.data, old.data);
  else if (next.data === undefined || next.data === null) required(errors, "data", "data is mandatory");
  else if (typeof next.data !== "object" || Array.isArray(next.data)) required(errors, "data", "data must be a valid JSON object");
}

const READY_FIELDS = ["replicas", "readyReplicas", "currentReplicas", "updatedReplicas", "fullyLabeledReplicas", "availableReplicas"];

/** Status writes of everything with replicas: counts are not negative and not more than there are. */
export function validateReplicasStatus(errors: Errors, next: KubeObject, old: KubeObject): void {
  validateMetadataUpdate(errors, next.metadata, old.metadata);
  const status: Loose = next.status ?? {};
  for (const [field, value] of Object.entries(status)) if (typeof value === "number") nonNegative(errors, `status.${field}`, value);
  const replicas: number = status.replicas ?? 0;
  if (next.kind === "DaemonSet") return;
  // Upstream names a Deployment's counts in another order than the others'.
  for (const field of next.kind === "Deployment" ? ["updatedReplicas", "readyReplicas", "availableReplicas"] : READY_FIELDS.slice(1)) {
    if ((status[field] ?? 0) > replicas) invalid(errors, `status.${field}`, status[field] ?? 0, "cannot be greater than status.replicas");
  }
  if ((status.availableReplicas ?? 0) > (status.readyReplicas ?? 0)) {
    invalid(errors, "status.availableReplicas", status.availableReplicas, next.kind === "StatefulSet" ? "cannot be greater than status.readyReplicas" : "cannot be greater than readyReplicas");
  }
  if ((status.collisionCount ?? 0) < (old.status?.collisionCount ?? 0)) invalid(errors, "status.collisionCount", status.collisionCount ?? 0, "cannot be decremented");
}
