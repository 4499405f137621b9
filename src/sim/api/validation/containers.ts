/** Containers, init containers and ephemeral containers. */
import { items } from "../defaults/absent.ts";
import type { Loose } from "../defaults/loose.ts";
import { ENVIRONMENT_FIELDS, validateFieldRef, validateResourceRef } from "./downward.ts";
import { duplicate, type Errors, forbidden, invalid, invalidEach, notFound, notSupported, oneOf, required, tooMany } from "./field.ts";
import { printInternal } from "./internal-json.ts";
import { configKey, dnsLabel, dnsSubdomain, environmentName, portName, portNumber } from "./names.ts";
import { localDescendingPath, noBacksteps } from "./paths.ts";
import { validateLifecycle, validateProbes } from "./probes.ts";
import { validateResourceRequirements } from "./resources.ts";
import { validateContainerSecurityContext } from "./security-context.ts";

const PROTOCOLS = ["SCTP", "TCP", "UDP"];
const NOT_A_SIDECAR = "may not be set for init containers without restartPolicy=Always";
const EPHEMERAL_FORBIDDEN = "cannot be set for an Ephemeral Container";
const NO_VALUE_FROM = "must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef`, `secretKeyRef` or `fileKeyRef`";

/** What the checks of one container need to know of its pod. */
export interface PodFacts {
  volumes: ReadonlyMap<string, Loose>;
  claims: ReadonlySet<string>;
  graceSeconds: number | undefined;
  restartPolicy: unknown;
  hostUsers: boolean;
  os: Loose | undefined;
}

export function validateContainers(errors: Errors, field: string, containers: readonly Loose[], pod: PodFacts): void {
  if (containers.length === 0) {
    required(errors, field);
    return;
  }
  const names = new Set<string>();
  containers.forEach((container, index) => {
    const path = `${field}[${index}]`;
    validateCommon(errors, path, container, pod);
    const name: string = container.name ?? "";
    if (names.has(name)) duplicate(errors, `${path}.name`, name);
    else names.add(name);
    if (container.lifecycle) validateLifecycle(errors, `${path}.lifecycle`, container.lifecycle, pod.graceSeconds, pod.os);
    validateProbes(errors, path, container, pod.graceSeconds);
    validateRestartRules(errors, path, container);
  });
  checkHostPorts(errors, field, containers);
}

export function validateInitContainers(errors: Errors, field: string, containers: readonly Loose[], regular: readonly Loose[], pod: PodFacts): void {
  if (containers.length === 0) return;
  const names = new Set<string>(regular.map((container) => container.name ?? ""));
  containers.forEach((container, index) => {
    const path = `${field}[${index}]`;
    validateCommon(errors, path, container, pod);
    validateRestartRules(errors, path, container);
    const isSidecar = container.restartPolicy === "Always";
    if (names.has(container.name ?? "")) duplicate(errors, `${path}.name`, container.name ?? "");
    else if (container.name) names.add(container.name);
    checkHostPorts(errors, field, [container]);
    if (isSidecar) {
      if (container.lifecycle) validateLifecycle(errors, `${path}.lifecycle`, container.lifecycle, pod.graceSeconds, pod.os);
      validateProbes(errors, path, container, pod.graceSeconds);
      return;
    }
    for (const name of ["lifecycle", "livenessProbe", "readinessProbe", "startupProbe"]) if (container[name]) forbidden(errors, `${path}.${name}`, NOT_A_SIDECAR);
    items(container.resizePolicy).forEach((policy, at) => {
      if (policy.restartPolicy === "RestartContainer") {
        invalid(errors, `${path}.resizePolicy[${at}].restartPolicy`, policy.restartPolicy, "must not be set to 'RestartContainer' for non-sidecar initContainers");
      }
    });
  });
}

const EPHEMERAL_DENIED = ["ports", "resources", "livenessProbe", "readinessProbe", "startupProbe", "lifecycle", "resizePolicy", "restartPolicy", "restartPolicyRules"];

