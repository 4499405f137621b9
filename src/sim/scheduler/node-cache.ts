/** What the scheduler knows of nodes and the pods on them, updated by each event; never read afresh for an attempt. */
import type { KubeObject } from "../../objects/kube-object.ts";
import type { SimClient } from "../api/client.ts";
import type { Node, Pod } from "../kubelet/pod.ts";
import { isTerminalPod } from "../kubelet/pod.ts";
import { NodeInfo } from "./node-info.ts";
import type { SchedulingView } from "./plugin.ts";
import { PodIndex } from "./pod-index.ts";
import type { PodInfo } from "./pod-info.ts";
import { podInfo } from "./pod-info.ts";

export class NodeCache implements SchedulingView {
  readonly client: SimClient;
  readonly pods = new PodIndex();
  readonly #nodes = new Map<string, NodeInfo>();
  /** Pods on nodes that have not been seen yet, or no longer exist. */
  readonly #strays = new Map<string, Map<string, PodInfo>>();
  readonly #nodeOfPod = new Map<string, string>();
  readonly #imageCounts = new Map<string, number>();
  readonly #claimUsers = new Map<string, number>();
  #list: readonly NodeInfo[] | undefined;
  /** Grows with every change of a node's own object. */
  nodesChanged = 0;

  constructor(client: SimClient) {
    this.client = client;
  }

  get nodes(): readonly NodeInfo[] {
    return (this.#list ??= [...this.#nodes.values()]);
  }

  node(name: string): NodeInfo | undefined {
    return this.#nodes.get(name);
  }

  namespaceLabels = (namespace: string): KubeObject["metadata"]["labels"] => this.client.get("namespaces", undefined, namespace)?.metadata.labels;

  imageNodeCount(image: string): number {
    return this.#imageCounts.get(image) ?? 0;
  }

  claimUserCount(claimKey: string): number {
    return this.#claimUsers.get(claimKey) ?? 0;
  }

  setNode(node: Node): void {
    this.nodesChanged++;
    const { name } = node.metadata;
    let info = this.#nodes.get(name);
    if (info === undefined) {
      info = new NodeInfo(node, this.pods);
      this.#nodes.set(name, info);
      this.#list = undefined;
      for (const pod of this.#strays.get(name)?.values() ?? []) info.addPod(pod);
      this.#strays.delete(name);
    } else {
      this.#countImages(info, -1);
      info.setNode(node);
    }
    this.#countImages(info, 1);
  }

  removeNode(name: string): void {
    const info = this.#nodes.get(name);
    if (info === undefined) return;
    this.nodesChanged++;
    this.#countImages(info, -1);
    this.#nodes.delete(name);
    this.#list = undefined;
    if (info.pods.size === 0) return;
    this.#strays.set(name, new Map(info.pods));
    for (const key of [...info.pods.keys()]) info.removePod(key);
  }

  /** Puts a pod where its spec says. Finished pods take nothing. */
  setPod(pod: Pod): void {
    const { nodeName } = pod.spec;
    const key = `${pod.metadata.namespace}/${pod.metadata.name}`;
    const node = this.#nodeOfPod.get(key) === nodeName && nodeName ? this.#nodes.get(nodeName) : undefined;
    const known = node?.pods.get(key);
    if (known !== undefined && isSameSpec(known.pod, pod) && !isTerminalPod(pod)) {
      // Only its status or labels changed, which are read from the object.
      node!.replacePod(known, pod);
      return;
    }
    this.removePod(key);
    if (!nodeName || isTerminalPod(pod)) return;
    this.placePod(podInfo(pod), nodeName);
  }

  /** Counts a pod on a node before its binding is written. */
  placePod(info: PodInfo, nodeName: string): void {
    const { key } = info;
    this.#nodeOfPod.set(key, nodeName);
    this.#countClaims(info, 1);
    const node = this.#nodes.get(nodeName);
    if (node !== undefined) {
      node.addPod(info);
      return;
    }
    const strays = this.#strays.get(nodeName) ?? new Map<string, PodInfo>();
    this.#strays.set(nodeName, strays.set(key, info));
  }

  removePod(key: string): void {
    const nodeName = this.#nodeOfPod.get(key);
    if (nodeName === undefined) return;
    this.#nodeOfPod.delete(key);
    const strays = this.#strays.get(nodeName);
    const info = this.#nodes.get(nodeName)?.removePod(key) ?? strays?.get(key);
    strays?.delete(key);
    if (info !== undefined) this.#countClaims(info, -1);
  }

  #countImages(info: NodeInfo, sign: 1 | -1): void {
    for (const name of info.images.keys()) this.#imageCounts.set(name, (this.#imageCounts.get(name) ?? 0) + sign);
  }

  #countClaims(info: PodInfo, sign: 1 | -1): void {
    for (const name of info.claimNames) {
      const key = `${info.pod.metadata.namespace}/${name}`;
      this.#claimUsers.set(key, (this.#claimUsers.get(key) ?? 0) + sign);
    }
  }
}

/** A pod's generation grows with every change of its spec, but not when it is bound. */
function isSameSpec(before: Pod, after: Pod): boolean {
  if (before.metadata.uid !== after.metadata.uid) return false;
  return before.spec === after.spec || (after.metadata.generation !== undefined && before.metadata.generation === after.metadata.generation);
}
