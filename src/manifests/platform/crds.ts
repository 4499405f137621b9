/**
 * CustomResourceDefinitions of the platform's kinds. With a schema where the models package declares one; else minimal: any content is kept, nothing is checked,
 * and an annotation says so. On a real cluster charts and k3s bring upstream's own; these are for rehearsals, and for what we install as our own objects.
 */
import type { ICustomResourceDefinition } from "kubernetes-models/apiextensions.k8s.io/v1/CustomResourceDefinition";
import { own } from "../../lib/own.ts";
import type { JsonObject, JsonValue } from "../../objects/kube-object.ts";
import { componentLabels, OWN_PREFIX } from "../names.ts";
import { rendered, type RenderedObject } from "../rendered.ts";
import { CRD_SCHEMA_ROWS, CRD_SCHEMAS } from "./crd-schemas.generated.ts";
import { CRD_TABLE, type CrdRow, type CrdSet } from "./crd-table.ts";

export const CRD_ANNOTATION = `${OWN_PREFIX}crd`;

/** Groups under k8s.io need the API reviewers' approval in an annotation; this is the one that Gateway API carries. */
const GATEWAY_APPROVAL = { "api-approved.kubernetes.io": "https://github.com/kubernetes-sigs/gateway-api/pull/3328" };

const ANY: JsonObject = { type: "object", "x-kubernetes-preserve-unknown-fields": true };

const expanded = new Map<string, JsonObject>();

/** A schema with its references filled in; where one refers back to itself, any content is kept. */
function schemaNamed(name: string, open: readonly string[]): JsonObject {
  const known = expanded.get(name);
  if (known !== undefined) return known;
  const text = own(CRD_SCHEMAS, name);
  if (text === undefined || open.includes(name)) return ANY;
  const result = fill(JSON.parse(text) as JsonObject, [...open, name]) as JsonObject;
  if (open.length === 0) expanded.set(name, result);
  return result;
}

function fill(value: JsonValue, open: readonly string[]): JsonValue {
  if (Array.isArray(value)) return value.map((item) => fill(item, open));
  if (value === null || typeof value !== "object") return value;
  if (typeof value.$ref === "string") return schemaNamed(value.$ref, open);
  const copy: JsonObject = {};
  for (const [key, field] of Object.entries(value)) copy[key] = fill(field, open);
  return copy;
}

function openApiSchema(row: CrdRow): { schema: JsonObject; isMinimal: boolean } {
  const source = CRD_SCHEMA_ROWS.find((candidate) => candidate.group === row.group && candidate.version === row.version && candidate.kind === row.kind);
  const base: JsonObject = { apiVersion: { type: "string" }, kind: { type: "string" }, metadata: { type: "object" } };
  if (source === undefined) return { schema: { ...ANY, properties: base }, isMinimal: true };
  const schema: JsonObject = { type: "object", properties: { ...base } };
  const properties = schema.properties as JsonObject;
  if (source.spec !== undefined) properties.spec = schemaNamed(source.spec, []);
  if (source.status !== undefined) properties.status = schemaNamed(source.status, []);
  if (source.required.length > 0) schema.required = [...source.required];
  return { schema, isMinimal: false };
}

function crd(set: CrdSet, row: CrdRow): RenderedObject {
  const { schema, isMinimal } = openApiSchema(row);
  const annotations = { ...(isMinimal ? { [CRD_ANNOTATION]: "minimal" } : {}), ...(row.group.endsWith(".k8s.io") ? GATEWAY_APPROVAL : {}) };
  return rendered<ICustomResourceDefinition>(["platform"], {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: `${row.plural}.${row.group}`, labels: componentLabels(set), annotations: Object.keys(annotations).length > 0 ? annotations : undefined },
    spec: {
      group: row.group,
      scope: row.scope ?? "Namespaced",
      names: {
        kind: row.kind, listKind: `${row.kind}List`, plural: row.plural, singular: row.kind.toLowerCase(),
        shortNames: row.shortNames === undefined ? undefined : [...row.shortNames],
        categories: row.categories === undefined ? undefined : [...row.categories],
      },
      versions: [{
        name: row.version,
        served: true,
        storage: true,
        schema: { openAPIV3Schema: schema as never },
        subresources: row.hasStatus === true || row.scale !== undefined
          ? {
            status: row.hasStatus === true ? {} : undefined,
            scale: row.scale === undefined ? undefined : { specReplicasPath: row.scale.spec, statusReplicasPath: row.scale.status, labelSelectorPath: row.scale.selector },
          }
          : undefined,
        additionalPrinterColumns: row.columns?.map(([name, type, jsonPath, priority]) => ({ name, type, jsonPath, priority })),
      }],
    },
  });
}

const made = new Map<CrdSet, RenderedObject[]>();

/** The definitions that a component brings, in the table's order. Made once: they depend on nothing. */
export function crdsOf(set: CrdSet): RenderedObject[] {
  let objects = made.get(set);
  if (objects === undefined) {
    objects = CRD_TABLE[set].map((row) => crd(set, row));
    made.set(set, objects);
  }
  return objects;
}
