/** What a rehearsal applies: all that `render` gives, with throw-away secrets, and in place of what the distribution and charts install, their pods. */
import type { Homelab } from "../config/homelab.ts";
import { platformCrds, platformFootprint } from "../manifests/platform/catalogue.ts";
import { renderHomelab } from "../manifests/render-homelab.ts";
import type { RenderedObject } from "../manifests/rendered.ts";
import type { KubeObject } from "../objects/kube-object.ts";
import type { Random } from "../ports/random.ts";
import { objectKey } from "./object-difference.ts";
import { withThrowAwayValues } from "./throw-away-secrets.ts";

/** Each object once, footprints first: their kinds and namespaces are what the rest stands on. */
export function objectsToRehearse(homelab: Homelab, random: Random): KubeObject[] {
  return renderedToRehearse(homelab, random).map((item) => item.object);
}

/** The same, each with the place in the file that it comes from. */
export function renderedToRehearse(homelab: Homelab, random: Random): RenderedObject[] {
  const items = new Map<string, RenderedObject>();
  const add = (item: RenderedObject): void => {
    items.set(objectKey(item.object), item);
  };
  for (const item of platformCrds(homelab)) add(item);
  for (const item of platformFootprint(homelab)) if (!isStatic(item.object)) add(item);
  for (const file of renderHomelab(homelab)) {
    for (const item of file.objects) add(item.values === undefined ? item : { ...item, object: withThrowAwayValues(item.object, item.values, random) });
  }
  return [...items.values()];
}

/** Pods that a machine runs from files, by node: the kubelet makes their objects, nobody applies them. */
export function staticPodsOf(homelab: Homelab): Record<string, KubeObject[]> {
  const byNode: Record<string, KubeObject[]> = {};
  for (const { object } of platformFootprint(homelab)) {
    if (!isStatic(object)) continue;
    const node = object["spec"].nodeName as string;
    // The kubelet adds the node's name to the pod's, as it does for any file.
    (byNode[node] ??= []).push({ ...object, metadata: { ...object.metadata, name: object.metadata.name.slice(0, -node.length - 1) } });
  }
  return byNode;
}

const isStatic = (object: KubeObject): boolean => object.kind === "Pod" && object.metadata.annotations?.["kubernetes.io/config.source"] === "file";
