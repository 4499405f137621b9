/** Names, versions and conversion of custom resource definitions. Their schemas are checked where they are compiled. */
import { equalJson } from "../../../lib/json.ts";
import type { KubeObject } from "../../../objects/kube-object.ts";
import { items } from "../defaults/absent.ts";
import type { Loose } from "../defaults/loose.ts";
import { type Errors, forbidden, invalid, notSupported, required } from "./field.ts";
import { immutable, validateMetadata, validateMetadataUpdate } from "./metadata.ts";
import { dns1035Label, dnsSubdomain } from "./names.ts";
import { validateClientConfig } from "./registrations.ts";

const COLUMN_TYPES = ["boolean", "date", "integer", "number", "string"];
const COLUMN_FORMATS = ["byte", "date", "date-time", "double", "float", "int32", "int64", "password"];
const NAME_RULE = 'must be spec.names.plural+"."+spec.group';
const WARNING_LENGTH_MAX = 256;

export function validateDefinition(errors: Errors, next: KubeObject, old?: KubeObject): void {
  const spec: Loose = next.spec ?? {};
  if (old) validateMetadataUpdate(errors, next.metadata, old.metadata, false);
  else {
    const wanted = `${spec.names?.plural ?? ""}.${spec.group ?? ""}`;
    validateMetadata(errors, next.metadata, false, (name) => (name === wanted ? dnsSubdomain(name) : [...dnsSubdomain(name), NAME_RULE]), false);
  }
  validateSpec(errors, spec);
  if (old) validateSpecUpdate(errors, next, old);
  if (next.status?.acceptedNames) validateNames(errors, "status.acceptedNames", next.status.acceptedNames);
  validateStoredVersions(errors, next);
}

function validateSpec(errors: Errors, spec: Loose): void {
  const group: string = spec.group ?? "";
  if (group === "") required(errors, "spec.group");
  else {
    const messages = dnsSubdomain(group);
    if (messages.length > 0) invalid(errors, "spec.group", group, messages.join(","));
    else if (!group.includes(".")) invalid(errors, "spec.group", group, "should be a domain with at least one dot");
  }
  if (!spec.scope) required(errors, "spec.scope");
  else if (spec.scope !== "Cluster" && spec.scope !== "Namespaced") notSupported(errors, "spec.scope", spec.scope, ["Cluster", "Namespaced"]);
  const versions = items(spec.versions);
  versions.forEach((version, index) => {
    if (!version.schema?.openAPIV3Schema) required(errors, `spec.versions[${index}].schema.openAPIV3Schema`);
  });
  const shared = { columns: isShared(versions, "additionalPrinterColumns"), subresources: isShared(versions, "subresources") };
  versions.forEach((version, index) => {
    validateVersion(errors, `spec.versions[${index}]`, version);
    if (!shared.subresources) validateScale(errors, `spec.versions[${index}].subresources`, version);
    if (!shared.columns) validateColumns(errors, `spec.versions[${index}].additionalPrinterColumns`, version);
  });
  if (new Set(versions.map((version) => version.name)).size < versions.length) invalid(errors, "spec.versions", printVersions(versions), "must contain unique version names");
  if (versions.filter((version) => version.storage === true).length !== 1) {
    invalid(errors, "spec.versions", printVersions(versions), "must have exactly one version marked as storage version");
  }
  const first: Loose | undefined = versions[0];
  const messages = first ? dns1035Label(first.name ?? "") : [];
  if (messages.length > 0) invalid(errors, "spec.version", first!.name ?? "", messages.join(","));
  for (const field of ["plural", "singular", "kind", "listKind"]) if (!spec.names?.[field]) required(errors, `spec.names.${field}`);
  validateNames(errors, "spec.names", spec.names ?? {});
  if (first && shared.subresources) validateScale(errors, "spec.subresources", first);
  if (first && shared.columns) validateColumns(errors, "spec.additionalPrinterColumns", first);
  validateConversion(errors, spec.conversion);
}

/** What all versions have in common belongs to the whole definition inside upstream, and its errors are reported there. */
function isShared(versions: readonly Loose[], field: string): boolean {
  return versions.length > 0 && versions.every((version) => equalJson(version[field], versions[0]![field]));
}

/** As upstream prints them: internal structs, without what is shared. */
function printVersions(versions: readonly Loose[]): unknown {
  const own = (version: Loose, field: string): unknown => (isShared(versions, field) ? null : (version[field] ?? null));
  return versions.map((version) => ({
    Name: version.name ?? "",
    Served: version.served ?? false,
    Storage: version.storage ?? false,
    Deprecated: version.deprecated ?? false,
    DeprecationWarning: version.deprecationWarning ?? null,
    Schema: own(version, "schema"),
    Subresources: own(version, "subresources"),
    AdditionalPrinterColumns: own(version, "additionalPrinterColumns"),
    SelectableFields: own(version, "selectableFields"),
  }));
}

function validateVersion(errors: Errors, path: string, version: Loose): void {
  const messages = dns1035Label(version.name ?? "");
  if (messages.length > 0) invalid(errors, `${path}.name`, version.name ?? "", messages.join(","));
  const warning: string | undefined = version.deprecationWarning;
  if (warning !== undefined) {
    if (!version.deprecated) invalid(errors, `${path}.deprecationWarning`, warning, "can only be set for deprecated versions");
    else if (warning.length > WARNING_LENGTH_MAX) invalid(errors, `${path}.deprecationWarning`, warning, `must be <= ${WARNING_LENGTH_MAX} characters long`);
    else if (warning === "") invalid(errors, `${path}.deprecationWarning`, warning, "must not be an empty string");
  }
}

