/** Discovery, in both forms: the documents per group and version, and the aggregated one that kubectl asks for first. */
import { compareVersions, type ResourceType, type ResourceTypes } from "../resource-types.ts";

/** A group that another server would answer for (`metrics.k8s.io`): listed, served elsewhere. */
export interface ExtraGroup {
  group: string;
  version: string;
  resources: readonly { name: string; singularName: string; namespaced: boolean; kind: string; verbs: readonly string[]; shortNames?: readonly string[] }[];
}

interface GroupVersions {
  group: string;
  versions: string[];
}

export function groupsOf(types: ResourceTypes, extras: readonly ExtraGroup[]): GroupVersions[] {
  const groups = new Map<string, string[]>();
  const custom = new Set<string>();
  for (const type of types.all()) {
    const versions = groups.get(type.group) ?? [];
    if (!versions.includes(type.version)) versions.push(type.version);
    groups.set(type.group, versions);
    if (type.custom !== undefined) custom.add(type.group);
  }
  for (const { group, version } of extras) groups.set(group, [...(groups.get(group) ?? []), version]);
  for (const group of custom) groups.get(group)!.sort((a, b) => compareVersions(b, a));
  return [...groups].map(([group, versions]) => ({ group, versions }));
}

function groupDocument({ group, versions }: GroupVersions): object {
  const named = versions.map((version) => ({ groupVersion: `${group}/${version}`, version }));
  return { name: group, versions: named, preferredVersion: named[0] };
}

export function apiVersionsDocument(serverAddress: string): object {
  return { kind: "APIVersions", versions: ["v1"], serverAddressByClientCIDRs: [{ clientCIDR: "0.0.0.0/0", serverAddress }] };
}

export function apiGroupListDocument(types: ResourceTypes, extras: readonly ExtraGroup[]): object {
  return {
    kind: "APIGroupList",
    apiVersion: "v1",
    groups: groupsOf(types, extras)
      .filter(({ group }) => group !== "")
      .map(groupDocument),
  };
}

export function apiGroupDocument(types: ResourceTypes, extras: readonly ExtraGroup[], group: string): object | undefined {
  const found = groupsOf(types, extras).find((each) => each.group === group);
  return found === undefined ? undefined : { kind: "APIGroup", apiVersion: "v1", ...groupDocument(found) };
}

export function apiResourceListDocument(types: ResourceTypes, extras: readonly ExtraGroup[], group: string, version: string): object | undefined {
  const extra = extras.find((each) => each.group === group && each.version === version);
  if (extra !== undefined) return { kind: "APIResourceList", apiVersion: "v1", groupVersion: `${group}/${version}`, resources: extra.resources };
  const found = types.all().filter((type) => type.group === group && type.version === version);
  if (found.length === 0) return undefined;
  const resources = found.flatMap((type) => [
    {
      name: type.plural,
      singularName: type.singular,
      namespaced: type.namespaced,
      kind: type.kind,
      verbs: type.verbs,
      ...(type.shortNames.length > 0 ? { shortNames: type.shortNames } : {}),
      ...(type.categories.length > 0 ? { categories: type.categories } : {}),
      ...(type.storageVersionHash ? { storageVersionHash: type.storageVersionHash } : {}),
    },
    ...[...type.subresources.values()].map((subresource) => ({
      name: `${type.plural}/${subresource.name}`,
      singularName: "",
      namespaced: type.namespaced,
      ...(subresource.kind.group === type.group && subresource.kind.version === type.version ? {} : { group: subresource.kind.group, version: subresource.kind.version }),
      kind: subresource.kind.kind,
      verbs: subresource.verbs,
    })),
  ]);
  resources.sort((a, b) => (a.name < b.name ? -1 : 1));
  return { kind: "APIResourceList", ...(group === "" ? {} : { apiVersion: "v1" }), groupVersion: group === "" ? version : `${group}/${version}`, resources };
}

/** `apidiscovery.k8s.io/v2` APIGroupDiscoveryList: of the core group for `/api`, of all others for `/apis`. */
export function aggregatedDiscoveryDocument(types: ResourceTypes, extras: readonly ExtraGroup[], isCore: boolean): object {
  const items = groupsOf(types, extras)
    .filter(({ group }) => (group === "") === isCore)
    .map(({ group, versions }) => ({
      metadata: { ...(group === "" ? {} : { name: group }), creationTimestamp: null },
      versions: versions.map((version) => {
        const extra = extras.find((each) => each.group === group && each.version === version);
        const resources =
          extra !== undefined
            ? extra.resources.map((resource) => ({
                resource: resource.name,
                responseKind: { group, version, kind: resource.kind },
                scope: resource.namespaced ? "Namespaced" : "Cluster",
                singularResource: resource.singularName,
                verbs: resource.verbs,
                ...(resource.shortNames ? { shortNames: resource.shortNames } : {}),
              }))
            : types
                .all()
                .filter((type) => type.group === group && type.version === version)
                .map(aggregatedResource)
                .sort((a, b) => (a.resource < b.resource ? -1 : 1));
        return { version, resources, freshness: "Current" };
      }),
    }));
  return { kind: "APIGroupDiscoveryList", apiVersion: "apidiscovery.k8s.io/v2", metadata: {}, items };
}

function aggregatedResource(type: ResourceType): { resource: string } & Record<string, unknown> {
  return {
    resource: type.plural,
    responseKind: responseKind(type),
    scope: type.namespaced ? "Namespaced" : "Cluster",
    singularResource: type.singular,
    verbs: type.verbs,
    ...(type.shortNames.length > 0 ? { shortNames: type.shortNames } : {}),
    ...(type.categories.length > 0 ? { categories: type.categories } : {}),
    ...(type.subresources.size > 0
      ? { subresources: [...type.subresources.values()].map(({ name, kind, verbs }) => ({ subresource: name, responseKind: responseKind(kind), verbs })) }
      : {}),
  };
}


/** The core group's kinds are written without a version here, as upstream does. */
function responseKind({ group, version, kind }: { group: string; version: string; kind: string }): object {
  return { group, version: group === "" ? "" : version, kind };
}
