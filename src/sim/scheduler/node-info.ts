/** A node with the pods on it and what they take, kept up to date one pod at a time. */
import type { Node, Pod, Taint } from "../kubelet/pod.ts";
import type { HostPort, PodInfo } from "./pod-info.ts";
import type { PodIndex } from "./pod-index.ts";
import type { Amounts } from "./pod-requests.ts";
import { amountOf } from "./pod-requests.ts";

export class NodeInfo {
  node: Node;
  readonly pods = new Map<string, PodInfo>();
  readonly podsWithAffinity = new Map<string, PodInfo>();
  readonly podsWithRequiredAntiAffinity = new Map<string, PodInfo>();
  readonly requested: Amounts = new Map();
  nonZeroMilliCpu = 0;
  nonZeroMemory = 0;
  allocatable: Amounts = new Map();
  /** Of the node, here because every pod asks every node for them. */
  isCordoned = false;
  taints: readonly Taint[] = [];
  /** Bytes by image name. */
  images: ReadonlyMap<string, number> = new Map();
  #ports = new Map<string, Map<string, number>>();
  /** Hears of every pod that comes, changes or goes here. */
  readonly #index: PodIndex | undefined;

  constructor(node: Node, index?: PodIndex) {
    this.node = node;
    this.#index = index;
    this.setNode(node);
  }

  get name(): string {
    return this.node.metadata.name;
  }

  get podCountMax(): number {
    return this.allocatable.get("pods") ?? 0;
  }

  setNode(node: Node): void {
    this.node = node;
    this.isCordoned = node.spec?.unschedulable === true;
    this.taints = node.spec?.taints ?? [];
    const allocatable = (node.status?.allocatable ?? {}) as Record<string, string | number>;
    this.allocatable = new Map(Object.keys(allocatable).map((name) => [name, amountOf(name, allocatable[name])]));
    const images = new Map<string, number>();
    for (const image of node.status?.images ?? []) for (const name of image.names ?? []) images.set(name, image.sizeBytes ?? 0);
    this.images = images;
  }

  /** A pod's object was replaced by a newer one with the same spec. */
  replacePod(info: PodInfo, pod: Pod): void {
    const { pod: before } = info;
    info.pod = pod;
    if (before.metadata.labels === pod.metadata.labels && before.metadata.deletionTimestamp === pod.metadata.deletionTimestamp) return;
    this.#index?.replaced(before, pod, this);
  }

  addPod(info: PodInfo): void {
    const replaced = this.pods.get(info.key);
    if (replaced !== undefined) this.#index?.removed(replaced, this);
    this.pods.set(info.key, info);
    if (info.requiredAffinity.length + info.preferredAffinity.length + info.requiredAntiAffinity.length + info.preferredAntiAffinity.length > 0) {
      this.podsWithAffinity.set(info.key, info);
    }
    if (info.requiredAntiAffinity.length > 0) this.podsWithRequiredAntiAffinity.set(info.key, info);
    this.#count(info, 1);
    this.#index?.added(info, this);
  }

  removePod(key: string): PodInfo | undefined {
    const info = this.pods.get(key);
    if (info === undefined) return undefined;
    this.pods.delete(key);
    this.podsWithAffinity.delete(key);
    this.podsWithRequiredAntiAffinity.delete(key);
    this.#count(info, -1);
    this.#index?.removed(info, this);
    return info;
  }

  #count(info: PodInfo, sign: 1 | -1): void {
    for (const [name, amount] of info.requests) this.requested.set(name, (this.requested.get(name) ?? 0) + sign * amount);
    this.nonZeroMilliCpu += sign * info.nonZeroMilliCpu;
    this.nonZeroMemory += sign * info.nonZeroMemory;
    for (const { ip, protocol, port } of info.hostPorts) {
      const key = `${protocol}/${port}`;
      const byIp = this.#ports.get(key) ?? new Map<string, number>();
      byIp.set(ip, (byIp.get(ip) ?? 0) + sign);
      if (byIp.get(ip) === 0) byIp.delete(ip);
      this.#ports.set(key, byIp);
    }
  }

  /** True when a wanted port is taken: on the same address, or either side takes all addresses. */
  portTaken({ ip, protocol, port }: HostPort): boolean {
    const byIp = this.#ports.get(`${protocol}/${port}`);
    if (byIp === undefined || byIp.size === 0) return false;
    return ip === "0.0.0.0" || byIp.has("0.0.0.0") || byIp.has(ip);
  }
}
