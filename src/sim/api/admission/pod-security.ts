/** Pod Security admission: the levels that a namespace's labels ask for, enforced on pods and warned about on templates. */
import type { KubeObject, ObjectMeta } from "../../../objects/kube-object.ts";
import { items } from "../defaults/absent.ts";
import type { Loose } from "../defaults/loose.ts";
import { type FieldError, invalid as invalidObject } from "../status.ts";
import { type Errors, invalid } from "../validation/field.ts";
import type { AdmissionPlugin, AdmissionRequest } from "./admission.ts";
import { describeViolations, type Level, violations } from "./pod-security-checks.ts";
import { refuse } from "./refuse.ts";

const PREFIX = "pod-security.kubernetes.io/";
const LEVELS: readonly Level[] = ["privileged", "baseline", "restricted"];
const IGNORED_SUBRESOURCES: ReadonlySet<string> = new Set(["exec", "attach", "binding", "eviction", "log", "portforward", "proxy", "status"]);
const PODS_CHECKED_MAX = 3000;

interface Policy {
  enforce: { level: Level; version: string };
  warn: { level: Level; version: string };
  errors: readonly FieldError[];
}

const policies = new WeakMap<object, Policy>();
const PRIVILEGED: Policy = { enforce: { level: "privileged", version: "latest" }, warn: { level: "privileged", version: "latest" }, errors: [] };

/** Labels of stored namespaces never change in place, so what they mean is remembered. */
function policyOf(labels: Record<string, string> | undefined): Policy {
  if (!labels) return PRIVILEGED;
  let policy = policies.get(labels);
  if (!policy) {
    policy = readPolicy(labels);
    policies.set(labels, policy);
  }
  return policy;
}

function readPolicy(labels: Record<string, string>): Policy {
  const errors: Errors = [];
  const readLevel = (mode: string, fallback: Level): Level | undefined => {
    const text = labels[`${PREFIX}${mode}`];
    if (text === undefined) return undefined;
    if (LEVELS.includes(text as Level)) return text as Level;
    invalid(errors, `metadata.labels[${PREFIX}${mode}]`, text, `must be one of ${LEVELS.join(", ")}`);
    return fallback;
  };
  const readVersion = (mode: string): string | undefined => {
    const text = labels[`${PREFIX}${mode}-version`];
    if (text === undefined || text === "latest" || /^v1\.([0-9]|[1-9][0-9]*)$/.test(text)) return text;
    invalid(errors, `metadata.labels[${PREFIX}${mode}-version]`, text, 'must be "latest" or "v1.x"');
    return "latest";
  };
  // A level that cannot be read is enforced as the strictest, and neither audited nor warned about.
  const enforceLevel = readLevel("enforce", "restricted");
  const isEnforceValid = enforceLevel !== undefined && errors.length === 0;
  const enforceVersion = readVersion("enforce");
  readLevel("audit", "privileged");
  readVersion("audit");
  const warnLevel = readLevel("warn", "privileged");
  const warnVersion = readVersion("warn");
  const enforce = { level: enforceLevel ?? "privileged", version: enforceVersion ?? "latest" };
  const warn = { level: warnLevel ?? "privileged", version: warnVersion ?? "latest" };
  if (warnLevel === undefined && isEnforceValid && enforce.level !== "privileged") {
    warn.level = enforce.level;
    if (warnVersion === undefined) warn.version = enforce.version;
  }
  return { enforce, warn, errors };
}

export const podSecurity: AdmissionPlugin = {
  name: "PodSecurity",
  validate(request) {
    if ((request.operation !== "CREATE" && request.operation !== "UPDATE") || !request.object) return;
    const { group, plural } = request.type;
    if (group === "" && plural === "namespaces") validateNamespace(request);
    else if (group === "" && plural === "pods") validatePod(request);
    else if (request.subresource === "") warnAboutTemplate(request);
  },
};

function namespacePolicy(request: AdmissionRequest): Policy {
  const namespace = request.namespace ? request.client.get("namespaces", undefined, request.namespace) : undefined;
  return policyOf(namespace?.metadata.labels);
}

