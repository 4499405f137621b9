/**
 * Makes definitions effective: accepts their names, serves their types, and empties them before they go
 * (apiextensions-apiserver `pkg/controller/{status,establish,finalizer}`).
 */
import type { KubeObject } from "../../../objects/kube-object.ts";
import type { ControllerContext, Reconciler } from "../../controllers/reconciler.ts";
import { semanticEqual } from "../../../lib/deep-equal.ts";
import { rfc3339 } from "../../../lib/rfc3339.ts";
import { type ResourceTypes, typeName } from "../resource-types.ts";

const TYPE = "apiextensions.k8s.io/customresourcedefinitions";
const CLEANUP = "customresourcecleanup.apiextensions.k8s.io";
/** How long instances with finalizers are waited for before they are looked at again. */
const CLEANUP_RETRY_MS = 1000;

interface Names {
  plural: string;
  singular?: string;
  kind: string;
  listKind?: string;
  shortNames?: string[];
  categories?: string[];
}

interface Condition {
  type: string;
  status: "True" | "False";
  reason: string;
  message: string;
  lastTransitionTime?: string;
  observedGeneration?: number;
}

interface Definition extends KubeObject {
  spec: { group: string; names: Names; scope: string; versions: { name: string; storage: boolean; served: boolean }[] };
  status?: { conditions?: Condition[]; acceptedNames?: Names; storedVersions?: string[]; observedGeneration?: number };
}

export function customResourceDefinitionController(types: ResourceTypes): Reconciler {
  const serve = (context: ControllerContext): void => {
    types.setDefinitions(context.client.list<Definition>(TYPE).filter(isEstablished));
  };
  return {
    name: "customresourcedefinition-controller",
    watches: [{ type: TYPE }],
    sync(key, context) {
      const definition = context.client.get<Definition>(TYPE, undefined, key);
      if (definition === undefined) {
        serve(context);
        return;
      }
      if (definition.metadata.deletionTimestamp !== undefined) return cleanUp(definition, context);
      accept(definition, context, types);
      serve(context);
    },
  };
}

function isEstablished(definition: Definition): boolean {
  return definition.status?.conditions?.some((condition) => condition.type === "Established" && condition.status === "True") ?? false;
}

function accept(definition: Definition, context: ControllerContext, types: ResourceTypes): void {
  const { names, group, versions } = definition.spec;
  const now = rfc3339(context.clock.now());
  const clash = clashOf(definition, types);
  const wasEstablished = isEstablished(definition);
  const before = definition.status?.conditions ?? [];
  const condition = (wanted: Condition): Condition => {
    const last = before.find((each) => each.type === wanted.type);
    return last !== undefined && last.status === wanted.status && last.reason === wanted.reason && last.message === wanted.message ? last : { lastTransitionTime: now, ...wanted };
  };
  const conditions = [
    clash === undefined
      ? condition({ type: "NamesAccepted", status: "True", reason: "NoConflicts", message: "no conflicts found" })
      : condition({ type: "NamesAccepted", status: "False", reason: clash.reason, message: clash.message }),
    clash === undefined || wasEstablished
      ? condition({ type: "Established", status: "True", reason: "InitialNamesAccepted", message: "the initial names have been accepted" })
      : condition({ type: "Established", status: "False", reason: "NotAccepted", message: "not all names are accepted" }),
    ...before.filter((each) => each.type !== "NamesAccepted" && each.type !== "Established"),
  ];
  const storage = versions.find((version) => version.storage)?.name;
  const stored = [...new Set([...(definition.status?.storedVersions ?? []), ...(storage === undefined ? [] : [storage])])];
  const accepted: Names = { ...names, singular: names.singular || names.kind.toLowerCase(), listKind: names.listKind || `${names.kind}List` };
  const status = { conditions, acceptedNames: clash === undefined ? accepted : (definition.status?.acceptedNames ?? { plural: "", kind: "" }), storedVersions: stored };
  const current = semanticEqual(definition.status, status) ? definition : context.client.updateStatus<Definition>(TYPE, { ...definition, status });
  if (!(current.metadata.finalizers ?? []).includes(CLEANUP)) {
    context.client.update<Definition>(TYPE, { ...current, metadata: { ...current.metadata, finalizers: [...(current.metadata.finalizers ?? []), CLEANUP] } });
  }
  if (!wasEstablished && clash === undefined) context.log(`customresourcedefinition-controller: ${names.plural}.${group} is served`);
}

/** Names that another type of the same group has taken. */
function clashOf(definition: Definition, types: ResourceTypes): { reason: string; message: string } | undefined {
  const { group, names } = definition.spec;
  const others = types.all().filter((type) => type.group === group && type.custom?.definition.metadata.name !== definition.metadata.name);
  for (const other of others) {
    if (other.plural === names.plural) return { reason: "PluralConflict", message: `"${names.plural}" is already in use` };
    if (other.kind === names.kind) return { reason: "KindConflict", message: `"${names.kind}" is already in use` };
    if (names.singular && other.singular === names.singular) return { reason: "SingularConflict", message: `"${names.singular}" is already in use` };
    const short = names.shortNames?.find((name) => other.shortNames.includes(name));
    if (short !== undefined) return { reason: "ShortNamesConflict", message: `"${short}" is already in use` };
  }
  return undefined;
}

function cleanUp(definition: Definition, context: ControllerContext): number | void {
  const finalizers = definition.metadata.finalizers ?? [];
  if (!finalizers.includes(CLEANUP)) return;
  const type = typeName(definition.spec.group, definition.spec.names.plural);
  const instances = context.client.serves(type) ? context.client.list(type) : [];
  for (const instance of instances) if (instance.metadata.deletionTimestamp === undefined) context.client.delete(type, instance.metadata.namespace, instance.metadata.name);
  if (instances.some((instance) => context.client.get(type, instance.metadata.namespace, instance.metadata.name) !== undefined)) return CLEANUP_RETRY_MS;
  context.client.update<Definition>(TYPE, { ...definition, metadata: { ...definition.metadata, finalizers: finalizers.filter((finalizer) => finalizer !== CLEANUP) } });
}
