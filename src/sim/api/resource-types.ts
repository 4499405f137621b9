/** What the API serves now: the built-in resources and the custom ones, found by path, by kind, or by storage name. */
import type { KubeObject } from "../../objects/kube-object.ts";
import { RESOURCES, type ColumnFacts } from "../../objects/schema/resource-facts.ts";
import { schemaFromCrd } from "../../objects/schema/schema-from-crd.ts";
import { schemaOf } from "../../objects/schema/schema-of.ts";
import type { GroupVersionKind, TypeSchema } from "../../objects/schema/type-schema.ts";
import type { TypeName } from "./client.ts";

export interface Subresource {
  name: string;
  kind: GroupVersionKind;
  verbs: readonly string[];
}

export interface ResourceType {
  group: string;
  version: string;
  kind: string;
  listKind: string;
  plural: string;
  singular: string;
  shortNames: readonly string[];
  categories: readonly string[];
  namespaced: boolean;
  verbs: readonly string[];
  subresources: ReadonlyMap<string, Subresource>;
  storageVersionHash: string;
  columns: readonly ColumnFacts[];
  /** The same for every version of a resource: what the store and the clients inside name it by. */
  storage: TypeName;
  /** The version that objects are stored in. */
  storageVersion: string;
  schema: TypeSchema | undefined;
  /** The definition and its version entry, for a custom resource. */
  custom?: { definition: KubeObject; version: CrdVersion };
}

export interface CrdVersion {
  name: string;
  served: boolean;
  storage: boolean;
  deprecated?: boolean;
  deprecationWarning?: string;
  schema?: { openAPIV3Schema?: Record<string, unknown> };
  subresources?: { status?: object; scale?: { specReplicasPath: string; statusReplicasPath: string; labelSelectorPath?: string } };
  additionalPrinterColumns?: { name: string; type: string; format?: string; description?: string; priority?: number; jsonPath: string }[];
  selectableFields?: { jsonPath: string }[];
}

export function typeName(group: string, plural: string): TypeName {
  return group === "" ? plural : `${group}/${plural}`;
}

/** `v1` or `apps/v1`. */
export function apiVersionOf(type: { group: string; version: string }): string {
  return type.group === "" ? type.version : `${type.group}/${type.version}`;
}

export function splitApiVersion(apiVersion: string): { group: string; version: string } {
  const slash = apiVersion.indexOf("/");
  return slash < 0 ? { group: "", version: apiVersion } : { group: apiVersion.slice(0, slash), version: apiVersion.slice(slash + 1) };
}

/** Verbs of a resource whose objects are kept; the others (reviews, bindings) only answer a `create`. */
export function isStored(type: ResourceType): boolean {
  return type.verbs.includes("get");
}

const CUSTOM_VERBS = ["delete", "deletecollection", "get", "list", "patch", "create", "update", "watch"];
const SUBRESOURCE_VERBS = ["get", "patch", "update"];

/** Where two versions of a built-in resource exist, the one that upstream stores. Elsewhere it is the first in discovery order. */
const STORAGE_VERSIONS: Readonly<Record<TypeName, string>> = { "autoscaling/horizontalpodautoscalers": "v2" };

/** Types by what they are found by. */
interface Index {
  byPath: Map<string, ResourceType>;
  byKind: Map<string, ResourceType>;
  byStorage: Map<TypeName, ResourceType>;
}

function indexOf(types: readonly ResourceType[]): Index {
  const index: Index = { byPath: new Map(), byKind: new Map(), byStorage: new Map() };
  for (const type of types) {
    index.byPath.set(`${type.group}/${type.version}/${type.plural}`, type);
    index.byKind.set(`${type.group}/${type.version}/${type.kind}`, type);
    if (type.version === type.storageVersion && !(type.storage === "events" && type.group !== "")) index.byStorage.set(type.storage, type);
  }
  return index;
}

/** The same for all clusters: made once. */
let builtIn: { types: readonly ResourceType[]; index: Index } | undefined;

function builtInOnce(): { types: readonly ResourceType[]; index: Index } {
  if (builtIn === undefined) {
    const types = builtInTypes();
    builtIn = { types, index: indexOf(types) };
  }
  return builtIn;
}

function builtInTypes(): readonly ResourceType[] {
  const storageVersions = new Map<TypeName, string>();
  for (const facts of RESOURCES) {
    const storage = storageOf(facts.group, facts.plural);
    const version = STORAGE_VERSIONS[storage] ?? facts.version;
    if (!storageVersions.has(storage)) storageVersions.set(storage, version);
  }
  return RESOURCES.map((facts) => {
    const storage = storageOf(facts.group, facts.plural);
    const { group, version, kind } = facts;
    let schema: TypeSchema | undefined;
    let isLoaded = false;
    return {
      ...facts,
      listKind: `${kind}List`,
      subresources: new Map(facts.subresources.map((subresource) => [subresource.name, subresource])),
      storage,
      storageVersion: storageVersions.get(storage)!,
      get schema() {
        if (!isLoaded) schema = schemaOf({ group, version, kind });
        isLoaded = true;
        return schema;
      },
    };
  });
}

