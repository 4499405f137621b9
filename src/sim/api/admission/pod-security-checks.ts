/** The checks of the Pod Security Standards at their latest version, in the order their findings are told (upstream `pod-security-admission/policy`). */
import type { ObjectMeta } from "../../../objects/kube-object.ts";
import { items } from "../defaults/absent.ts";
import type { Loose } from "../defaults/loose.ts";

/** What a check found. `detail` is told in parentheses behind the reason. */
export interface Violation {
  reason: string;
  detail: string;
}

type Check = (spec: Loose, metadata: ObjectMeta | undefined) => Violation | undefined;

const DEFAULT_CAPABILITIES: ReadonlySet<string> = new Set([
  "AUDIT_WRITE", "CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID", "KILL", "MKNOD", "NET_BIND_SERVICE", "SETFCAP", "SETGID", "SETPCAP", "SETUID", "SYS_CHROOT",
]);
const SAFE_SYSCTLS: ReadonlySet<string> = new Set([
  "kernel.shm_rmid_forced", "net.ipv4.ip_local_port_range", "net.ipv4.tcp_syncookies", "net.ipv4.ping_group_range", "net.ipv4.ip_unprivileged_port_start",
  "net.ipv4.ip_local_reserved_ports", "net.ipv4.tcp_keepalive_time", "net.ipv4.tcp_fin_timeout", "net.ipv4.tcp_keepalive_intvl", "net.ipv4.tcp_keepalive_probes",
  "net.ipv4.tcp_rmem", "net.ipv4.tcp_wmem",
]);
const SELINUX_TYPES: ReadonlySet<string> = new Set(["", "container_t", "container_init_t", "container_kvm_t", "container_engine_t"]);
const SAFE_VOLUMES = ["configMap", "csi", "downwardAPI", "emptyDir", "ephemeral", "image", "persistentVolumeClaim", "projected", "secret"];
const APP_ARMOR_ANNOTATION = "container.apparmor.security.beta.kubernetes.io/";

const quote = (names: Iterable<string>): string => [...names].map((name) => `"${name}"`).join(", ");
const sorted = (names: Iterable<string>): string[] => [...new Set(names)].sort();
const plural = (one: string, many: string, count: number): string => (count === 1 ? one : many);
const containersNamed = (names: readonly string[]): string => `${plural("container", "containers", names.length)} ${quote(names)}`;

/** Init containers, containers and ephemeral containers, as upstream visits them. */
function allContainers(spec: Loose): Loose[] {
  return [...items(spec.initContainers), ...items(spec.containers), ...items(spec.ephemeralContainers)];
}

const namesWhere = (spec: Loose, isBad: (container: Loose) => boolean): string[] =>
  allContainers(spec).filter(isBad).map((container) => container.name);

function profileSetters(spec: Loose, isBad: (context: Loose) => boolean): string[] {
  const setters: string[] = [];
  if (spec.securityContext && isBad(spec.securityContext)) setters.push("pod");
  const names = namesWhere(spec, (container) => container.securityContext !== undefined && isBad(container.securityContext));
  if (names.length > 0) setters.push(containersNamed(names));
  return setters;
}

const isWindows = (spec: Loose): boolean => spec.os?.name === "windows";
/** Root in a user namespace is nobody on the host. */
const hasUserNamespace = (spec: Loose): boolean => spec.hostUsers === false;

const appArmorProfile: Check = (spec, metadata) => {
  const isBadType = (type: unknown): boolean => type !== undefined && type !== "RuntimeDefault" && type !== "Localhost";
  const setters = profileSetters(spec, (context) => isBadType(context.appArmorProfile?.type));
  const values = sorted([spec, ...allContainers(spec)].map((unit) => unit.securityContext?.appArmorProfile?.type).filter(isBadType));
  const annotations = Object.entries(metadata?.annotations ?? {})
    .filter(([key, value]) => key.startsWith(APP_ARMOR_ANNOTATION) && value !== "" && value !== "runtime/default" && !value.startsWith("localhost/"))
    .map(([key, value]) => `${key}=${JSON.stringify(value)}`)
    .sort();
  if (annotations.length > 0) {
    values.push(...annotations);
    setters.push(plural("annotation", "annotations", annotations.length));
  }
  if (setters.length === 0) return undefined;
  return {
    reason: plural("forbidden AppArmor profile", "forbidden AppArmor profiles", values.length),
    detail: `${setters.join(" and ")} must not set AppArmor profile type to ${quote(values)}`,
  };
};

const capabilitiesBaseline: Check = (spec) => {
  const isForbidden = (capability: string): boolean => !DEFAULT_CAPABILITIES.has(capability);
  const added = (container: Loose): string[] => container.securityContext?.capabilities?.add ?? [];
  const names = namesWhere(spec, (container) => added(container).some(isForbidden));
  if (names.length === 0) return undefined;
  const capabilities = sorted(allContainers(spec).flatMap(added).filter(isForbidden));
  return { reason: "non-default capabilities", detail: `${containersNamed(names)} must not include ${quote(capabilities)} in securityContext.capabilities.add` };
};

