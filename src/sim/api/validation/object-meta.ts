/** The metadata of custom resources, which have the same rules whatever their definition says. */
import type { ObjectMeta } from "../../../objects/kube-object.ts";
import type { FieldError } from "../status.ts";
import type { Errors } from "./field.ts";
import { validateMetadata, validateMetadataUpdate } from "./metadata.ts";
import { dnsSubdomain } from "./names.ts";

export function validateObjectMeta(metadata: ObjectMeta, namespaced: boolean): FieldError[] {
  const errors: Errors = [];
  validateMetadata(errors, metadata, namespaced, dnsSubdomain, false);
  return errors;
}

export function validateObjectMetaUpdate(next: ObjectMeta, old: ObjectMeta): FieldError[] {
  const errors: Errors = [];
  validateMetadataUpdate(errors, next, old, false);
  return errors;
}
