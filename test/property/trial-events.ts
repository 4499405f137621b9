/** What happens in a trial, done to its cluster: begun and ended as the trial says, and given back when it is over. */
import type { KubeObject } from "../../src/objects/kube-object.ts";
import { objectName } from "../../src/manifests/names.ts";
import { beginFault, endFault } from "../../src/rehearse/faults/apply-fault.ts";
import type { Struck } from "../../src/rehearse/faults/fault-effect.ts";
import { perform } from "../../src/rehearse/tell/acts.ts";
import { podsOf as podsOfTitle } from "../../src/rehearse/tell/pods-of.ts";
import type { Act } from "../../src/scenarios/act.ts";
import { type Fault, type FaultId, FAULTS, faultText } from "../../src/scenarios/fault.ts";
import { ApiError } from "../../src/sim/api/status.ts";
import { isOver, isReady, keyOf } from "./invariants/watched.ts";
import { podsOf, type Trial, type TrialStep } from "./trial.ts";

/** Faults that keep a server from taking part while its machine runs. */
const HINDERING = ["etcd-member-lost", "address-changed", "api-stalled", "disk-full"];
/** Of the time that a machine has until the next one's turn comes, what it is given to be drained. */
const DRAINED_SHARE = 0.75;

export interface Turn {
  atMs: number;
  take: () => void;
}

export class TrialEvents {
  /** Servers that a fault keeps from taking part though their machine runs, each as often as a fault does. */
  readonly hindered = new Map<string, number>();
  readonly forced = new Set<string>();
  readonly #trial: Trial;
  readonly #struck: Struck;
  readonly #open: Fault[] = [];
  /** What somebody wanted to put right while the API was away. */
  readonly #refused: Fault[] = [];

  constructor(trial: Trial, struck: Struck) {
    this.#trial = trial;
    this.#struck = struck;
  }

  isUnderWay(id: FaultId): boolean {
    return this.#open.some((fault) => fault.id === id);
  }

  /** What begins and ends, in order. */
  timetable(): Turn[] {
    return this.#trial.steps.flatMap((step) => this.#turns(step)).sort((a, b) => a.atMs - b.atMs);
  }