const hostNamespaces: Check = (spec) => {
  const used = ["hostNetwork", "hostPID", "hostIPC"].filter((field) => spec[field] === true).map((field) => `${field}=true`);
  return used.length > 0 ? { reason: "host namespaces", detail: used.join(", ") } : undefined;
};

const hostPathVolumes: Check = (spec) => {
  const names = items(spec.volumes).filter((volume) => volume.hostPath).map((volume) => volume.name);
  return names.length > 0 ? { reason: "hostPath volumes", detail: `${plural("volume", "volumes", names.length)} ${quote(names)}` } : undefined;
};

const hostPorts: Check = (spec) => {
  const used = (container: Loose): string[] => items(container.ports).filter((port) => port.hostPort).map((port) => String(port.hostPort));
  const names = namesWhere(spec, (container) => used(container).length > 0);
  if (names.length === 0) return undefined;
  const ports = sorted(allContainers(spec).flatMap(used));
  return { reason: "hostPort", detail: `${containersNamed(names)} ${plural("uses", "use", names.length)} ${plural("hostPort", "hostPorts", ports.length)} ${ports.join(", ")}` };
};

const hostProbes: Check = (spec) => {
  const hosts = (container: Loose): string[] => {
    const handlers = [container.livenessProbe, container.readinessProbe, container.startupProbe, container.lifecycle?.postStart, container.lifecycle?.preStop];
    return handlers.flatMap((handler) => [handler?.httpGet?.host, handler?.tcpSocket?.host]).filter((host) => host);
  };
  const names = sorted(namesWhere(spec, (container) => hosts(container).length > 0));
  if (names.length === 0) return undefined;
  const all = sorted(allContainers(spec).flatMap(hosts));
  return {
    reason: "probe or lifecycle host",
    detail: `${containersNamed(names)} ${plural("uses", "use", names.length)} ${plural("probe or lifecycle host", "probe or lifecycle hosts", all.length)} ${quote(all)}`,
  };
};

const privileged: Check = (spec) => {
  const names = namesWhere(spec, (container) => container.securityContext?.privileged === true);
  return names.length > 0 ? { reason: "privileged", detail: `${containersNamed(names)} must not set securityContext.privileged=true` } : undefined;
};

const procMount: Check = (spec) => {
  if (hasUserNamespace(spec)) return undefined;
  const mount = (container: Loose): string | undefined => container.securityContext?.procMount;
  const isBad = (container: Loose): boolean => mount(container) !== undefined && mount(container) !== "Default";
  const names = namesWhere(spec, isBad);
  if (names.length === 0) return undefined;
  const values = sorted(allContainers(spec).filter(isBad).map((container) => mount(container)!));
  return { reason: "procMount", detail: `${containersNamed(names)} must not set securityContext.procMount to ${quote(values)}` };
};

const seLinuxOptions: Check = (spec) => {
  const isBad = (context: Loose): boolean => {
    const options: Loose | undefined = context.seLinuxOptions;
    return options !== undefined && (!SELINUX_TYPES.has(options.type ?? "") || Boolean(options.user) || Boolean(options.role));
  };
  const setters = profileSetters(spec, isBad);
  if (setters.length === 0) return undefined;
  const options = [spec, ...allContainers(spec)].map((unit) => unit.securityContext?.seLinuxOptions).filter((value): value is Loose => value !== undefined);
  const types = sorted(options.map((option) => option.type ?? "").filter((type) => !SELINUX_TYPES.has(type)));
  const data: string[] = [];
  if (types.length > 0) data.push(`${plural("type", "types", types.length)} ${quote(types)}`);
  if (options.some((option) => option.user)) data.push("user may not be set");
  if (options.some((option) => option.role)) data.push("role may not be set");
  return { reason: "seLinuxOptions", detail: `${setters.join(" and ")} set forbidden securityContext.seLinuxOptions: ${data.join("; ")}` };
};

const isGoodSeccomp = (type: unknown): boolean => type === "RuntimeDefault" || type === "Localhost";

function seccompViolation(spec: Loose, isBad: (type: unknown) => boolean): Violation | undefined {
  const setters = profileSetters(spec, (context) => context.seccompProfile !== undefined && isBad(context.seccompProfile.type));
  if (setters.length === 0) return undefined;
  const values = sorted(
    [spec, ...allContainers(spec)].map((unit) => unit.securityContext?.seccompProfile?.type).filter((type) => type !== undefined && isBad(type)),
  );
  return { reason: "seccompProfile", detail: `${setters.join(" and ")} must not set securityContext.seccompProfile.type to ${quote(values)}` };
}

const seccompBaseline: Check = (spec) => seccompViolation(spec, (type) => !isGoodSeccomp(type));

const sysctls: Check = (spec) => {
  const names = items(spec.securityContext?.sysctls).map((sysctl) => sysctl.name).filter((name) => !SAFE_SYSCTLS.has(name));
  return names.length > 0 ? { reason: "forbidden sysctls", detail: names.join(", ") } : undefined;
};