export function validateEphemeralContainers(errors: Errors, field: string, spec: Loose, pod: PodFacts): void {
  const others = new Set<string>([...items(spec.containers), ...items(spec.initContainers)].map((container) => container.name));
  const names = new Set(others);
  items(spec.ephemeralContainers).forEach((container, index) => {
    const path = `${field}[${index}]`;
    validateCommon(errors, path, container, pod);
    validateImageSpaces(errors, path, container);
    if (names.has(container.name)) duplicate(errors, `${path}.name`, container.name);
    else names.add(container.name);
    if (container.targetContainerName && !others.has(container.targetContainerName)) notFound(errors, `${path}.targetContainerName`, container.targetContainerName);
    for (const name of EPHEMERAL_DENIED) {
      const value: unknown = container[name];
      const isSet = value !== undefined && !(typeof value === "object" && value !== null && Object.keys(value).length === 0);
      if (isSet) forbidden(errors, `${path}.${name}`, EPHEMERAL_FORBIDDEN);
    }
    items(container.volumeMounts).forEach((mount, at) => {
      if (mount.subPath) forbidden(errors, `${path}.volumeMounts[${at}].subPath`, EPHEMERAL_FORBIDDEN);
      if (mount.subPathExpr) forbidden(errors, `${path}.volumeMounts[${at}].subPathExpr`, EPHEMERAL_FORBIDDEN);
    });
  });
}

/** Only pods themselves are held to this; templates may wait for someone to fill the image in. */
export function validateImageSpaces(errors: Errors, path: string, container: Loose): void {
  const image: string = container.image ?? "";
  if (image.trim() !== image) invalid(errors, `${path}.image`, image, "must not have leading or trailing whitespace");
}

function validateCommon(errors: Errors, path: string, container: Loose, pod: PodFacts): void {
  if (!container.name) required(errors, `${path}.name`);
  else {
    const messages = dnsLabel(container.name);
    if (messages.length > 0) invalidEach(errors, `${path}.name`, container.name, messages);
  }
  if (!container.image) required(errors, `${path}.image`);
  oneOf(errors, `${path}.terminationMessagePolicy`, container.terminationMessagePolicy, ["File", "FallbackToLogsOnError"]);
  if (container.ports) validatePorts(errors, `${path}.ports`, items(container.ports));
  if (container.env) validateEnvironment(errors, `${path}.env`, items(container.env));
  if (container.envFrom) validateEnvironmentSources(errors, `${path}.envFrom`, items(container.envFrom));
  if (container.volumeMounts) validateMounts(errors, `${path}.volumeMounts`, container, pod.volumes);
  if (container.volumeDevices) validateDevices(errors, `${path}.volumeDevices`, container, pod.volumes);
  oneOf(errors, `${path}.imagePullPolicy`, container.imagePullPolicy, ["Always", "IfNotPresent", "Never"]);
  validateResourceRequirements(errors, `${path}.resources`, container.resources, pod.claims);
  if (container.resizePolicy) validateResizePolicy(errors, `${path}.resizePolicy`, items(container.resizePolicy), pod.restartPolicy);
  validateContainerSecurityContext(errors, `${path}.securityContext`, container.securityContext, pod.hostUsers, (context) => printInternal("SecurityContext", context));
}

function validatePorts(errors: Errors, field: string, ports: readonly Loose[]): void {
  const names = new Set<string>();
  ports.forEach((port, index) => {
    const path = `${field}[${index}]`;
    if (port.name) {
      const messages = portName(port.name);
      invalidEach(errors, `${path}.name`, port.name, messages);
      if (messages.length === 0 && names.has(port.name)) duplicate(errors, `${path}.name`, port.name);
      names.add(port.name);
    }
    if (!port.containerPort) required(errors, `${path}.containerPort`);
    else invalidEach(errors, `${path}.containerPort`, port.containerPort, portNumber(port.containerPort));
    if (port.hostPort) invalidEach(errors, `${path}.hostPort`, port.hostPort, portNumber(port.hostPort));
    oneOf(errors, `${path}.protocol`, port.protocol, PROTOCOLS);
  });
}

function validateEnvironment(errors: Errors, field: string, variables: readonly Loose[]): void {
  variables.forEach((variable, index) => {
    const path = `${field}[${index}]`;
    if (!variable.name) required(errors, `${path}.name`);
    else invalidEach(errors, `${path}.name`, variable.name, environmentName(variable.name));
    const from: Loose | undefined = variable.valueFrom;
    if (!from) return;
    let count = 0;
    if (from.fieldRef && ++count) validateFieldRef(errors, `${path}.valueFrom.fieldRef`, from.fieldRef, ENVIRONMENT_FIELDS);
    if (from.resourceFieldRef && ++count) validateResourceRef(errors, `${path}.valueFrom.resourceFieldRef`, from.resourceFieldRef, false);
    for (const type of ["configMapKeyRef", "secretKeyRef"]) if (from[type] && ++count) validateKeyRef(errors, `${path}.valueFrom.${type}`, from[type]);
    if (from.fileKeyRef && ++count) validateFileRef(errors, `${path}.valueFrom.fileKeyRef`, from.fileKeyRef);
    if (count === 0) invalid(errors, `${path}.valueFrom`, "", NO_VALUE_FROM);
    else if (variable.value) invalid(errors, `${path}.valueFrom`, "", "may not be specified when `value` is not empty");
    else if (count > 1) invalid(errors, `${path}.valueFrom`, "", "may not have more than one field specified at a time");
  });
}

