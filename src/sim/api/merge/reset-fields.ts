/** The fields that an endpoint resets on every write, and so never lets anyone own (the `GetResetFields` of upstream's strategies). */
import type { ObjectType } from "../../../objects/schema/type-schema.ts";
import { EMPTY, fieldElement, fieldSet, union, type FieldSet } from "./field-set.ts";

const STATUS = fieldSet(["f:status"]);
const SPEC = fieldSet(["f:spec"]);
const SPEC_AND_METADATA = fieldSet(["f:metadata"], ["f:spec"]);

/** Status endpoints that reset more, or something else, than `spec`: by `group/plural`. */
const STATUS_ENDPOINTS: Readonly<Record<string, FieldSet>> = {
  "/pods": fieldSet(["f:spec"], ["f:metadata", "f:deletionTimestamp"], ["f:metadata", "f:ownerReferences"]),
  "apps/deployments": fieldSet(["f:spec"], ["f:metadata", "f:labels"]),
  "certificates.k8s.io/certificatesigningrequests": fieldSet(["f:spec"], ["f:status", "f:conditions"]),
  "admissionregistration.k8s.io/validatingadmissionpolicies": SPEC_AND_METADATA,
  "apiextensions.k8s.io/customresourcedefinitions": SPEC_AND_METADATA,
  "apiregistration.k8s.io/apiservices": SPEC_AND_METADATA,
  "flowcontrol.apiserver.k8s.io/flowschemas": SPEC_AND_METADATA,
  "flowcontrol.apiserver.k8s.io/prioritylevelconfigurations": SPEC_AND_METADATA,
  "networking.k8s.io/servicecidrs": SPEC_AND_METADATA,
  "resource.k8s.io/resourceclaims": SPEC_AND_METADATA,
  "storage.k8s.io/volumeattachments": SPEC_AND_METADATA,
};

export interface ResetOptions {
  group: string;
  plural: string;
  schema: ObjectType;
  /** Whether the kind has a status subresource. */
  hasStatus: boolean;
  isCustom?: boolean;
}

/** `subresource` is empty for the object's own endpoint. */
export function resetFieldsOf(resource: ResetOptions, subresource: string): FieldSet {
  const { group, plural, schema, hasStatus } = resource;
  const key = `${group}/${plural}`;
  if (subresource === "") return !hasStatus ? EMPTY : key === "certificates.k8s.io/certificatesigningrequests" ? union(STATUS, SPEC) : STATUS;
  if (key === "/pods" && subresource === "ephemeralcontainers") return allBut(schema, ["spec", "ephemeralContainers"]);
  if (key === "/pods" && subresource === "resize") return union(STATUS, allBut(schema, ["spec", "containers"], ["spec", "initContainers"]));
  if (key === "certificates.k8s.io/certificatesigningrequests" && subresource === "approval") return fieldSet(["f:spec"], ["f:status", "f:certificate"]);
  if (subresource !== "status") return EMPTY;
  if (resource.isCustom) return allBut(schema, ["status"]);
  return STATUS_ENDPOINTS[key] ?? SPEC;
}

/** Every field beside the ones on these paths. */
function allBut(schema: ObjectType, ...kept: string[][]): FieldSet {
  const out: { [element: string]: FieldSet } = {};
  for (const field of schema.fields.values()) {
    const inside = kept.filter((path) => path[0] === field.name);
    if (inside.length === 0) out[fieldElement(field.name)] = EMPTY;
    else if (inside.every((path) => path.length > 1) && field.type.kind === "object") {
      out[fieldElement(field.name)] = allBut(field.type, ...inside.map((path) => path.slice(1)));
    }
  }
  return out;
}