const windowsHostProcess: Check = (spec) => {
  const setters = profileSetters(spec, (context) => context.windowsOptions?.hostProcess === true);
  return setters.length > 0 ? { reason: "hostProcess", detail: `${setters.join(" and ")} must not set securityContext.windowsOptions.hostProcess=true` } : undefined;
};

const allowPrivilegeEscalation: Check = (spec) => {
  if (isWindows(spec)) return undefined;
  const names = namesWhere(spec, (container) => container.securityContext?.allowPrivilegeEscalation !== false);
  return names.length > 0 ? { reason: "allowPrivilegeEscalation != false", detail: `${containersNamed(names)} must set securityContext.allowPrivilegeEscalation=false` } : undefined;
};

const capabilitiesRestricted: Check = (spec) => {
  if (isWindows(spec)) return undefined;
  const added = (container: Loose): string[] => (container.securityContext?.capabilities?.add ?? []).filter((capability: string) => capability !== "NET_BIND_SERVICE");
  const keeping = namesWhere(spec, (container) => !container.securityContext?.capabilities?.drop?.includes("ALL"));
  const adding = namesWhere(spec, (container) => added(container).length > 0);
  const details: string[] = [];
  if (keeping.length > 0) details.push(`${containersNamed(keeping)} must set securityContext.capabilities.drop=["ALL"]`);
  if (adding.length > 0) details.push(`${containersNamed(adding)} must not include ${quote(sorted(allContainers(spec).flatMap(added)))} in securityContext.capabilities.add`);
  return details.length > 0 ? { reason: "unrestricted capabilities", detail: details.join("; ") } : undefined;
};

const restrictedVolumes: Check = (spec) => {
  const bad = items(spec.volumes).filter((volume) => !SAFE_VOLUMES.some((type) => volume[type]));
  if (bad.length === 0) return undefined;
  const types = sorted(bad.map((volume) => Object.keys(volume).find((key) => key !== "name") ?? "unknown"));
  return {
    reason: "restricted volume types",
    detail: `${plural("volume", "volumes", bad.length)} ${quote(bad.map((volume) => volume.name))} ${plural("uses", "use", bad.length)} ${plural("restricted volume type", "restricted volume types", types.length)} ${quote(types)}`,
  };
};

const runAsNonRoot: Check = (spec) => {
  if (hasUserNamespace(spec)) return undefined;
  const setters = profileSetters(spec, (context) => context.runAsNonRoot === false);
  if (setters.length > 0) return { reason: "runAsNonRoot != true", detail: `${setters.join(" and ")} must not set securityContext.runAsNonRoot=false` };
  if (spec.securityContext?.runAsNonRoot === true) return undefined;
  const names = namesWhere(spec, (container) => container.securityContext?.runAsNonRoot === undefined);
  return names.length > 0 ? { reason: "runAsNonRoot != true", detail: `pod or ${containersNamed(names)} must set securityContext.runAsNonRoot=true` } : undefined;
};

const runAsUser: Check = (spec) => {
  if (hasUserNamespace(spec)) return undefined;
  const setters = profileSetters(spec, (context) => context.runAsUser === 0);
  return setters.length > 0 ? { reason: "runAsUser=0", detail: `${setters.join(" and ")} must not set runAsUser=0` } : undefined;
};

const seccompRestricted: Check = (spec) => {
  if (isWindows(spec)) return undefined;
  const violation = seccompViolation(spec, (type) => !isGoodSeccomp(type));
  if (violation || isGoodSeccomp(spec.securityContext?.seccompProfile?.type)) return violation;
  const names = namesWhere(spec, (container) => container.securityContext?.seccompProfile === undefined);
  return names.length > 0
    ? { reason: "seccompProfile", detail: `pod or ${containersNamed(names)} must set securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost"` }
    : undefined;
};

const BASELINE: readonly Check[] = [
  appArmorProfile, capabilitiesBaseline, hostNamespaces, hostPathVolumes, hostPorts, hostProbes, privileged, procMount, seLinuxOptions, seccompBaseline, sysctls, windowsHostProcess,
];
/** Restricted replaces the baseline's checks of capabilities, host paths and seccomp with its own. */
const RESTRICTED: readonly Check[] = [
  appArmorProfile, hostNamespaces, hostPorts, hostProbes, privileged, procMount, seLinuxOptions, sysctls, windowsHostProcess,
  allowPrivilegeEscalation, capabilitiesRestricted, restrictedVolumes, runAsNonRoot, runAsUser, seccompRestricted,
];

export type Level = "privileged" | "baseline" | "restricted";

export function violations(level: Level, spec: Loose, metadata: ObjectMeta | undefined): Violation[] {
  if (level === "privileged") return [];
  const found: Violation[] = [];
  for (const check of level === "baseline" ? BASELINE : RESTRICTED) {
    const violation = check(spec, metadata);
    if (violation) found.push(violation);
  }
  return found;
}

/** `host namespaces (hostNetwork=true), privileged (container "x" must not …)`. */
export function describeViolations(found: readonly Violation[]): string {
  return found.map(({ reason, detail }) => (detail === "" ? reason : `${reason} (${detail})`)).join(", ");
}
