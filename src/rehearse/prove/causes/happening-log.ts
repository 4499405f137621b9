/** Writes down what happens in a cluster from now on, for looking back from an effect to its causes. Read from the objects, the machines and the control plane; it changes nothing. */
import type { KubeObject } from "../../../objects/kube-object.ts";
import type { Cluster } from "../../../sim/cluster.ts";
import type { Change } from "../../../sim/store/store.ts";
import type { Happening, What } from "./happening.ts";

interface Condition {
  type: string;
  status: string;
}

const conditionOf = (object: KubeObject | undefined, type: string): string | undefined => ((object?.["status"]?.conditions ?? []) as Condition[]).find((one) => one.type === type)?.status;
const noExecute = (node: KubeObject | undefined): string[] => ((node?.["spec"]?.taints ?? []) as { key: string; effect: string }[]).filter(({ effect }) => effect === "NoExecute").map(({ key }) => key);
const keyOf = ({ metadata }: KubeObject): string => `${metadata.namespace}/${metadata.name}`;

/** Reasons of events about pods that say how far its start has come. */
const STAGES: Readonly<Record<string, What>> = { Pulling: "pulling", Pulled: "pulled", Started: "started", SuccessfulAttachVolume: "volume attached", FailedScheduling: "pod finds no place", BackOff: "waits to restart" };
/** Labels by which operators tell Services who the primary is. */
const ROLE_LABELS = ["cnpg.io/instanceRole", "k8s.mariadb.com/role"];

export class HappeningLog {
  readonly happenings: Happening[] = [];
  readonly cluster: Cluster;
  readonly #now: () => number;
  /** As last seen, those that are gone too. */
  readonly #pods = new Map<string, KubeObject>();
  readonly #uids = new Map<string, string>();
  readonly #reached = new Set<string>();
  readonly #hearing = new Set<string>();
  readonly #stops: (() => void)[];
  #outage: string | undefined;
  #leader: string | undefined;
  #addressHolder: string | undefined;

