/** A homelab by chance and what happens to it, as plain data: every machine, app and event has a name, so that a failing trial can be told without some of them. */
import type { Act } from "../../src/scenarios/act.ts";
import type { Fault } from "../../src/scenarios/fault.ts";

export interface TrialMachine {
  /** `m1` */
  id: string;
  isServer: boolean;
  isWorker: boolean;
  cpu: number;
  memoryGi: number;
  /** Carries the label `disk: fast`. */
  isFast: boolean;
  /** Carries the taint `only=batch:NoSchedule`. */
  isReserved: boolean;
  /** What it has its power from: a strip, or a UPS. */
  supply: string | undefined;
  /** The switch that it hangs on, where it is not on the home's network itself. */
  link: string | undefined;
}

export interface TrialApp {
  /** `a1` */
  id: string;
  kind: "deployment" | "stateful-set" | "daemon-set";
  /** Of one that is autoscaled: the fewest. */
  replicas: number;
  /** The most copies that its autoscaler may make. */
  autoscaledTo: number | undefined;
  cpuMilli: number;
  memoryMi: number;
  /** A class of storage; every copy of a StatefulSet has its own volume, a Deployment has one for all. */
  volume: "local" | "spread" | undefined;
  update: { maxSurge: number; maxUnavailable: number } | undefined;
  /** Copies that a drain may take at once. */
  budget: number | undefined;
  needsFast: boolean;
  toleratesReserved: boolean;
  gracePeriodSeconds: number;
  /** A webhook can be registered for it. */
  isPolicy: boolean;
}

export type Event =
  | { does: "fault"; fault: Fault; forMs: number }
  | { does: "act"; act: Act }
  | { does: "scale"; app: string; replicas: number }
  /** Another template, as after a new version. */
  | { does: "roll"; app: string }
  /** The power is gone, and what a UPS still feeds is drained and switched off, one machine after the other; the power that returns switches them on. */
  | { does: "shutdown"; machines: string[]; everyMs: number; forMs: number };

export interface TrialStep {
  /** `e1` */
  id: string;
  atMs: number;
  event: Event;
}

export interface Trial {
  seed: number;
  distribution: "kubeadm" | "k3s";
  /** As a proof's clusters are: nobody outside reads or writes, and what the cluster's own parts write is not checked again. */
  isClosed: boolean;
  maxPods: number;
  /** Whether there is what the platform has for all apps: the cluster's DNS, an ingress by which people come in, agents of the pods' network. */
  hasPlatform: boolean;
  /** Whether people come in by an address that MetalLB announces; otherwise by ports of the machines. */
  isByAddress: boolean;
  network: "flannel" | "calico" | "cilium" | "kube-router";
  /** How long its UPS carries what hangs on it. */
  holdsMinutes: number;
  machines: TrialMachine[];
  apps: TrialApp[];
  steps: TrialStep[];
}

/** What owns the pods of an app: it has the app's name, in a namespace of that name. */
export const podsOf = (app: string): string => `${app}/${app}`;

/** Where people come in at all, they ask for the apps that answer as web servers do. */
export const isServed = ({ isPolicy }: TrialApp): boolean => !isPolicy;

/** The name of what feeds machines when the power is gone. */
export const UPS = "ups";
export const REGISTRY = "docker.io";

/** The trial without what has these names. Undefined where nothing would be left to try. */
export function without(trial: Trial, ids: readonly string[]): Trial | undefined {
  const isLeft = ({ id }: { id: string }): boolean => !ids.includes(id);
  const machines = trial.machines.filter(isLeft);
  const apps = trial.apps.filter(isLeft);
  const left = new Set(["", REGISTRY, ...machines.flatMap(({ id, supply, link }) => [id, supply ?? id, link ?? id]), ...apps.flatMap(({ id }) => [id, podsOf(id)])]);
  const steps = trial.steps.filter(isLeft).flatMap((step) => {
    const event = eventOn(left, step.event, machines.length);
    return event === undefined ? [] : [{ ...step, event }];
  });
  const isWhole = machines.some(({ isServer }) => isServer) && machines.some(({ isWorker }) => isWorker) && apps.length > 0;
  return isWhole ? { ...trial, machines, apps, steps } : undefined;
}

/** Of what strikes several machines, the rest of them; undefined where nothing of it is there. */
function eventOn(left: ReadonlySet<string>, event: Event, machineCount: number): Event | undefined {
  if (event.does === "shutdown") {
    const machines = event.machines.filter((machine) => left.has(machine));
    return machines.length === 0 ? undefined : { ...event, machines };
  }
  if (event.does === "fault" && event.fault.id === "partition") {
    const side = event.fault.target.split(",").filter((machine) => left.has(machine));
    return side.length === 0 || side.length === machineCount ? undefined : { ...event, fault: { ...event.fault, target: side.join() } };
  }
  return left.has(event.does === "fault" ? event.fault.target : event.does === "act" ? event.act.target : event.app) ? event : undefined;
}