function validateColumns(errors: Errors, path: string, version: Loose): void {
  items(version.additionalPrinterColumns).forEach((column, index) => {
    const at = `${path}[${index}]`;
    const oneOf = `must be one of ${COLUMN_TYPES.join(",")}`;
    if (!column.name) required(errors, `${at}.name`);
    if (!column.type) required(errors, `${at}.type`, oneOf);
    else if (!COLUMN_TYPES.includes(column.type)) invalid(errors, `${at}.type`, column.type, oneOf);
    if (column.format && !COLUMN_FORMATS.includes(column.format)) invalid(errors, `${at}.format`, column.format, `must be one of ${COLUMN_FORMATS.join(",")}`);
    if (!column.jsonPath) required(errors, `${at}.JSONPath`);
    else if (!String(column.jsonPath).startsWith(".")) invalid(errors, `${at}.JSONPath`, column.jsonPath, "must be a simple json path starting with .");
  });
}

function validateScale(errors: Errors, path: string, version: Loose): void {
  const scale: Loose | undefined = version.subresources?.scale;
  if (!scale) return;
  for (const [field, prefix] of [["specReplicasPath", ".spec."], ["statusReplicasPath", ".status."]] as const) {
    const text: string = scale[field] ?? "";
    if (text === "") required(errors, `${path}.scale.${field}`);
    else if (!text.startsWith(prefix)) invalid(errors, `${path}.scale.${field}`, text, `should be a json path under ${prefix.slice(0, -1)}`);
  }
}

function validateNames(errors: Errors, path: string, names: Loose): void {
  for (const field of ["plural", "singular"]) {
    const messages = names[field] ? dns1035Label(names[field]) : [];
    if (messages.length > 0) invalid(errors, `${path}.${field}`, names[field], messages.join(","));
  }
  for (const field of ["kind", "listKind"]) {
    const messages = names[field] ? dns1035Label(String(names[field]).toLowerCase()) : [];
    if (messages.length > 0) invalid(errors, `${path}.${field}`, names[field], `may have mixed case, but should otherwise match: ${messages.join(",")}`);
  }
  const checkList = (field: string): void => {
    (names[field] ?? []).forEach((name: string, index: number) => {
      const messages = dns1035Label(name);
      if (messages.length > 0) invalid(errors, `${path}.${field}[${index}]`, name, messages.join(","));
    });
  };
  checkList("shortNames");
  if (names.kind && names.kind === names.listKind) invalid(errors, `${path}.listKind`, names.listKind, "kind and listKind may not be the same");
  checkList("categories");
}

function validateConversion(errors: Errors, conversion: Loose | undefined): void {
  if (!conversion) return;
  const path = "spec.conversion";
  if (!conversion.strategy) required(errors, `${path}.strategy`);
  else if (conversion.strategy !== "None" && conversion.strategy !== "Webhook") notSupported(errors, `${path}.strategy`, conversion.strategy, ["None", "Webhook"]);
  if (conversion.strategy === "Webhook") {
    if (!conversion.webhook?.clientConfig) required(errors, `${path}.webhookClientConfig`, "required when strategy is set to Webhook");
    else validateClientConfig(errors, `${path}.webhookClientConfig`, conversion.webhook.clientConfig);
    const versions: string[] = conversion.webhook?.conversionReviewVersions ?? [];
    if (versions.length === 0) required(errors, `${path}.conversionReviewVersions`);
    else if (!versions.includes("v1") && !versions.includes("v1beta1")) invalid(errors, `${path}.conversionReviewVersions`, versions, "must include at least one of v1, v1beta1");
  } else if (conversion.webhook?.clientConfig) {
    forbidden(errors, `${path}.webhookClientConfig`, "should not be set when strategy is not set to Webhook");
  }
}

function validateSpecUpdate(errors: Errors, next: KubeObject, old: KubeObject): void {
  const isEstablished = items(old.status?.conditions).some((condition) => condition.type === "Established" && condition.status === "True");
  if (isEstablished) {
    immutable(errors, "spec.scope", next.spec?.scope, old.spec?.scope);
    immutable(errors, "spec.names.kind", next.spec?.names?.kind, old.spec?.names?.kind);
  }
  immutable(errors, "spec.group", next.spec?.group, old.spec?.group);
  immutable(errors, "spec.names.plural", next.spec?.names?.plural, old.spec?.names?.plural);
}

function validateStoredVersions(errors: Errors, definition: KubeObject): void {
  const stored: string[] = definition.status?.storedVersions ?? [];
  if (stored.length === 0) {
    invalid(errors, "status.storedVersions", definition.status?.storedVersions ?? null, "must have at least one stored version");
    return;
  }
  const names = items(definition.spec?.versions).map((version) => version.name);
  stored.forEach((name, index) => {
    if (names.includes(name)) return;
    invalid(
      errors,
      `status.storedVersions[${index}]`,
      name,
      `missing from spec.versions; ${name} was previously a storage version, and must remain in spec.versions until a storage migration ensures no data remains persisted in ${name} and removes ${name} from status.storedVersions`,
    );
  });
}
