/** A node with the pods on it and what they take, kept up to date one pod at a time. */
import type { Node, Pod } from "../kubelet/pod.ts";
import type { HostPort, PodInfo } from "./pod-info.ts";
import type { Amounts } from "./pod-requests.ts";
import { amountOf } from "./pod-requests.ts";

/** One question for each kind of workload that is being placed; each is asked about every pod that comes or goes. */
const QUESTION_COUNT_MAX = 16;

interface PodCount {
  count: number;
  /** Depends on the pod's object alone. */
  matches(pod: Pod): boolean;
}

export class NodeInfo {
  node: Node;
  readonly pods = new Map<string, PodInfo>();
  readonly podsWithAffinity = new Map<string, PodInfo>();
  readonly podsWithRequiredAntiAffinity = new Map<string, PodInfo>();
  readonly requested: Amounts = new Map();
  nonZeroMilliCpu = 0;
  nonZeroMemory = 0;
  allocatable: Amounts = new Map();
  /** Bytes by image name. */
  images: ReadonlyMap<string, number> = new Map();
  #ports = new Map<string, Map<string, number>>();
  /** How many pods here match a question that was asked before. */
  readonly #podCounts = new Map<string, PodCount>();

  constructor(node: Node) {
    this.node = node;
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
    const allocatable = (node.status?.allocatable ?? {}) as Record<string, string | number>;
    this.allocatable = new Map(Object.keys(allocatable).map((name) => [name, amountOf(name, allocatable[name])]));
    const images = new Map<string, number>();
    for (const image of node.status?.images ?? []) for (const name of image.names ?? []) images.set(name, image.sizeBytes ?? 0);
    this.images = images;
  }

  /** Pods here that match, counted once for each `question`, and kept up from then on; `matches` answers it for one pod, by its object alone. */
  countPods(question: string, matches: (pod: Pod) => boolean): number {
    let known = this.#podCounts.get(question);
    if (known === undefined) {
      known = { count: 0, matches };
      for (const { pod } of this.pods.values()) if (matches(pod)) known.count++;
      if (this.#podCounts.size >= QUESTION_COUNT_MAX) this.#podCounts.clear();
      this.#podCounts.set(question, known);
    }
    return known.count;
  }

  #recount(pod: Pod, sign: 1 | -1): void {
    for (const known of this.#podCounts.values()) if (known.matches(pod)) known.count += sign;
  }

  /** A pod's object was replaced by a newer one with the same spec. */
  replacePod(info: PodInfo, pod: Pod): void {
    const { pod: before } = info;
    info.pod = pod;
    if (before.metadata.labels === pod.metadata.labels && before.metadata.deletionTimestamp === pod.metadata.deletionTimestamp) return;
    this.#recount(before, -1);
    this.#recount(pod, 1);
  }

  addPod(info: PodInfo): void {
    const replaced = this.pods.get(info.key);
    if (replaced !== undefined) this.#recount(replaced.pod, -1);
    this.#recount(info.pod, 1);
    this.pods.set(info.key, info);
    if (info.requiredAffinity.length + info.preferredAffinity.length + info.requiredAntiAffinity.length + info.preferredAntiAffinity.length > 0) {
      this.podsWithAffinity.set(info.key, info);
    }
    if (info.requiredAntiAffinity.length > 0) this.podsWithRequiredAntiAffinity.set(info.key, info);
    this.#count(info, 1);
  }

  removePod(key: string): PodInfo | undefined {
    const info = this.pods.get(key);
    if (info === undefined) return undefined;
    this.#recount(info.pod, -1);
    this.pods.delete(key);
    this.podsWithAffinity.delete(key);
    this.podsWithRequiredAntiAffinity.delete(key);
    this.#count(info, -1);
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
