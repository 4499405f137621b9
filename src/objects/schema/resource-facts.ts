/** What discovery tells about a resource, and the columns the server's Table answers have for it. */
import type { GroupVersionKind } from "./type-schema.ts";
import { resources } from "./table.generated.ts";

export interface SubresourceFacts {
  name: string;
  /** The kind that goes in and comes out: `autoscaling/v1 Scale` for `scale`. */
  kind: GroupVersionKind;
  verbs: readonly string[];
}

/** `format` and `priority` as in a Table's `columnDefinitions`; priority 0 is shown without `-o wide`. */
export interface ColumnFacts {
  name: string;
  type: string;
  format: string;
  priority: number;
}

export interface ResourceFacts {
  group: string;
  version: string;
  kind: string;
  plural: string;
  singular: string;
  shortNames: readonly string[];
  categories: readonly string[];
  namespaced: boolean;
  verbs: readonly string[];
  /** As the legacy discovery documents print it; empty for what is not stored. */
  storageVersionHash: string;
  subresources: readonly SubresourceFacts[];
  columns: readonly ColumnFacts[];
}

const words = (text: string | undefined): string[] => (text ? text.split(",") : []);

function parseKind(text: string, group: string, version: string): GroupVersionKind {
  const parts = text.split("/");
  return parts.length === 3 ? { group: parts[0]!, version: parts[1]!, kind: parts[2]! } : { group, version, kind: text };
}

/** The columns of the generated table: `Name:string:name Ready:string Age:string IP:string::1`. Blanks inside a name are written `_`. */
function parseColumns(text: string | undefined): ColumnFacts[] {
  return (text ? text.split(" ") : []).map((column) => {
    const [name, type, format, priority] = column.split(":");
    return { name: name!.replaceAll("_", " "), type: type!, format: format ?? "", priority: Number(priority ?? 0) };
  });
}

/** The resources of the API server, in the order of its discovery documents: the core group first, then the groups by priority. */
export const RESOURCES: readonly ResourceFacts[] = resources.map((row) => {
  const { group, version } = row;
  return {
    group,
    version,
    kind: row.kind,
    plural: row.plural,
    singular: row.singular,
    shortNames: words(row.shortNames),
    categories: words(row.categories),
    namespaced: row.namespaced,
    verbs: words(row.verbs),
    storageVersionHash: row.storageVersionHash ?? "",
    subresources: (row.subresources ?? []).map((line) => {
      const [name, kind, verbs] = line.split(" ");
      return { name: name!, kind: parseKind(kind!, group, version), verbs: words(verbs) };
    }),
    columns: parseColumns(row.columns),
  };
});