function validateKeyRef(errors: Errors, path: string, ref: Loose): void {
  invalidEach(errors, `${path}.name`, ref.name ?? "", dnsSubdomain(ref.name ?? ""));
  if (!ref.key) required(errors, `${path}.key`);
  else invalidEach(errors, `${path}.key`, ref.key, configKey(ref.key));
}

function validateFileRef(errors: Errors, path: string, ref: Loose): void {
  if (!ref.key) required(errors, `${path}.key`);
  else invalidEach(errors, `${path}.key`, ref.key, environmentName(ref.key));
  if (!ref.volumeName) required(errors, `${path}.volumeName`);
  else invalidEach(errors, `${path}.volumeName`, ref.volumeName, dnsLabel(ref.volumeName));
  if (!ref.path) required(errors, `${path}.path`);
  else localDescendingPath(errors, `${path}.path`, ref.path);
}

function validateEnvironmentSources(errors: Errors, field: string, sources: readonly Loose[]): void {
  sources.forEach((source, index) => {
    const path = `${field}[${index}]`;
    if (source.prefix) invalidEach(errors, `${path}.prefix`, source.prefix, environmentName(source.prefix));
    let count = 0;
    for (const type of ["configMapRef", "secretRef"]) {
      if (!source[type]) continue;
      count++;
      const name: string = source[type].name ?? "";
      if (name === "") required(errors, `${path}.${type}.name`);
      else invalidEach(errors, `${path}.${type}.name`, name, dnsSubdomain(name));
    }
    if (count === 0) invalid(errors, field, "", "must specify one of: `configMapRef` or `secretRef`");
    else if (count > 1) invalid(errors, field, "", "may not have more than one field specified at a time");
  });
}

function validateMounts(errors: Errors, field: string, container: Loose, volumes: ReadonlyMap<string, Loose>): void {
  const paths = new Set<string>();
  const devices = items(container.volumeDevices);
  items(container.volumeMounts).forEach((mount, index) => {
    const path = `${field}[${index}]`;
    const name: string = mount.name ?? "";
    if (name === "") required(errors, `${path}.name`);
    if (!volumes.has(name)) notFound(errors, `${path}.name`, name);
    if (!mount.mountPath) required(errors, `${path}.mountPath`);
    if (paths.has(mount.mountPath)) invalid(errors, `${path}.mountPath`, mount.mountPath, "must be unique");
    paths.add(mount.mountPath);
    if (devices.some((device) => device.name === name)) invalid(errors, `${path}.name`, name, "must not already exist in volumeDevices");
    if (devices.some((device) => device.devicePath === mount.mountPath)) invalid(errors, `${path}.mountPath`, mount.mountPath, "must not already exist as a path in volumeDevices");
    if (mount.subPath) localDescendingPath(errors, `${field}.subPath`, mount.subPath);
    if (mount.subPathExpr) {
      if (mount.subPath) invalid(errors, `${path}.subPathExpr`, mount.subPathExpr, "subPathExpr and subPath are mutually exclusive");
      localDescendingPath(errors, `${field}.subPathExpr`, mount.subPathExpr);
    }
    validatePropagation(errors, field, mount, container);
  });
}

function validatePropagation(errors: Errors, field: string, mount: Loose, container: Loose): void {
  const { mountPropagation, recursiveReadOnly } = mount;
  if (mountPropagation !== undefined) {
    const modes = ["Bidirectional", "HostToContainer", "None"];
    if (!modes.includes(mountPropagation)) notSupported(errors, `${field}.mountPropagation`, mountPropagation, modes);
    if (mountPropagation === "Bidirectional" && container.securityContext?.privileged !== true) {
      forbidden(errors, `${field}.mountPropagation`, "Bidirectional mount propagation is available only to privileged containers");
    }
  }
  if (recursiveReadOnly === undefined || recursiveReadOnly === "Disabled") return;
  if (recursiveReadOnly !== "Enabled" && recursiveReadOnly !== "IfPossible") {
    notSupported(errors, `${field}.recursiveReadOnly`, recursiveReadOnly, ["Disabled", "Enabled", "IfPossible"]);
    return;
  }
  if (!mount.readOnly) forbidden(errors, `${field}.recursiveReadOnly`, "may only be specified when readOnly is true");
  if (mountPropagation !== undefined && mountPropagation !== "None") {
    forbidden(errors, `${field}.recursiveReadOnly`, "may only be specified when mountPropagation is None or not specified");
  }
}

