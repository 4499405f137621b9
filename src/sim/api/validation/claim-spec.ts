/** The spec of a persistent volume claim, alone and inside an ephemeral volume. */
import { quantityNano } from "../../../lib/quantity.ts";
import type { Loose } from "../defaults/loose.ts";
import { type Errors, forbidden, invalid, invalidEach, notSupported, required } from "./field.ts";
import { validateAnnotations } from "./metadata.ts";
import { dnsLabel, dnsSubdomain } from "./names.ts";
import { validateLabels, validateLabelSelector } from "./selectors.ts";

export const ACCESS_MODES = ["ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod"];
export const VOLUME_MODES = ["Block", "Filesystem"];

export function validateClaimTemplate(errors: Errors, field: string, template: Loose): void {
  const metadata: Loose = template.metadata ?? {};
  validateAnnotations(errors, `${field}.metadata.annotations`, metadata.annotations);
  validateLabels(errors, `${field}.metadata.labels`, metadata.labels);
  for (const key of Object.keys(metadata)) if (key !== "annotations" && key !== "labels") forbidden(errors, `${field}.metadata.${key}`, "cannot be set");
  validateClaimSpec(errors, `${field}.spec`, template.spec ?? {});
}

export function validateAccessModes(errors: Errors, field: string, modes: readonly string[]): void {
  let hasSingle = false;
  let hasOther = false;
  for (const mode of modes) {
    if (!ACCESS_MODES.includes(mode)) notSupported(errors, field, mode, ACCESS_MODES);
    else if (mode === "ReadWriteOncePod") hasSingle = true;
    else hasOther = true;
  }
  if (hasSingle && hasOther) forbidden(errors, field, "may not use ReadWriteOncePod with other access modes");
}

export function validateClaimSpec(errors: Errors, field: string, spec: Loose): void {
  const modes: string[] = spec.accessModes ?? [];
  if (modes.length === 0) required(errors, `${field}.accessModes`, "at least 1 access mode is required");
  validateLabelSelector(errors, `${field}.selector`, spec.selector);
  validateAccessModes(errors, `${field}.accessModes`, modes);
  const storage = spec.resources?.requests?.storage;
  if (storage === undefined) required(errors, `${field}.resources[storage]`);
  else if (quantityNano(storage) <= 0n) invalid(errors, `${field}.resources[storage]`, String(storage), "must be greater than zero");
  if (spec.storageClassName) invalidEach(errors, `${field}.storageClassName`, spec.storageClassName, dnsSubdomain(spec.storageClassName));
  if (spec.volumeMode !== undefined && !VOLUME_MODES.includes(spec.volumeMode)) notSupported(errors, `${field}.volumeMode`, spec.volumeMode, VOLUME_MODES);
  if (spec.dataSource) validateDataSource(errors, `${field}.dataSource`, spec.dataSource);
  if (spec.dataSourceRef) validateDataSource(errors, `${field}.dataSourceRef`, spec.dataSourceRef);
  if (spec.dataSource && spec.dataSourceRef) {
    // The value that upstream prints here is a path object without exported fields.
    if (spec.dataSourceRef.namespace) invalid(errors, field, {}, "may not be specified when dataSourceRef.namespace is specified");
    else if (["apiGroup", "kind", "name"].some((key) => spec.dataSource[key] !== spec.dataSourceRef[key])) invalid(errors, field, {}, "must match dataSourceRef");
  }
  if (spec.volumeAttributesClassName) invalidEach(errors, `${field}.volumeAttributesClassName`, spec.volumeAttributesClassName, dnsSubdomain(spec.volumeAttributesClassName));
}

function validateDataSource(errors: Errors, field: string, source: Loose): void {
  if (!source.name) required(errors, `${field}.name`);
  if (!source.kind) required(errors, `${field}.kind`);
  if (!source.apiGroup && source.kind !== "PersistentVolumeClaim") {
    invalid(errors, field, source.kind ?? "", "must be 'PersistentVolumeClaim' when referencing the default apiGroup");
  }
  if (source.apiGroup) invalidEach(errors, `${field}.apiGroup`, source.apiGroup, dnsSubdomain(source.apiGroup));
  if (source.namespace) invalidEach(errors, `${field}.namespace`, source.namespace, dnsLabel(source.namespace));
}
