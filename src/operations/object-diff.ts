/** What changes in an object of the cluster, as a unified diff of YAML without secret values. */
import { createTwoFilesPatch } from "diff";
import { yamlDocument } from "../manifests/yaml-text.ts";
import type { KubeObject } from "../objects/kube-object.ts";

/** What the server keeps for itself, and what repeats the object inside it. */
const SERVER_FIELDS = ["managedFields", "resourceVersion", "generation", "creationTimestamp", "uid", "selfLink"];
const REPEATING_ANNOTATION = "kubectl.kubernetes.io/last-applied-configuration";

/** What is asked for: without status and without what the server writes down by itself. */
export function askedFor(object: KubeObject): KubeObject {
  const { status: _status, metadata, ...rest } = object;
  const kept = Object.fromEntries(Object.entries(metadata).filter(([key]) => !SERVER_FIELDS.includes(key)));
  const annotations = metadata.annotations;
  if (annotations?.[REPEATING_ANNOTATION] !== undefined) kept["annotations"] = Object.fromEntries(Object.entries(annotations).filter(([key]) => key !== REPEATING_ANNOTATION));
  return { ...rest, metadata: kept } as unknown as KubeObject;
}

/** Both sides from the API. `secretNames`: which secret of the homelab a key holds. */
export function objectDiff(live: KubeObject, wanted: KubeObject, secretNames: Readonly<Record<string, string>>): string {
  let [before, after] = [askedFor(live), askedFor(wanted)];
  if (live.kind === "Secret" && live.apiVersion === "v1") [before, after] = masked(before, after, secretNames);
  return unifiedDiff(yamlDocument(before), yamlDocument(after));
}

export function unifiedDiff(before: string, after: string): string {
  return createTwoFilesPatch("", "", before, after, "", "", { context: 2 }).split("\n").slice(4).filter((line) => line !== "" && !line.startsWith("\\")).join("\n");
}

function masked(before: KubeObject, after: KubeObject, secretNames: Readonly<Record<string, string>>): [KubeObject, KubeObject] {
  const [old, next] = [valuesOf(before), valuesOf(after)];
  const mask = (values: Record<string, string>, others: Record<string, string>, how: { same: string; other: string; alone: string }): Record<string, string> =>
    Object.fromEntries(Object.entries(values).map(([key, value]) => [key, `‹secret: ${secretNames[key] ?? key}, ${others[key] === undefined ? how.alone : others[key] === value ? how.same : how.other}›`]));
  return [
    { ...before, data: mask(old, next, { same: "unchanged", other: "as it was", alone: "removed" }) },
    { ...after, data: mask(next, old, { same: "unchanged", other: "changed", alone: "new" }) },
  ];
}

const valuesOf = (secret: KubeObject): Record<string, string> => (secret["data"] ?? {}) as Record<string, string>;
