/** References to a pod's own fields and resources, in environment variables and in files. */
import type { Loose } from "../defaults/loose.ts";
import { type Errors, invalid, invalidEach, notSupported, required } from "./field.ts";
import { labelKey } from "./names.ts";
import { localPath } from "./paths.ts";

const KNOWN_LABELS: ReadonlySet<string> = new Set([
  "metadata.annotations", "metadata.labels", "metadata.name", "metadata.namespace", "metadata.uid", "spec.nodeName", "spec.restartPolicy", "spec.serviceAccountName", "spec.schedulerName",
  "status.phase", "status.hostIP", "status.hostIPs", "status.podIP", "status.podIPs",
]);
export const ENVIRONMENT_FIELDS = [
  "metadata.name", "metadata.namespace", "metadata.uid", "spec.nodeName", "spec.serviceAccountName", "status.hostIP", "status.hostIPs", "status.podIP", "status.podIPs",
];
const FILE_FIELDS = ["metadata.annotations", "metadata.labels", "metadata.name", "metadata.namespace", "metadata.uid"];
const RESOURCES = ["limits.cpu", "limits.ephemeral-storage", "limits.memory", "requests.cpu", "requests.ephemeral-storage", "requests.memory"];
const MEMORY_DIVISORS = ["1", "1k", "1M", "1G", "1T", "1P", "1E", "1Ki", "1Mi", "1Gi", "1Ti", "1Pi", "1Ei"];
const SUBSCRIPT = /^(.*)\['(.*)'\]$/s;

/** `expressions` are the supported paths, sorted. */
export function validateFieldRef(errors: Errors, field: string, ref: Loose, expressions: readonly string[]): void {
  if (!ref.apiVersion) {
    required(errors, `${field}.apiVersion`);
    return;
  }
  const path: string = ref.fieldPath ?? "";
  if (path === "") {
    required(errors, `${field}.fieldPath`);
    return;
  }
  const failed = (why: string): void => invalid(errors, `${field}.fieldPath`, path, `error converting fieldPath: ${why}`);
  if (ref.apiVersion !== "v1") {
    failed(`unsupported pod version: ${ref.apiVersion}`);
    return;
  }
  const subscripted = SUBSCRIPT.exec(path);
  if (subscripted) {
    if (subscripted[1] === "metadata.annotations") invalidEach(errors, field, subscripted[2]!.toLowerCase(), labelKey(subscripted[2]!.toLowerCase()));
    else if (subscripted[1] === "metadata.labels") invalidEach(errors, field, subscripted[2], labelKey(subscripted[2]!));
    else failed(`field label does not support subscript: ${path}`);
    return;
  }
  const known = path === "spec.host" ? "spec.nodeName" : path;
  if (!KNOWN_LABELS.has(known)) failed(`field label not supported: ${path}`);
  else if (!expressions.includes(known)) notSupported(errors, `${field}.fieldPath`, known, expressions);
}

export function validateResourceRef(errors: Errors, field: string, ref: Loose, isVolume: boolean): void {
  const resource: string = ref.resource ?? "";
  const isHuge = resource.startsWith("limits.hugepages-") || resource.startsWith("requests.hugepages-");
  if (isVolume && !ref.containerName) required(errors, `${field}.containerName`);
  else if (resource === "") required(errors, `${field}.resource`);
  else if (!RESOURCES.includes(resource) && !isHuge) notSupported(errors, `${field}.resource`, resource, RESOURCES);
  const divisor: string = ref.divisor ?? "0";
  if (divisor === "0") return;
  const fail = (values: string, name: string): void => invalid(errors, `${field}.divisor`, resource, `only divisor's values ${values} are supported with the ${name} resource`);
  const memory = "1, 1k, 1M, 1G, 1T, 1P, 1E, 1Ki, 1Mi, 1Gi, 1Ti, 1Pi, 1Ei";
  if (resource.endsWith(".cpu")) {
    if (divisor !== "1m" && divisor !== "1") fail("1m and 1", "cpu");
  } else if (MEMORY_DIVISORS.includes(divisor)) return;
  else if (resource.endsWith(".memory")) fail(memory, "memory");
  else if (resource.endsWith(".ephemeral-storage")) fail(memory, "local ephemeral storage");
  else if (isHuge) fail(memory, "hugepages");
}

/** `field` is the volume's path: upstream does not name the item. */
export function validateDownwardFile(errors: Errors, field: string, file: Loose): void {
  if (!file.path) required(errors, `${field}.path`);
  localPath(errors, `${field}.path`, file.path ?? "");
  if (file.fieldRef) {
    validateFieldRef(errors, `${field}.fieldRef`, file.fieldRef, FILE_FIELDS);
    if (file.resourceFieldRef) invalid(errors, field, "resource", "fieldRef and resourceFieldRef can not be specified simultaneously");
  } else if (file.resourceFieldRef) validateResourceRef(errors, `${field}.resourceFieldRef`, file.resourceFieldRef, true);
  else required(errors, field, "one of fieldRef and resourceFieldRef is required");
  if (typeof file.mode === "number" && (file.mode > 0o777 || file.mode < 0)) {
    invalid(errors, `${field}.mode`, file.mode, "must be a number between 0 and 0777 (octal), both inclusive");
  }
}