function validateDevices(errors: Errors, field: string, container: Loose, volumes: ReadonlyMap<string, Loose>): void {
  const paths = new Set<string>();
  const names = new Set<string>();
  const mounts = items(container.volumeMounts);
  items(container.volumeDevices).forEach((device, index) => {
    const path = `${field}[${index}]`;
    const name: string = device.name ?? "";
    const devicePath: string = device.devicePath ?? "";
    const volume = volumes.get(name);
    if (name === "") required(errors, `${path}.name`);
    if (names.has(name)) invalid(errors, `${path}.name`, name, "must be unique");
    if (volume && !volume.persistentVolumeClaim && !volume.ephemeral) {
      invalid(errors, `${path}.name`, name, "can only use volume source type of PersistentVolumeClaim or Ephemeral for block mode");
    }
    if (!volume) notFound(errors, `${path}.name`, name);
    if (devicePath === "") required(errors, `${path}.devicePath`);
    if (paths.has(devicePath)) invalid(errors, `${path}.devicePath`, devicePath, "must be unique");
    const backsteps: Errors = [];
    noBacksteps(backsteps, "", devicePath);
    if (backsteps.length > 0) invalid(errors, `${path}.devicePath`, devicePath, "can not contain backsteps ('..')");
    else paths.add(devicePath);
    if (mounts.some((mount) => mount.name === name)) invalid(errors, `${path}.name`, name, "must not already exist in volumeMounts");
    if (mounts.some((mount) => mount.mountPath === devicePath)) invalid(errors, `${path}.devicePath`, devicePath, "must not already exist as a path in volumeMounts");
    if (name !== "") names.add(name);
  });
}

function validateResizePolicy(errors: Errors, field: string, policies: readonly Loose[], restartPolicy: unknown): void {
  const seen = new Set<string>();
  policies.forEach((policy, index) => {
    if (seen.has(policy.resourceName)) duplicate(errors, `${field}[${index}]`, policy.resourceName);
    seen.add(policy.resourceName);
    oneOf(errors, field, policy.resourceName, ["cpu", "memory"]);
    oneOf(errors, field, policy.restartPolicy, ["NotRequired", "RestartContainer"]);
    if (restartPolicy === "Never" && policy.restartPolicy !== "NotRequired") {
      invalid(errors, field, policy.restartPolicy, "must be 'NotRequired' when pod `restartPolicy` is 'Never'");
    }
  });
}

function validateRestartRules(errors: Errors, path: string, container: Loose): void {
  const rules = items(container.restartPolicyRules);
  if (container.restartPolicy === undefined) {
    if (rules.length > 0) required(errors, `${path}.restartPolicy`, "must specify restartPolicy when restart rules are used");
    else return;
  } else if (!["Always", "Never", "OnFailure"].includes(container.restartPolicy)) notSupported(errors, `${path}.restartPolicy`, container.restartPolicy, ["Always", "Never", "OnFailure"]);
  if (rules.length > 20) tooMany(errors, `${path}.restartPolicyRules`, rules.length, 20);
  rules.forEach((rule, index) => {
    const at = `${path}.restartPolicyRules[${index}]`;
    if (rule.action !== "Restart" && rule.action !== "RestartAllContainers") notSupported(errors, `${at}.action`, rule.action ?? "", ["Restart", "RestartAllContainers"]);
    if (!rule.exitCodes) {
      required(errors, `${at}.exitCodes`, "must be specified");
      return;
    }
    if (!["In", "NotIn"].includes(rule.exitCodes.operator)) notSupported(errors, `${at}.exitCodes.operator`, rule.exitCodes.operator ?? "", ["In", "NotIn"]);
    if (rule.exitCodes.values?.length > 255) tooMany(errors, `${at}.exitCodes.values`, rule.exitCodes.values.length, 255);
  });
}

function checkHostPorts(errors: Errors, field: string, containers: readonly Loose[]): void {
  const taken = new Set<string>();
  containers.forEach((container, index) => {
    items(container.ports).forEach((port, at) => {
      if (!port.hostPort) return;
      const key = `${port.protocol}/${port.hostIP ?? ""}/${port.hostPort}`;
      if (taken.has(key)) duplicate(errors, `${field}[${index}].ports[${at}].hostPort`, key);
      else taken.add(key);
    });
  });
}
