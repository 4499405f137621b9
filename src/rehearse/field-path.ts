/** Field paths of the API's messages, as steps: `spec.ports[0].name` → `["spec", "ports", 0, "name"]`. */
import type { Path } from "../config/finding.ts";
import { nearestName } from "../lib/nearest-name.ts";
import type { KubeObject } from "../objects/kube-object.ts";
import { schemaOf } from "../objects/schema/schema-of.ts";
import type { TypeSchema } from "../objects/schema/type-schema.ts";

/** Elements that are named by their keys (`[name="web"]`) are found in `object`; the path ends before one that is not there. */
export function parseFieldPath(text: string, object: KubeObject): Path {
  const steps: (string | number)[] = [];
  let value: unknown = object;
  for (const [, name, index, key = ""] of text.matchAll(/([^.[\]]+)|\[(\d+)\]|\[([^\]]*)\]/g)) {
    const step = name ?? (index !== undefined ? Number(index) : key.includes("=") ? indexByKeys(value, key) : key);
    if (step === undefined) break;
    steps.push(step);
    value = (value as Record<string | number, unknown> | undefined)?.[step];
  }
  return steps;
}

/** `port=80,protocol="TCP"` → the element that says so, or says nothing of a key that has a default. */
function indexByKeys(list: unknown, keys: string): number | undefined {
  if (!Array.isArray(list)) return undefined;
  const wanted = [...keys.matchAll(/([^=,]+)=("(?:[^"\\]|\\.)*"|[^,]*)/g)].map(([, key = "", value = ""]) => [key, JSON.parse(value) as unknown] as const);
  const index = list.findIndex((item: Record<string, unknown>) => wanted.every(([key, value]) => item[key] === undefined || item[key] === value));
  return index < 0 ? undefined : index;
}

/** The field that a misspelt last step most likely meant; undefined for kinds whose fields are not known here. */
export function nearestField({ apiVersion, kind }: Pick<KubeObject, "apiVersion" | "kind">, path: Path): string | undefined {
  const [group, version] = apiVersion.includes("/") ? apiVersion.split("/") : ["", apiVersion];
  let type: TypeSchema | undefined = schemaOf({ group: group ?? "", version: version ?? "", kind });
  for (const step of path.slice(0, -1)) {
    if (type?.kind === "list") type = type.items;
    else if (type?.kind === "map") type = type.values;
    else if (type?.kind === "object") type = type.fields.get(String(step))?.type;
  }
  return type?.kind === "object" ? nearestName(String(path.at(-1)), type.fields.keys()) : undefined;
}
