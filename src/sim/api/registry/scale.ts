/** The `scale` subresource: an `autoscaling/v1` Scale seen through a workload or a custom resource. */
import { cloneJson } from "../../../lib/json.ts";
import type { KubeObject } from "../../../objects/kube-object.ts";
import type { ResourceType } from "../resource-types.ts";
import { badRequest } from "../status.ts";
import { labelMatcher, labelsOf } from "./labels.ts";
import { requirementsOf } from "./pod-subresources.ts";

export function scaleOf(type: ResourceType, object: KubeObject): KubeObject {
  const { name, namespace, uid, resourceVersion, creationTimestamp } = object.metadata;
  const { replicas, observed, selector } = type.custom === undefined ? builtInScale(object) : customScale(type, object);
  return {
    kind: "Scale",
    apiVersion: "autoscaling/v1",
    metadata: { name, ...(namespace ? { namespace } : {}), uid: uid!, resourceVersion: resourceVersion!, creationTimestamp: creationTimestamp! },
    spec: replicas === 0 ? {} : { replicas },
    status: { replicas: observed, ...(selector ? { selector } : {}) },
  };
}

/** The object with the replicas that a Scale asks for. */
export function withScale(type: ResourceType, object: KubeObject, scale: KubeObject): KubeObject {
  const next = cloneJson(object) as KubeObject;
  const replicas = (scale["spec"]?.replicas as number | undefined) ?? 0;
  if (scale.metadata?.resourceVersion) next.metadata.resourceVersion = scale.metadata.resourceVersion;
  const path = type.custom === undefined ? ["spec", "replicas"] : splitPath(type.custom.version.subresources!.scale!.specReplicasPath);
  let parent: Record<string, unknown> = next;
  for (const part of path.slice(0, -1)) parent = (parent[part] ??= {}) as Record<string, unknown>;
  parent[path.at(-1)!] = replicas;
  return next;
}

function builtInScale(object: KubeObject): { replicas: number; observed: number; selector: string } {
  const selector = object["spec"]?.selector as Record<string, unknown> | undefined;
  return { replicas: (object["spec"]?.replicas as number | undefined) ?? 0, observed: (object["status"]?.replicas as number | undefined) ?? 0, selector: selectorText(object.kind === "ReplicationController" ? { matchLabels: selector as Record<string, string> } : selector) };
}

function customScale(type: ResourceType, object: KubeObject): { replicas: number; observed: number; selector: string } {
  const paths = type.custom!.version.subresources!.scale!;
  const replicas = valueAt(object, paths.specReplicasPath);
  if (replicas !== undefined && typeof replicas !== "number") throw badRequest(`invalid ${paths.specReplicasPath}: not a number`);
  const selector = paths.labelSelectorPath === undefined ? undefined : valueAt(object, paths.labelSelectorPath);
  return { replicas: replicas ?? 0, observed: (valueAt(object, paths.statusReplicasPath) as number | undefined) ?? 0, selector: typeof selector === "string" ? selector : "" };
}

const splitPath = (path: string): string[] => path.replace(/^\./, "").split(".");

function valueAt(object: KubeObject, path: string): unknown {
  let value: unknown = object;
  for (const part of splitPath(path)) value = (value as Record<string, unknown> | undefined)?.[part];
  return value;
}

/** A LabelSelector as text, keys in order (`metav1.FormatLabelSelector`). */
export function selectorText(selector: Record<string, unknown> | undefined): string {
  if (selector === undefined) return "";
  const labels = (selector["matchLabels"] ?? {}) as Record<string, string>;
  const expressions = (selector["matchExpressions"] ?? []) as { key: string; operator: string; values?: string[] }[];
  const parts: [string, string][] = Object.entries(labels).map(([key, value]) => [key, `${key}=${value}`]);
  for (const { key, operator, values } of expressions) {
    const list = [...(values ?? [])].sort().join(",");
    if (operator === "In") parts.push([key, `${key} in (${list})`]);
    else if (operator === "NotIn") parts.push([key, `${key} notin (${list})`]);
    else if (operator === "Exists") parts.push([key, key]);
    else parts.push([key, `!${key}`]);
  }
  return parts.sort((a, b) => (a[0] < b[0] ? -1 : 1)).map((part) => part[1]).join(",");
}

/** Objects a selector picks, for readers that have only the selector. */
export function selects(selector: Parameters<typeof requirementsOf>[0], object: KubeObject): boolean {
  return labelMatcher(requirementsOf(selector))(labelsOf(object));
}
