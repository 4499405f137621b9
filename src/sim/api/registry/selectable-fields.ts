/** Which fields each kind can be selected by (`AddFieldLabelConversionFunc` and `GetAttrs` of upstream's registries). */
import type { KubeObject } from "../../../objects/kube-object.ts";
import { type ResourceType, typeName } from "../resource-types.ts";
import { badRequest } from "../status.ts";
import type { FieldRequirement } from "./labels.ts";

type Reader = (object: KubeObject) => string;

const text = (value: unknown): string => (value === undefined || value === null ? "" : String(value));

const path =
  (...names: readonly string[]): Reader =>
  (object) => {
    let value: unknown = object;
    for (const name of names) value = (value as Record<string, unknown> | undefined)?.[name];
    return text(value);
  };

const GENERAL: Readonly<Record<string, Reader>> = {
  "metadata.name": (object) => object.metadata.name,
  "metadata.namespace": (object) => object.metadata.namespace ?? "",
};

/** What an event is about, under the name that its API version has for it. */
const involved = (as: string): Record<string, Reader> =>
  Object.fromEntries(["kind", "namespace", "name", "uid", "apiVersion", "resourceVersion", "fieldPath"].map((field) => [`${as}.${field}`, path("involvedObject", field)]));

/** By resource, or by storage where all its versions offer the same fields. */
const BY_TYPE: Readonly<Record<string, Readonly<Record<string, Reader>>>> = {
  pods: {
    "spec.nodeName": path("spec", "nodeName"),
    "spec.restartPolicy": path("spec", "restartPolicy"),
    "spec.schedulerName": path("spec", "schedulerName"),
    "spec.serviceAccountName": path("spec", "serviceAccountName"),
    "spec.hostNetwork": (pod) => String(pod["spec"]?.hostNetwork === true),
    "status.phase": path("status", "phase"),
    "status.podIP": path("status", "podIP"),
    "status.podIPs": path("status", "podIP"),
    "status.nominatedNodeName": path("status", "nominatedNodeName"),
  },
  events: {
    ...involved("involvedObject"),
    reason: path("reason"),
    reportingComponent: path("reportingComponent"),
    // An event by the newer API names no source: then its reporter is meant.
    source: (event) => text(event["source"]?.component) || text(event["reportingComponent"]),
    type: path("type"),
  },
  "events.k8s.io/events": {
    ...involved("regarding"),
    reason: path("reason"),
    reportingController: path("reportingComponent"),
    type: path("type"),
  },
  nodes: { "spec.unschedulable": (node) => String(node["spec"]?.unschedulable === true) },
  namespaces: { "status.phase": path("status", "phase") },
  secrets: { type: path("type") },
  services: { "spec.clusterIP": path("spec", "clusterIP"), "spec.type": path("spec", "type") },
  replicationcontrollers: { "status.replicas": (controller) => text(controller["status"]?.replicas ?? 0) },
  "apps/replicasets": { "status.replicas": (set) => text(set["status"]?.replicas ?? 0) },
  "batch/jobs": { "status.successful": (job) => text(job["status"]?.succeeded ?? 0) },
  "certificates.k8s.io/certificatesigningrequests": { "spec.signerName": path("spec", "signerName") },
};

/** A test for all requirements; throws BadRequest, in upstream's words, for a field that the kind does not offer. */
export function fieldMatcher(type: ResourceType, requirements: readonly FieldRequirement[]): (object: KubeObject) => boolean {
  const tests = requirements.map(({ field, isEqual, value }) => {
    const read = readerOf(type, field);
    return (object: KubeObject): boolean => (read(object) === value) === isEqual;
  });
  return (object) => tests.every((test) => test(object));
}

function readerOf(type: ResourceType, field: string): Reader {
  const general = GENERAL[field];
  if (general !== undefined) return general;
  const offered = BY_TYPE[typeName(type.group, type.plural)] ?? BY_TYPE[type.storage];
  const known = offered?.[field];
  if (known !== undefined) return known;
  const custom = type.custom?.version.selectableFields?.find((selectable) => selectable.jsonPath === `.${field}`);
  if (custom !== undefined) return path(...field.split("."));
  throw badRequest(offered === undefined ? `"${field}" is not a known field selector: only "metadata.name", "metadata.namespace"` : `field label not supported: ${field}`);
}
