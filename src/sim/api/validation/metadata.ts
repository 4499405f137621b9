/** `metadata` of every kind (`apimachinery/pkg/api/validation/objectmeta.go`). */
import { equalJson } from "../../../lib/json.ts";
import type { ObjectMeta, OwnerReference } from "../../../objects/kube-object.ts";
import { type Errors, forbidden, invalid, invalidEach, nonNegative, required, tooLong } from "./field.ts";
import { dnsLabel, labelKey, maskTrailingDash, type NameCheck } from "./names.ts";
import { validateLabels } from "./selectors.ts";

const ANNOTATION_BYTES_MAX = 256 * 1024;
export const IMMUTABLE = "field is immutable";
const STANDARD_FINALIZERS: readonly string[] = ["kubernetes", "orphan", "foregroundDeletion"];

/** `isCore`: kinds of `pkg/apis` also ask that unqualified finalizers are standard ones. */
export function validateMetadata(errors: Errors, metadata: ObjectMeta, namespaced: boolean, nameCheck: NameCheck, isCore = true, field = "metadata"): void {
  if (metadata.generateName) invalidEach(errors, `${field}.generateName`, metadata.generateName, nameCheck(maskTrailingDash(metadata.generateName)));
  if (!metadata.name) required(errors, `${field}.name`, "name or generateName is required");
  else {
    const messages = nameCheck(metadata.name);
    if (messages.length > 0) invalidEach(errors, `${field}.name`, metadata.name, messages);
  }
  if (namespaced) {
    if (!metadata.namespace) required(errors, `${field}.namespace`);
    else invalidEach(errors, `${field}.namespace`, metadata.namespace, dnsLabel(metadata.namespace));
  } else if (metadata.namespace) forbidden(errors, `${field}.namespace`, "not allowed on this type");
  nonNegative(errors, `${field}.generation`, metadata.generation);
  validateLabels(errors, `${field}.labels`, metadata.labels);
  validateAnnotations(errors, `${field}.annotations`, metadata.annotations);
  validateOwners(errors, `${field}.ownerReferences`, metadata.ownerReferences);
  if (metadata.finalizers) validateFinalizers(errors, `${field}.finalizers`, metadata.finalizers, isCore);
}

export function validateAnnotations(errors: Errors, field: string, annotations: Record<string, string> | undefined): void {
  if (!annotations) return;
  let bytes = 0;
  for (const key in annotations) {
    for (const message of labelKey(key.toLowerCase())) invalid(errors, field, key, message);
    bytes += key.length + String(annotations[key]).length;
  }
  // The count of characters is a lower bound, so bytes are counted only for what is large.
  if (bytes > ANNOTATION_BYTES_MAX / 4) {
    bytes = 0;
    for (const key in annotations) bytes += Buffer.byteLength(key) + Buffer.byteLength(String(annotations[key]));
    if (bytes > ANNOTATION_BYTES_MAX) tooLong(errors, field, ANNOTATION_BYTES_MAX);
  }
}

function validateOwners(errors: Errors, field: string, owners: OwnerReference[] | undefined): void {
  if (!owners) return;
  let firstController = "";
  for (const owner of owners) {
    if (!owner.apiVersion || owner.apiVersion.endsWith("/")) invalid(errors, `${field}.apiVersion`, owner.apiVersion ?? "", "version must not be empty");
    if (!owner.kind) invalid(errors, `${field}.kind`, owner.kind ?? "", "must not be empty");
    if (!owner.name) invalid(errors, `${field}.name`, owner.name ?? "", "must not be empty");
    if (!owner.uid) invalid(errors, `${field}.uid`, owner.uid ?? "", "must not be empty");
    if (owner.apiVersion === "v1" && owner.kind === "Event") invalid(errors, field, owner, "/v1, Kind=Event is disallowed from being an owner");
    if (!owner.controller) continue;
    const name = `${owner.kind}/${owner.name}`;
    if (firstController) {
      invalid(errors, field, owners, `Only one reference can have Controller set to true. Found "true" in references for ${firstController} and ${name}`);
    } else firstController = name;
  }
}

function validateFinalizers(errors: Errors, field: string, finalizers: string[], isCore: boolean): void {
  for (const finalizer of finalizers) invalidEach(errors, field, finalizer, labelKey(finalizer));
  if (finalizers.includes("orphan") && finalizers.includes("foregroundDeletion")) {
    invalid(errors, field, finalizers, "finalizer orphan and foregroundDeletion cannot be both set");
  }
  if (isCore) validateStandardFinalizers(errors, field, finalizers);
}

function validateStandardFinalizers(errors: Errors, field: string, finalizers: readonly string[]): void {
  finalizers.forEach((finalizer, index) => {
    if (!finalizer.includes("/") && !STANDARD_FINALIZERS.includes(finalizer)) {
      invalid(errors, `${field}[${index}]`, finalizer, "name is neither a standard finalizer name nor is it fully qualified");
    }
  });
}

/** What an update may not change. The resource version is the caller's concern. */
export function validateMetadataUpdate(errors: Errors, next: ObjectMeta, old: ObjectMeta, isCore = true, field = "metadata"): void {
  if (old.deletionTimestamp) {
    const added = (next.finalizers ?? []).filter((finalizer) => !(old.finalizers ?? []).includes(finalizer));
    if (added.length > 0) {
      const list = [...new Set(added)].sort().map((finalizer) => JSON.stringify(finalizer));
      forbidden(errors, `${field}.finalizers`, `no new finalizers can be added if the object is being deleted, found new finalizers []string{${list.join(", ")}}`);
    }
  }
  if ((next.generation ?? 0) < (old.generation ?? 0)) invalid(errors, `${field}.generation`, next.generation ?? 0, "must not be decremented");
  immutable(errors, `${field}.name`, next.name, old.name);
  immutable(errors, `${field}.namespace`, next.namespace ?? "", old.namespace ?? "");
  immutable(errors, `${field}.uid`, next.uid, old.uid);
  immutable(errors, `${field}.creationTimestamp`, next.creationTimestamp, old.creationTimestamp);
  immutable(errors, `${field}.deletionTimestamp`, next.deletionTimestamp, old.deletionTimestamp);
  immutable(errors, `${field}.deletionGracePeriodSeconds`, next.deletionGracePeriodSeconds, old.deletionGracePeriodSeconds);
  validateLabels(errors, `${field}.labels`, next.labels);
  validateAnnotations(errors, `${field}.annotations`, next.annotations);
  validateOwners(errors, `${field}.ownerReferences`, next.ownerReferences);
  if (isCore && next.finalizers) validateStandardFinalizers(errors, `${field}.finalizers`, next.finalizers);
}

export function immutable(errors: Errors, field: string, next: unknown, old: unknown): void {
  if (!equalJson(next, old)) invalid(errors, field, next, IMMUTABLE);
}