export class ResourceTypes {
  readonly #builtIn = builtInOnce();
  #all = this.#builtIn.types;
  #definitions: readonly KubeObject[] = [];
  #custom = indexOf([]);
  readonly #listeners = new Set<() => void>();

  /** In discovery order: built-in groups as upstream orders them, then custom ones. */
  all(): readonly ResourceType[] {
    return this.#all;
  }

  byPath(group: string, version: string, plural: string): ResourceType | undefined {
    const key = `${group}/${version}/${plural}`;
    return this.#builtIn.index.byPath.get(key) ?? this.#custom.byPath.get(key);
  }

  byKind(group: string, version: string, kind: string): ResourceType | undefined {
    const key = `${group}/${version}/${kind}`;
    return this.#builtIn.index.byKind.get(key) ?? this.#custom.byKind.get(key);
  }

  /** The type in the version it is stored in. */
  byStorage(name: TypeName): ResourceType | undefined {
    return this.#builtIn.index.byStorage.get(name) ?? this.#custom.byStorage.get(name);
  }

  hasGroupVersion(group: string, version: string): boolean {
    return this.#all.some((type) => type.group === group && type.version === version);
  }

  /** Replaces all custom resources by those of these definitions (only the established ones are given). */
  setDefinitions(definitions: readonly KubeObject[]): void {
    const before = this.#definitions;
    if (definitions.length === before.length && definitions.every((definition, index) => definition === before[index])) return;
    this.#definitions = definitions;
    const custom = definitions.flatMap(customTypes);
    custom.sort((a, b) => compare(a.group, b.group) || compareVersions(b.version, a.version) || compare(a.plural, b.plural));
    this.#all = [...this.#builtIn.types, ...custom];
    this.#custom = indexOf(custom);
    for (const listener of this.#listeners) listener();
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}

/** By definition as it is stored: those that did not change keep their types, and what these have learned of their schemas. */
const CUSTOM_TYPES = new WeakMap<KubeObject, readonly ResourceType[]>();

function customTypes(definition: KubeObject): readonly ResourceType[] {
  const known = CUSTOM_TYPES.get(definition);
  if (known !== undefined) return known;
  const types = typesOfDefinition(definition);
  CUSTOM_TYPES.set(definition, types);
  return types;
}

function typesOfDefinition(definition: KubeObject): ResourceType[] {
  const spec = definition["spec"] as { group: string; names: Record<string, unknown>; scope: string; versions: CrdVersion[]; preserveUnknownFields?: boolean };
  // What is accepted, not what is asked for, is served.
  const names = { ...spec.names, ...(definition["status"]?.acceptedNames ?? {}) } as { plural: string; singular?: string; kind: string; listKind?: string; shortNames?: string[]; categories?: string[] };
  const storageVersion = spec.versions.find((version) => version.storage)?.name ?? spec.versions[0]!.name;
  const make = (version: CrdVersion): ResourceType => {
    const kind = { group: spec.group, version: version.name, kind: names.kind };
    const subresources = new Map<string, Subresource>();
    if (version.subresources?.status) subresources.set("status", { name: "status", kind, verbs: SUBRESOURCE_VERBS });
    if (version.subresources?.scale) subresources.set("scale", { name: "scale", kind: { group: "autoscaling", version: "v1", kind: "Scale" }, verbs: SUBRESOURCE_VERBS });
    let schema: TypeSchema | undefined;
    return {
      group: spec.group,
      version: version.name,
      kind: names.kind,
      listKind: names.listKind ?? `${names.kind}List`,
      plural: names.plural,
      singular: names.singular ?? names.kind.toLowerCase(),
      shortNames: names.shortNames ?? [],
      categories: names.categories ?? [],
      namespaced: spec.scope === "Namespaced",
      verbs: CUSTOM_VERBS,
      subresources,
      storageVersionHash: "",
      columns: [],
      storage: typeName(spec.group, names.plural),
      storageVersion,
      get schema() {
        schema ??= schemaFromCrd((version.schema?.openAPIV3Schema ?? {}) as Parameters<typeof schemaFromCrd>[0]);
        return schema;
      },
      custom: { definition, version },
    };
  };
  return spec.versions.filter((version) => version.served || version.storage).map(make);
}

/** Events of both groups are one thing. */
function storageOf(group: string, plural: string): TypeName {
  return plural === "events" ? "events" : typeName(group, plural);
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** Kubernetes' order of versions: v2 > v1 > v1beta2 > v1beta1 > v1alpha1 > anything else, by name. */
export function compareVersions(a: string, b: string): number {
  const rank = (version: string): readonly [number, number, number] => {
    const match = /^v(\d+)(?:(alpha|beta)(\d+))?$/.exec(version);
    if (match === null) return [0, 0, 0];
    const stability = match[2] === undefined ? 3 : match[2] === "beta" ? 2 : 1;
    return [stability, Number(match[1]), Number(match[3] ?? 0)];
  };
  const left = rank(a);
  const right = rank(b);
  if (left[0] === 0 && right[0] === 0) return compare(b, a);
  return left[0] - right[0] || left[1] - right[1] || left[2] - right[2];
}
