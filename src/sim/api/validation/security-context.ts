/** Security contexts of pods and containers. */
import { items } from "../defaults/absent.ts";
import type { Loose } from "../defaults/loose.ts";
import { duplicate, type Errors, forbidden, invalid, invalidEach, notSupported, required, tooLong } from "./field.ts";
import { userId } from "./names.ts";
import { localDescendingPath } from "./paths.ts";

const PROFILE_TYPES = ["Localhost", "RuntimeDefault", "Unconfined"];
const APP_ARMOR_PATH_BYTES_MAX = 4095;
const SYSCTL_TEXT = "^([a-z0-9]([-_a-z0-9]*[a-z0-9])?[\\./])*[a-z0-9]([-_a-z0-9]*[a-z0-9])?$";
const SYSCTL = new RegExp(SYSCTL_TEXT);
const SYSCTL_LENGTH_MAX = 253;

function validateIds(errors: Errors, field: string, context: Loose): void {
  if (context.runAsUser !== undefined) invalidEach(errors, `${field}.runAsUser`, context.runAsUser, userId(context.runAsUser));
  if (context.runAsGroup !== undefined) invalidEach(errors, `${field}.runAsGroup`, context.runAsGroup, userId(context.runAsGroup));
}

/** `field` is the spec's path: host namespaces are its fields, though upstream checks them here. */
export function validatePodSecurityContext(errors: Errors, specField: string, spec: Loose): void {
  const context: Loose | undefined = spec.securityContext;
  const field = `${specField}.securityContext`;
  if (!context) return;
  if (context.fsGroup !== undefined) invalidEach(errors, `${field}.fsGroup`, context.fsGroup, userId(context.fsGroup));
  validateIds(errors, field, context);
  (context.supplementalGroups ?? []).forEach((group: number, index: number) => invalidEach(errors, `${field}.supplementalGroups[${index}]`, group, userId(group)));
  if (spec.shareProcessNamespace === true && spec.hostPID) {
    invalid(errors, `${field}.shareProcessNamespace`, true, "ShareProcessNamespace and HostPID cannot both be enabled");
  }
  if (context.sysctls) validateSysctls(errors, `${field}.sysctls`, items(context.sysctls), spec);
  supported(errors, `${field}.fsGroupChangePolicy`, context.fsGroupChangePolicy, ["Always", "OnRootMismatch"]);
  validateSeccomp(errors, `${field}.seccompProfile`, context.seccompProfile);
  validateAppArmor(errors, `${field}.appArmorProfile`, context.appArmorProfile);
  supported(errors, `${field}.supplementalGroupsPolicy`, context.supplementalGroupsPolicy, ["Merge", "Strict"]);
  supported(errors, `${field}.seLinuxChangePolicy`, context.seLinuxChangePolicy, ["MountOption", "Recursive"]);
}

function supported(errors: Errors, field: string, value: unknown, values: readonly string[]): void {
  if (value !== undefined && !values.includes(value as string)) notSupported(errors, field, value, values);
}

function validateSysctls(errors: Errors, field: string, sysctls: readonly Loose[], spec: Loose): void {
  const seen = new Set<string>();
  sysctls.forEach((sysctl, index) => {
    const path = `${field}[${index}].name`;
    const name: string = sysctl.name ?? "";
    if (name === "") required(errors, path);
    else if (name.length > SYSCTL_LENGTH_MAX || !SYSCTL.test(name)) invalid(errors, path, name, `must have at most ${SYSCTL_LENGTH_MAX} characters and match regex ${SYSCTL_TEXT}`);
    else if (seen.has(name)) duplicate(errors, path, name);
    const dotted = name.replaceAll("/", ".");
    if (spec.hostNetwork && dotted.startsWith("net.")) invalid(errors, path, name, "may not be specified when 'hostNetwork' is true");
    else if (spec.hostIPC && /^(kernel\.(shm|msg|sem)|fs\.mqueue\.)/.test(dotted)) invalid(errors, path, name, "may not be specified when 'hostIPC' is true");
    seen.add(name);
  });
}