  #turns({ event, atMs, id }: TrialStep): Turn[] {
    switch (event.does) {
      case "fault":
        return this.#faultTurns(event.fault, atMs, event.forMs);
      case "act":
        return [{ atMs, take: () => this.#act(event.act) }];
      case "scale":
        return [{ atMs, take: () => this.#patch(event.app, { replicas: event.replicas }) }];
      case "roll":
        return [{ atMs, take: () => this.#patch(event.app, { template: { metadata: { annotations: { version: id } } } }) }];
      case "shutdown":
        return [
          ...this.#faultTurns({ id: "blackout", target: "" }, atMs, event.forMs),
          ...event.machines.flatMap((machine, index) => {
            const [drainMs, offMs] = [index * event.everyMs, (index + DRAINED_SHARE) * event.everyMs];
            // The power was back before its turn came.
            if (offMs >= event.forMs) return [];
            return [{ atMs: atMs + drainMs, take: () => this.#act({ id: "drain", target: machine }) }, ...this.#faultTurns({ id: "power-off", target: machine }, atMs + offMs, event.forMs - offMs)];
          }),
        ];
    }
  }

  #faultTurns(fault: Fault, atMs: number, forMs: number): Turn[] {
    const begin = { atMs, take: () => this.#begin(fault) };
    return FAULTS[fault.id].isMoment ? [begin] : [begin, { atMs: atMs + forMs, take: () => this.#end(fault) }];
  }

  #act(act: Act): void {
    this.#noteForce(act);
    perform(this.#struck, act, () => undefined);
  }

  #patch(app: string, spec: object): void {
    const described = this.#struck.homelab.apps[app]!;
    const service = Object.values(described.services)[0]!;
    const type = { deployment: "apps/deployments", "stateful-set": "apps/statefulsets", "daemon-set": "apps/daemonsets" }[service.kind];
    this.#asSomebody(() => void this.#struck.cluster.client.patch(type, app, objectName(described, service.name), { spec }));
  }

  /** A person is refused while the API is away, as everybody is: false then. */
  #asSomebody(act: () => void): boolean {
    try {
      act();
      return true;
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      return false;
    }
  }

  #begin(fault: Fault): void {
    this.#asSomebody(() => {
      if (HINDERING.includes(fault.id)) this.hindered.set(fault.target, (this.hindered.get(fault.target) ?? 0) + 1);
      beginFault(this.#struck, fault);
      if (!FAULTS[fault.id].isMoment) this.#open.push(fault);
    });
  }

  #end(fault: Fault): void {
    const isSame = (open: Fault): boolean => faultText({ ...open, amount: "" }) === faultText({ ...fault, amount: "" });
    const index = this.#open.findIndex(isSame);
    if (index < 0) return;
    this.#open.splice(index, 1);
    if (HINDERING.includes(fault.id)) this.hindered.set(fault.target, (this.hindered.get(fault.target) ?? 1) - 1);
    // The same again on the same has no more effect than once: it ends with the last.
    if (this.#open.some(isSame)) return;
    if (!this.#asSomebody(() => endFault(this.#struck, fault))) this.#refused.push(fault);
  }

  #noteForce({ id, target }: Act): void {
    if (id === "out-of-service" || id === "delete-node") this.forced.add(target);
    if (id !== "force-delete-pod") return;
    const { client } = this.#struck.cluster;
    for (const pod of [...podsOfTitle(client, target), ...client.list("pods", { namespace: target.split("/")[0]! })]) this.forced.add(keyOf(pod));
  }

  endAll(): void {
    for (const fault of [...this.#open].reverse()) this.#end(fault);
  }

  /** What a person does when everything is back: nodes are open and in service, webhooks that nobody answers are gone, nodes that were deleted start anew. Needs the API. */
  tidy(): void {
    const { client } = this.#struck.cluster;
    for (const fault of this.#refused) this.#asSomebody(() => endFault(this.#struck, fault));
    const isNode = ({ id }: { id: string }): boolean => client.get("nodes", undefined, id) !== undefined;
    for (const { id } of this.#trial.machines.filter(isNode)) for (const act of ["uncordon", "in-service"] as const) this.#act({ id: act, target: id });
    for (const { id, isPolicy } of this.#trial.apps) if (isPolicy) this.#act({ id: "remove-webhook", target: podsOf(id) });
    this.#deleteStuckPods();
    // Last, as servers that start anew can take the API with them for a while.
    for (const { id } of this.#trial.machines) if (!isNode({ id })) beginFault(this.#struck, { id: "reboot", target: id });
  }

  /**
   * A StatefulSet does not take back by itself a pod that never became ready: "Forced rollback" in its documentation asks for this. And of several that failed
   * beyond its size the highest waits for one that is lower, and is waited for (`processCondemned` of `stateful_set_control.go`).
   */
  #deleteStuckPods(): void {
    const { client } = this.#struck.cluster;
    const wasBroken = (app: string): boolean => this.#trial.steps.some(({ event }) => event.does === "fault" && ["bad-image", "release-broken"].includes(event.fault.id) && event.fault.target === app);
    for (const { id, kind } of this.#trial.apps) {
      if (kind !== "stateful-set") continue;
      const size = client.get("apps/statefulsets", id, id)?.["spec"].replicas as number;
      const isStuck = (pod: KubeObject): boolean => (wasBroken(id) && !isReady(pod)) || (isOver(pod) && Number(pod.metadata.name.split("-").at(-1)) >= size);
      for (const pod of client.list("pods", { namespace: id })) if (isStuck(pod)) this.#asSomebody(() => client.delete("pods", id, pod.metadata.name));
    }
  }
}
