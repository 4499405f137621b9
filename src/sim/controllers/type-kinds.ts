/** From an owner reference's apiVersion and kind to the type the API stores, built-in or custom. */
import { RESOURCES } from "../../objects/schema/resource-facts.ts";
import type { SimClient, TypeName } from "../api/client.ts";

const CRDS = "apiextensions.k8s.io/customresourcedefinitions";

interface KindEntry {
  type: TypeName;
  namespaced: boolean;
}

const BUILT_IN: ReadonlyMap<string, KindEntry> = new Map(
  [...RESOURCES].reverse().map(({ group, kind, plural, namespaced }) => [`${group}/${kind}`, { type: group === "" ? plural : `${group}/${plural}`, namespaced }]),
);

const groupOf = (apiVersion: string): string => (apiVersion.includes("/") ? apiVersion.slice(0, apiVersion.indexOf("/")) : "");

/** Undefined when the API serves no such kind. */
export function typeOfKind(client: SimClient, apiVersion: string, kind: string): KindEntry | undefined {
  const group = groupOf(apiVersion);
  const builtIn = BUILT_IN.get(`${group}/${kind}`);
  if (builtIn !== undefined && client.serves(builtIn.type)) return builtIn;
  const definition = client.list(CRDS).find(({ spec }) => spec.group === group && spec.names?.kind === kind);
  if (definition === undefined) return undefined;
  const type = `${group}/${definition.spec.names.plural}`;
  return client.serves(type) ? { type, namespaced: definition.spec.scope === "Namespaced" } : undefined;
}