function validateSeccomp(errors: Errors, field: string, profile: Loose | undefined): void {
  if (!profile) return;
  if (!profile.type) required(errors, `${field}.type`, "type is required when seccompProfile is set");
  else supported(errors, `${field}.type`, profile.type, PROFILE_TYPES);
  if (profile.type === "Localhost") {
    if (profile.localhostProfile === undefined) required(errors, `${field}.localhostProfile`, "must be set when seccomp type is Localhost");
    else localDescendingPath(errors, `${field}.localhostProfile`, profile.localhostProfile);
  } else if (profile.localhostProfile !== undefined) {
    invalid(errors, `${field}.localhostProfile`, { Type: profile.type, LocalhostProfile: profile.localhostProfile }, "can only be set when seccomp type is Localhost");
  }
}

function validateAppArmor(errors: Errors, field: string, profile: Loose | undefined): void {
  if (!profile) return;
  const path = `${field}.localhostProfile`;
  const local: string | undefined = profile.localhostProfile;
  if (profile.type === "Localhost") {
    if (local === undefined || local === "") required(errors, path, "must be set when AppArmor type is Localhost");
    else {
      if (local.trim() !== local) invalid(errors, path, local, "must not be padded with whitespace");
      if (Buffer.byteLength(local) > APP_ARMOR_PATH_BYTES_MAX) tooLong(errors, path, APP_ARMOR_PATH_BYTES_MAX);
    }
  } else if (!profile.type) required(errors, `${field}.type`, "type is required when appArmorProfile is set");
  else if (!PROFILE_TYPES.includes(profile.type)) notSupported(errors, `${field}.type`, profile.type, PROFILE_TYPES);
  else if (local !== undefined) invalid(errors, path, local, "can only be set when AppArmor type is Localhost");
}

export function validateContainerSecurityContext(errors: Errors, field: string, context: Loose | undefined, hostUsers: boolean, printed: (context: Loose) => unknown): void {
  if (!context) return;
  validateIds(errors, field, context);
  if (context.procMount !== undefined) {
    supported(errors, `${field}.procMount`, context.procMount, ["Default", "Unmasked"]);
    if (hostUsers && context.procMount === "Unmasked") invalid(errors, `${field}.procMount`, "Unmasked", "`hostUsers` must be false to use `Unmasked`");
  }
  validateSeccomp(errors, `${field}.seccompProfile`, context.seccompProfile);
  if (context.allowPrivilegeEscalation === false) {
    if (context.privileged === true) invalid(errors, field, printed(context), "cannot set `allowPrivilegeEscalation` to false and `privileged` to true");
    if (context.capabilities?.add?.includes("CAP_SYS_ADMIN")) {
      invalid(errors, field, printed(context), "cannot set `allowPrivilegeEscalation` to false and `capabilities.Add` CAP_SYS_ADMIN");
    }
  }
  validateAppArmor(errors, `${field}.appArmorProfile`, context.appArmorProfile);
}

/** `hostUsers: false` excludes the host's other namespaces. */
export function validateHostUsers(errors: Errors, field: string, spec: Loose): void {
  if (spec.hostUsers !== false) return;
  if (spec.hostNetwork) forbidden(errors, `${field}.hostNetwork`, "when `hostUsers` is false");
  if (spec.hostPID) forbidden(errors, `${field}.HostPID`, "when `hostUsers` is false");
  if (spec.hostIPC) forbidden(errors, `${field}.HostIPC`, "when `hostUsers` is false");
  for (const list of ["initContainers", "containers", "ephemeralContainers"]) {
    items(spec[list]).forEach((container, index) => {
      if (container.volumeDevices?.length > 0) forbidden(errors, `${field}.${list}[${index}].volumeDevices`, "when `hostUsers` is false");
    });
  }
}
