/** What the models' validators, and our own structural schemas, have against an object. */
import type { JsonObject, JsonValue, KubeObject } from "../../src/objects/kube-object.ts";
import { crdsOf } from "../../src/manifests/platform/crds.ts";
import { CRD_TABLE, type CrdSet } from "../../src/manifests/platform/crd-table.ts";

const PACKAGES: Record<string, string> = {
  "traefik.io": "@kubernetes-models/traefik", "cert-manager.io": "@kubernetes-models/cert-manager", "acme.cert-manager.io": "@kubernetes-models/cert-manager",
  "postgresql.cnpg.io": "@kubernetes-models/cloudnative-pg", "gateway.networking.k8s.io": "@kubernetes-models/gateway-api",
};

interface Model {
  validate(): void;
}

/** Problems as text; empty for a good object. `hasModel` is false where no package declares the kind. */
export async function modelProblems(object: KubeObject): Promise<{ problems: string[]; hasModel: boolean }> {
  const group = object.apiVersion.includes("/") ? object.apiVersion.split("/")[0] ?? "" : "";
  const isBuiltIn = group === "" || !group.includes(".") || group.endsWith(".k8s.io") && PACKAGES[group] === undefined;
  const source = isBuiltIn ? "kubernetes-models" : PACKAGES[group];
  if (source === undefined) return { problems: [], hasModel: false };
  const module = await import(`${source}/${object.apiVersion}/${object.kind}`) as Record<string, new (data: unknown) => Model>;
  const Kind = module[object.kind];
  if (Kind === undefined) return { problems: [`no model of ${object.kind}`], hasModel: false };
  try {
    new Kind(object).validate();
    return { problems: isBuiltIn ? [] : unknownFields(object), hasModel: true };
  } catch (problem) {
    return { problems: [(problem as Error).message], hasModel: true };
  }
}

/** The validators let unknown fields pass: the structural schema says which there are. */
function unknownFields(object: KubeObject): string[] {
  for (const set of Object.keys(CRD_TABLE) as CrdSet[]) {
    for (const { object: definition } of crdsOf(set)) {
      if (definition.spec.names.kind !== object.kind || !object.apiVersion.startsWith(`${definition.spec.group}/`)) continue;
      const schema = definition.spec.versions[0].schema.openAPIV3Schema as JsonObject;
      return strangers({ ...object, metadata: {} } as unknown as JsonValue, schema, object.kind);
    }
  }
  return [];
}

function strangers(value: JsonValue, schema: JsonObject, path: string): string[] {
  if (schema["x-kubernetes-preserve-unknown-fields"] === true) return [];
  if (Array.isArray(value)) return value.flatMap((item, index) => strangers(item, (schema.items ?? {}) as JsonObject, `${path}[${index}]`));
  if (value === null || typeof value !== "object") return [];
  const properties = schema.properties as Record<string, JsonObject> | undefined;
  return Object.entries(value).flatMap(([key, field]) => {
    const next = properties?.[key] ?? schema.additionalProperties as JsonObject | undefined;
    if (next === undefined) return properties === undefined ? [] : [`${path}.${key} is unknown`];
    return strangers(field, next, `${path}.${key}`);
  });
}
