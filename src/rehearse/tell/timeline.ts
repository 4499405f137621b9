/**
 * What happens in a cluster, told as it does: what people would want to know of nodes, pods, the API, who leads, what users see. Heartbeats, pods that every
 * node has (DaemonSets), and what repeats itself are left out. Things that happen to several at one moment are one line.
 */
import type { Homelab } from "../../config/homelab.ts";
import type { KubeObject } from "../../objects/kube-object.ts";
import type { Cluster } from "../../sim/cluster.ts";
import type { Change } from "../../sim/store/store.ts";
import type { View } from "../prove/view.ts";
import { isOfDaemonSet, podTitle } from "./pods-of.ts";

export interface Line {
  /** Since the scenario's start. */
  readonly atMs: number;
  readonly text: string;
}

interface Condition {
  type: string;
  status: string;
  reason?: string;
}

const conditionsOf = (object: KubeObject | undefined): Condition[] => (object?.["status"]?.conditions ?? []) as Condition[];
const hasCondition = (object: KubeObject | undefined, type: string): boolean => conditionsOf(object).some((one) => one.type === type && one.status === "True");
const taintsOf = (object: KubeObject | undefined): { key: string; effect: string }[] => (object?.["spec"]?.taints ?? []) as { key: string; effect: string }[];
const hasTaint = (object: KubeObject | undefined, key: string): boolean => taintsOf(object).some((taint) => taint.key === key && taint.effect === "NoExecute");

/** Events that say why something does not go on. Told once for each object and text. */
const TOLD_REASONS = new Set(["FailedScheduling", "FailedAttachVolume", "FailedMount", "FailedCreate", "Failed", "BackOff", "Evicted", "TooManyMissedTimes", "EvictionThresholdMet", "ProvisioningFailed", "FailedCreatePodSandBox"]);
/** Of an event no more than this is told: the rest of it repeats names. */
const EVENT_TEXT_LENGTH_MAX = 300;

export class Timeline {
  readonly lines: Line[] = [];
  readonly #cluster: Cluster;
  readonly #now: () => number;
  readonly #onLine: (line: Line) => void;
  /** What happened at this moment: by what it is, to whom. */
  #pending = new Map<string, string[]>();
  #pendingMs = 0;
  readonly #toldEvents = new Set<string>();
  readonly #stops: (() => void)[] = [];
  #outage: string | undefined;
  #leader: string | undefined;
  #addressHolder: string | undefined;
  #isApiDue = false;
  readonly #views = new Map<string, string>();