function validatePod(request: AdmissionRequest): void {
  if (IGNORED_SUBRESOURCES.has(request.subresource)) return;
  const policy = namespacePolicy(request);
  if (policy.enforce.level === "privileged" && policy.warn.level === "privileged") return;
  const pod = request.object!;
  if (request.operation === "UPDATE" && request.oldObject && !isSignificantUpdate(pod, request.oldObject)) return;
  const found = violations(policy.enforce.level, pod.spec ?? {}, pod.metadata);
  if (found.length > 0) throw refuse(request, `violates PodSecurity "${policy.enforce.level}:${policy.enforce.version}": ${describeViolations(found)}`);
  warn(request, policy, pod.spec ?? {}, pod.metadata);
}

function warn(request: AdmissionRequest, policy: Policy, spec: Loose, metadata: ObjectMeta | undefined): void {
  const found = violations(policy.warn.level, spec, metadata);
  if (found.length > 0) request.warnings.push(`would violate PodSecurity "${policy.warn.level}:${policy.warn.version}": ${describeViolations(found)}`);
}

/** Only new containers and new images are looked at again. */
function isSignificantUpdate(next: KubeObject, old: KubeObject): boolean {
  for (const list of ["containers", "initContainers"]) {
    const wanted = items(next.spec?.[list]);
    const before = items(old.spec?.[list]);
    if (wanted.length !== before.length || wanted.some((container, index) => container.image !== before[index]!.image)) return true;
  }
  return items(next.spec?.ephemeralContainers).some((container) => {
    const before = items(old.spec?.ephemeralContainers).find((other) => other.name === container.name);
    return !before || before.image !== container.image;
  });
}

const TEMPLATES: Readonly<Record<string, (object: Loose) => Loose | undefined>> = {
  "/podtemplates": (object) => object.template,
  "/replicationcontrollers": (object) => object.spec?.template,
  "apps/deployments": (object) => object.spec?.template,
  "apps/replicasets": (object) => object.spec?.template,
  "apps/statefulsets": (object) => object.spec?.template,
  "apps/daemonsets": (object) => object.spec?.template,
  "batch/jobs": (object) => object.spec?.template,
  "batch/cronjobs": (object) => object.spec?.jobTemplate?.spec?.template,
};

function warnAboutTemplate(request: AdmissionRequest): void {
  const extract = TEMPLATES[`${request.type.group}/${request.type.plural}`];
  if (!extract) return;
  const policy = namespacePolicy(request);
  if (policy.warn.level === "privileged") return;
  const template = extract(request.object!);
  if (template?.spec) warn(request, policy, template.spec, template.metadata);
}

function validateNamespace(request: AdmissionRequest): void {
  if (request.subresource !== "") return;
  const { metadata } = request.object!;
  const policy = policyOf(metadata.labels);
  const before = request.operation === "UPDATE" ? policyOf(request.oldObject?.metadata.labels) : undefined;
  const isNewlyWrong = policy.errors.length > 0 && (!before || JSON.stringify(before.errors) !== JSON.stringify(policy.errors));
  if (isNewlyWrong) throw invalidObject("Namespace", "", metadata.name, policy.errors);
  if (!before || policy.enforce.level === "privileged") return;
  const isRelaxed = before.enforce.version === policy.enforce.version && LEVELS.indexOf(policy.enforce.level) <= LEVELS.indexOf(before.enforce.level);
  if (!isRelaxed) request.warnings.push(...existingPodWarnings(request, policy));
}

/** Pods that are there already stay, but are told about: one line for each combination of reasons. */
function existingPodWarnings(request: AdmissionRequest, policy: Policy): string[] {
  const namespace = request.object!.metadata.name;
  const counts = new Map<string, { name: string; count: number }>();
  for (const pod of request.client.list("pods", { namespace }).slice(0, PODS_CHECKED_MAX)) {
    const found = violations(policy.enforce.level, pod.spec ?? {}, pod.metadata);
    if (found.length === 0) continue;
    const reasons = found.map(({ reason }) => reason).join(", ");
    const known = counts.get(reasons) ?? { name: pod.metadata.name, count: 0 };
    counts.set(reasons, { name: pod.metadata.name < known.name ? pod.metadata.name : known.name, count: known.count + 1 });
  }
  if (counts.size === 0) return [];
  const lines = [...counts].map(([reasons, { name, count }]) => {
    const others = count === 1 ? "" : count === 2 ? " (and 1 other pod)" : ` (and ${count - 1} other pods)`;
    return `${name}${others}: ${reasons}`;
  });
  return [`existing pods in namespace "${namespace}" violate the new PodSecurity enforce level "${policy.enforce.level}:${policy.enforce.version}"`, ...lines.sort()];
}