  /** `now`: milliseconds since the first fault. */
  constructor(cluster: Cluster, now: () => number) {
    this.cluster = cluster;
    this.#now = now;
    for (const pod of cluster.client.list("pods")) this.#keep(pod);
    for (const kubelet of cluster.agents.machines) {
      if (kubelet.isReachable) this.#reached.add(kubelet.name);
      if (kubelet.isOnline) this.#hearing.add(kubelet.name);
    }
    this.#outage = cluster.controlPlane?.outage;
    this.#leader = cluster.controlPlane?.loopLeader;
    this.#addressHolder = cluster.controlPlane?.addressHolder;
    this.#stops = [
      cluster.registry.store.listen(undefined, (change) => this.#changed(change)),
      cluster.agents.onReachChange((machine) => this.#look(machine)),
      cluster.agents.onNetworkChange((machine) => cluster.agents.machine(machine)!.hasNetworkAgent && this.note("network agent runs", machine)),
      cluster.controlPlane?.onTurn(() => this.lookAround()) ?? (() => undefined),
      cluster.volumes.onTurn(({ claim, driver, stop }) => stop && this.note(stop.now === undefined ? "volume serves" : "volume stops", claim, stop.now ?? `${driver}: ${stop.before}`)),
    ];
  }

  stop(): void {
    for (const stop of this.#stops) stop();
  }

  note(what: What, subject: string, detail?: string): void {
    this.happenings.push({ atMs: this.#now(), what, subject, ...(detail === undefined ? {} : { detail }) });
  }

  /** The pod as it was last seen. */
  pod(uid: string): KubeObject | undefined {
    return this.#pods.get(uid);
  }

  get pods(): Iterable<[uid: string, pod: KubeObject]> {
    return this.#pods;
  }

  /** What a machine hears of the API follows from much: it is compared whenever something has turned. */
  lookAround(): void {
    const { controlPlane, agents } = this.cluster;
    for (const { name, isReachable } of agents.machines) this.#turn(this.#reached, name, isReachable, "machine reached", "machine lost");
    const outage = controlPlane?.outage;
    if (outage !== this.#outage) this.note(outage === undefined ? "API answers" : "API stops", outage ?? this.#outage!);
    this.#outage = outage;
    const leader = controlPlane?.loopLeader;
    if (leader !== this.#leader) this.note(leader === undefined ? "nobody leads" : "leads", leader ?? this.#leader!);
    this.#leader = leader;
    const holder = controlPlane?.addressHolder;
    if (holder !== this.#addressHolder) this.note(holder === undefined ? "API address away" : "API address moved", holder ?? this.#addressHolder!);
    this.#addressHolder = holder;
    for (const { name, isOnline } of agents.machines) this.#turn(this.#hearing, name, isOnline, "machine hears", "machine deaf");
  }

  #look(machine: string): void {
    const kubelet = this.cluster.agents.machine(machine);
    if (kubelet === undefined) return;
    this.#turn(this.#reached, machine, kubelet.isReachable, "machine reached", "machine lost");
    this.#turn(this.#hearing, machine, kubelet.isOnline, "machine hears", "machine deaf");
  }

  #turn(known: Set<string>, machine: string, is: boolean, begins: What, ends: What): void {
    if (known.has(machine) === is) return;
    if (is) known.add(machine);
    else known.delete(machine);
    this.note(is ? begins : ends, machine);
  }

  #keep(pod: KubeObject): void {
    this.#pods.set(pod.metadata.uid!, pod);
    this.#uids.set(keyOf(pod), pod.metadata.uid!);
  }

  #changed({ type, kind, object, previous }: Change): void {
    if (type === "pods") this.#pod(object, previous, kind === "delete");
    else if (kind === "delete") {
      if (type === "storage.k8s.io/volumeattachments") this.note("volume detached", (object["spec"].source?.persistentVolumeName as string | undefined) ?? "", object["spec"].nodeName as string);
    } else if (type === "nodes") this.#node(object, previous);
    else if (type === "events") this.#event(object);
    else if (type === "discovery.k8s.io/endpointslices") this.#slice(object, previous);
    else if (type === "services") {
      if (previous !== undefined && JSON.stringify(previous["spec"].selector) !== JSON.stringify(object["spec"].selector)) this.note("selector", keyOf(object));
    } else if (object["status"]?.currentPrimary !== undefined) this.#database(object, previous);
  }

  #pod(pod: KubeObject, previous: KubeObject | undefined, isDeleted: boolean): void {
    const uid = pod.metadata.uid!;
    this.#keep(pod);
    // Its kubelet may write in the moment in which it hears the API again: that came first.
    this.#look((pod["spec"].nodeName as string | undefined) ?? "");
    if (isDeleted) return this.note("pod gone", uid);
    if (previous === undefined) this.note("pod created", uid);
    if (pod["spec"].nodeName && !previous?.["spec"].nodeName) this.note("pod scheduled", uid, pod["spec"].nodeName as string);
    if (previous === undefined) return;
    if (pod.metadata.deletionTimestamp !== undefined && previous.metadata.deletionTimestamp === undefined) this.note("pod to be deleted", uid);
    if (pod["status"]?.phase === "Failed" && previous["status"]?.phase !== "Failed") this.note("pod failed", uid);
    const [is, was] = [conditionOf(pod, "Ready") === "True", conditionOf(previous, "Ready") === "True"];
    if (is !== was) this.note(is ? "pod ready" : "pod not ready", uid);
    if (ROLE_LABELS.some((label) => pod.metadata.labels?.[label] !== previous.metadata.labels?.[label])) this.note("role", uid);
  }

  #node(node: KubeObject, previous: KubeObject | undefined): void {
    const { name } = node.metadata;
    this.#look(name);
    const [is, was] = [conditionOf(node, "Ready"), conditionOf(previous, "Ready")];
    if (is !== was) this.note(is === "True" ? "node ready" : is === "Unknown" ? "node silent" : "node not ready", name, is === "Unknown" ? this.#lastHeartbeat(name) : undefined);
    const [taints, before] = [noExecute(node), noExecute(previous)];
    for (const key of taints) if (!before.includes(key)) this.note("tainted", name, key);
    for (const key of before) if (!taints.includes(key)) this.note("untainted", name, key);
  }

  /** Milliseconds since the first fault, as text: below zero where it came before. */
  #lastHeartbeat(node: string): string | undefined {
    const renewed = this.cluster.client.get("coordination.k8s.io/leases", "kube-node-lease", node)?.["spec"]?.renewTime as string | undefined;
    return renewed === undefined ? undefined : String(Date.parse(renewed) - this.cluster.loop.now() + this.#now());
  }

  #event(event: KubeObject): void {
    const what = STAGES[event["reason"] as string];
    const { kind, uid } = event["involvedObject"] as { kind?: string; uid?: string };
    if (what !== undefined && kind === "Pod" && uid !== undefined) this.note(what, uid, event["message"] as string);
  }

  /** One happening for each endpoint that becomes ready or is dropped. */
  #slice(slice: KubeObject, previous: KubeObject | undefined): void {
    const service = `${slice.metadata.namespace}/${slice.metadata.labels?.["kubernetes.io/service-name"] ?? ""}`;
    const [now, before] = [this.#readyPods(slice), this.#readyPods(previous)];
    for (const uid of now) if (!before.includes(uid)) this.note("endpoints", service, `+${uid}`);
    for (const uid of before) if (!now.includes(uid)) this.note("endpoints", service, `-${uid}`);
  }

  #readyPods(slice: KubeObject | undefined): string[] {
    const endpoints = (slice?.["endpoints"] ?? []) as { conditions?: { ready?: boolean }; targetRef?: { uid?: string; name: string; namespace?: string } }[];
    return endpoints.filter(({ conditions }) => conditions?.ready !== false).flatMap(({ targetRef }) => targetRef?.uid ?? this.#uids.get(`${targetRef?.namespace}/${targetRef?.name}`) ?? []);
  }

  #database(object: KubeObject, previous: KubeObject | undefined): void {
    const [status, before] = [object["status"]!, previous?.["status"]];
    if (status.targetPrimary !== undefined && status.targetPrimary !== before?.targetPrimary && status.targetPrimary !== status.currentPrimary) this.note("failing over", keyOf(object), before?.currentPrimary as string | undefined);
    if (before?.currentPrimary !== undefined && status.currentPrimary !== before.currentPrimary) this.note("promoted", keyOf(object), before.currentPrimary as string);
  }
}