  constructor(cluster: Cluster, now: () => number, onLine: (line: Line) => void) {
    this.#cluster = cluster;
    this.#now = now;
    this.#onLine = onLine;
    this.#outage = cluster.controlPlane?.outage;
    this.#leader = cluster.controlPlane?.loopLeader;
    this.#addressHolder = cluster.controlPlane?.addressHolder;
    this.#stops.push(
      cluster.registry.store.listen(undefined, (change) => this.#changed(change)),
      cluster.controlPlane?.onTurn(() => this.#lookAtApi()) ?? (() => undefined),
      cluster.agents.onReachChange((machine) => this.#lookAtMachine(machine)),
      cluster.agents.onNetworkChange((machine) => this.#lookAtNetwork(machine)),
      cluster.volumes.onTurn(({ text, claim }) => this.#note(text, claim)),
    );
  }

  stop(): void {
    this.#flush();
    for (const stop of this.#stops) stop();
  }

  /** Something that is said in full. */
  say(text: string): void {
    this.#note(text, "");
  }

  /** What users of an app see. */
  see(app: Homelab["apps"][string], { share, why }: View): void {
    const text = share === 1 ? "all requests are answered" : share === 0 ? `nobody is served (${why})` : `${Math.round(share * 100)} % of requests are answered (${why})`;
    const before = this.#views.get(app.name);
    this.#views.set(app.name, text);
    if (before !== text && (before !== undefined || share < 1)) this.#note(`${app.name}: ${text}`, "");
  }

  /** `subject`: to whom; "" where the text says it all. */
  #note(what: string, subject: string): void {
    const nowMs = this.#now();
    if (nowMs !== this.#pendingMs) this.#flush();
    this.#pendingMs = nowMs;
    if (this.#pending.size === 0) this.#cluster.loop.after(0, () => this.#flush());
    const subjects = this.#pending.get(what);
    if (subjects === undefined) this.#pending.set(what, subject === "" ? [] : [subject]);
    else if (subject !== "") subjects.push(subject);
  }

  #flush(): void {
    for (const [what, subjects] of this.#pending) {
      const line = { atMs: this.#pendingMs, text: subjects.length === 0 ? what : `${what}: ${counted(subjects)}` };
      this.lines.push(line);
      this.#onLine(line);
    }
    this.#pending = new Map();
  }

  #changed({ type, kind, object, previous }: Change): void {
    if (type === "nodes") this.#node(object, previous, kind === "delete");
    else if (type === "pods") this.#pod(object, previous, kind === "delete");
    else if (type === "events" && kind === "put") this.#event(object);
    else if (type === "batch/jobs" && kind === "put" && previous === undefined) this.#note("job begins", `${object.metadata.namespace}/${object.metadata.name.replace(/-\d{6,}$/, "")}`);
    else if (type === "storage.k8s.io/volumeattachments") this.#attachment(object, previous, kind === "delete");
  }

  #node(node: KubeObject, previous: KubeObject | undefined, isDeleted: boolean): void {
    const { name } = node.metadata;
    if (isDeleted) return this.#note("node gone", name);
    if (previous === undefined) return this.#note("node registers", name);
    if (hasCondition(node, "Ready") !== hasCondition(previous, "Ready")) {
      const isUnknown = conditionsOf(node).some(({ type, status }) => type === "Ready" && status === "Unknown");
      this.#note(hasCondition(node, "Ready") ? "node ready" : isUnknown ? "node not ready (nothing heard of it)" : "node not ready", name);
    }
    for (const [type, text] of [["DiskPressure", "disk pressure"], ["MemoryPressure", "memory pressure"]] as const) {
      if (hasCondition(node, type) !== hasCondition(previous, type)) this.#note(hasCondition(node, type) ? `node under ${text}` : `node no longer under ${text}`, name);
    }
    for (const key of ["node.kubernetes.io/unreachable", "node.kubernetes.io/not-ready", "node.kubernetes.io/out-of-service"]) {
      const has = hasTaint(node, key);
      if (has !== hasTaint(previous, key)) this.#note(`${has ? "taint" : "taint taken away"} ${key.split("/")[1]!}:NoExecute`, name);
    }
  }

  #pod(pod: KubeObject, previous: KubeObject | undefined, isDeleted: boolean): void {
    if (isOfDaemonSet(pod)) return;
    const where = pod["spec"].nodeName === undefined || pod["spec"].nodeName === "" ? "" : ` on ${pod["spec"].nodeName as string}`;
    const title = podTitle(pod);
    if (isDeleted) {
      if (pod["status"]?.phase !== "Succeeded") this.#note("pod gone", `${title}${where}`);
      return;
    }
    if (previous === undefined) return;
    if (pod.metadata.deletionTimestamp !== undefined && previous.metadata.deletionTimestamp === undefined) this.#note("pod to be deleted", `${title}${where}`);
    const phase = pod["status"]?.phase as string | undefined;
    if (phase === "Failed" && previous["status"]?.phase !== "Failed") this.#note("pod failed", `${title}${where}`);
    const [is, was] = [hasCondition(pod, "Ready"), hasCondition(previous, "Ready")];
    if (is !== was && !["Succeeded", "Failed"].includes(phase ?? "")) this.#note(is ? "pod ready" : "pod not ready", `${title}${where}`);
  }

  #event(event: KubeObject): void {
    const reason = event["reason"] as string;
    if (!TOLD_REASONS.has(reason)) return;
    const { kind, namespace, name } = event["involvedObject"] as { kind: string; namespace?: string; name: string };
    const pod = kind === "Pod" ? this.#cluster.client.get("pods", namespace, name) : undefined;
    if (pod !== undefined && isOfDaemonSet(pod)) return;
    const title = pod !== undefined ? podTitle(pod) : namespace === undefined || kind === "Node" ? name : `${namespace}/${name}`;
    const text = `${reason}: ${String(event["message"]).split("\n")[0]!.replace(/ for sandbox "[0-9a-f]{64}"/, "").slice(0, EVENT_TEXT_LENGTH_MAX)}`;
    // Names of pods that come and go are chance, and the same trouble is told once.
    const plain = text.replaceAll(name, title.split("/").at(-1)!).replace(/_[\w-]+\([0-9a-f-]{36}\)/g, "").replace(/\bpvc-[0-9a-f-]{36}/g, "pvc-…").replace(/-[0-9a-f]{8,10}-[a-z0-9]{5}\b/g, "-…");
    if (this.#toldEvents.has(`${title} ${plain}`)) return;
    this.#toldEvents.add(`${title} ${plain}`);
    this.#note(plain, title);
  }

  #attachment(attachment: KubeObject, previous: KubeObject | undefined, isDeleted: boolean): void {
    const volume = this.#claimOf(attachment["spec"].source?.persistentVolumeName as string | undefined);
    // One that its driver refused was never attached.
    if (isDeleted && attachment["status"]?.attached !== true) return;
    if (isDeleted) this.#note(`volume detached from ${attachment["spec"].nodeName as string}`, volume);
    else if (attachment["status"]?.attached === true && previous?.["status"]?.attached !== true) this.#note(`volume attached to ${attachment["spec"].nodeName as string}`, volume);
  }

  #claimOf(volumeName: string | undefined): string {
    const claim = this.#cluster.client.get("persistentvolumes", undefined, volumeName ?? "")?.["spec"]?.claimRef as { namespace: string; name: string } | undefined;
    return claim === undefined ? (volumeName ?? "") : `${claim.namespace}/${claim.name}`;
  }

  /** A moment in which several servers come or go passes through states that nobody would see. */
  #lookAtApi(): void {
    if (this.#isApiDue) return;
    this.#isApiDue = true;
    this.#cluster.loop.after(0, () => {
      this.#isApiDue = false;
      this.#tellApi();
    });
  }

  #tellApi(): void {
    const { outage, loopLeader, addressHolder } = this.#cluster.controlPlane!;
    if (outage !== this.#outage) {
      this.#outage = outage;
      this.#note(outage === undefined ? "the API answers" : outage === "no space" ? "the API only reads (no space)" : `the API does not answer (${outage})`, "");
    }
    if (addressHolder !== this.#addressHolder) {
      this.#addressHolder = addressHolder;
      this.#note(addressHolder === undefined ? "nobody answers for the API's address" : `${addressHolder} answers for the API's address`, "");
    }
    if (loopLeader === this.#leader) return;
    this.#leader = loopLeader;
    this.#note(loopLeader === undefined ? "nobody leads the control loops" : `${loopLeader} leads the control loops`, "");
  }

  #lookAtNetwork(machine: string): void {
    const kubelet = this.#cluster.agents.machine(machine)!;
    if (kubelet.hasNetworkAgent) this.#note("the agent of the pods' network runs again", machine);
    else if (kubelet.isPodNetworkCut) this.#note("pods of the machine and those elsewhere do not reach each other", machine);
  }

  #lookAtMachine(machine: string): void {
    const kubelet = this.#cluster.agents.machine(machine);
    if (kubelet?.isReachable === true) this.#note(kubelet.hasTime ? "machine runs and reaches others" : "machine runs, its clock is in the past", machine);
  }
}

/** `shop/web on pi1 (2 times), shop/api on pi2` */
function counted(subjects: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const subject of subjects) counts.set(subject, (counts.get(subject) ?? 0) + 1);
  return [...counts].map(([subject, count]) => (count === 1 ? subject : `${subject} (${count} times)`)).join(", ");
}
