/** A homelab by chance and what happens to it, as plain data: every machine, app and event has a name, so that a failing trial can be told without some of them. */
import { seededRandom, type Random } from "../../src/lib/seeded-random.ts";
import type { Act } from "../../src/scenarios/act.ts";
import { type Fault, FAULTS, faultText, type FaultId } from "../../src/scenarios/fault.ts";

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
  /** Its power strip. */
  strip: string | undefined;
}

export interface TrialApp {
  /** `a1` */
  id: string;
  kind: "deployment" | "stateful-set" | "daemon-set";
  replicas: number;
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
}

export type Event =
  | { does: "fault"; fault: Fault; forMs: number }
  | { does: "act"; act: Act }
  | { does: "scale"; app: string; replicas: number }
  /** Another template, as after a new version. */
  | { does: "roll"; app: string };

export interface TrialStep {
  /** `e1` */
  id: string;
  atMs: number;
  event: Event;
}

export interface Trial {
  seed: number;
  distribution: "kubeadm" | "k3s";
  maxPods: number;
  machines: TrialMachine[];
  apps: TrialApp[];
  steps: TrialStep[];
}

const MACHINE_COUNT_MAX = 5;
const APP_COUNT_MAX = 6;
const STEP_COUNT_MAX = 7;
const MINUTE_MS = 60_000;
/** Events begin within so much time; faults last up to as long again. */
const EVENTS_MS = 14 * MINUTE_MS;

export function trialOf(seed: number): Trial {
  const random = seededRandom(`property ${seed}`);
  const machines = machinesOf(random.fork("machines"));
  const apps = appsOf(random.fork("apps"), machines);
  const distribution = random.next() < 0.5 ? "kubeadm" : "k3s";
  return { seed, distribution, maxPods: random.next() < 0.25 ? 4 + random.below(5) : 110, machines, apps, steps: stepsOf(random.fork("steps"), machines, apps) };
}

/** At most three machines, two apps and three events: what the suite has time for. */
export function smallTrialOf(seed: number): Trial {
  const trial = trialOf(seed);
  const machines = trial.machines.slice(0, SMALL.machines);
  const hasWorker = machines.some(({ isWorker }) => isWorker);
  const small = without({ ...trial, machines: hasWorker ? machines : machines.map((machine) => ({ ...machine, isWorker: true })), apps: trial.apps.slice(0, SMALL.apps) }, [])!;
  return { ...small, steps: small.steps.slice(0, SMALL.steps) };
}

const SMALL = { machines: 3, apps: 2, steps: 3 };

const isChance = (random: Random, share: number): boolean => random.next() < share;
const oneOf = <T>(random: Random, values: readonly T[]): T => values[random.below(values.length)]!;

function machinesOf(random: Random): TrialMachine[] {
  const count = 1 + random.below(MACHINE_COUNT_MAX);
  const servers = count >= 3 && isChance(random, 0.5) ? 3 : count >= 2 && isChance(random, 0.2) ? 2 : 1;
  const hasStrips = isChance(random, 0.4);
  const hasReserved = isChance(random, 0.3);
  const hasWorkers = count > servers;
  return Array.from({ length: count }, (_, index) => ({
    id: `m${index + 1}`,
    isServer: index < servers,
    isWorker: index >= servers || !hasWorkers || isChance(random, 0.4),
    cpu: oneOf(random, [1, 2, 4]),
    memoryGi: oneOf(random, [2, 4, 8]),
    isFast: isChance(random, 0.5),
    isReserved: hasReserved && index === count - 1 && index > 0,
    strip: hasStrips ? `strip${1 + (index % 2)}` : undefined,
  }));
}

function appsOf(random: Random, machines: readonly TrialMachine[]): TrialApp[] {
  return Array.from({ length: 1 + random.below(APP_COUNT_MAX) }, (_, index): TrialApp => {
    const kind = oneOf(random, ["deployment", "deployment", "stateful-set", "stateful-set", "daemon-set"] as const);
    const volume = kind === "daemon-set" || isChance(random, kind === "stateful-set" ? 0.4 : 0.75) ? undefined : oneOf(random, ["local", "spread"] as const);
    // Two pods cannot share a volume that one node may use at a time.
    const replicas = kind === "deployment" && volume !== undefined ? 1 : 1 + random.below(4);
    return {
      id: `a${index + 1}`,
      kind,
      replicas,
      cpuMilli: oneOf(random, [50, 50, 100, 300, 600]),
      memoryMi: oneOf(random, [64, 64, 128, 512, 1024]),
      volume,
      update: kind === "deployment" && volume === undefined && isChance(random, 0.6) ? oneOf(random, [{ maxSurge: 1, maxUnavailable: 0 }, { maxSurge: 0, maxUnavailable: 1 }, { maxSurge: 2, maxUnavailable: 1 }, { maxSurge: 1, maxUnavailable: 2 }]) : undefined,
      budget: kind !== "daemon-set" && replicas > 1 ? 1 + random.below(2) : undefined,
      needsFast: isChance(random, 0.15) && machines.some(({ isFast, isWorker }) => isFast && isWorker),
      toleratesReserved: isChance(random, 0.3),
      // With no grace the object of a pod goes at once, whatever still runs: the documentation of StatefulSets forbids it, as two of one name can run then.
      gracePeriodSeconds: oneOf(random, kind === "stateful-set" ? [2, 5, 30] : [0, 5, 30]),
    };
  });
}

/** What strikes, and how often among all faults. */
const FAULT_WEIGHTS: readonly (readonly [FaultId, number])[] = [
  ["power-off", 6],
  ["network-cut", 6],
  ["reboot", 2],
  ["disk-lost", 1],
  ["disk-full", 1],
  ["memory-short", 1],
  ["clock-lost", 0.5],
  ["address-changed", 0.5],
  ["part-off", 3],
  ["blackout", 1],
  ["etcd-member-lost", 1.5],
  ["api-stalled", 1],
  ["etcd-full", 1],
  ["leader-lost", 2],
  ["certificates-expired", 0.5],
  ["registry-unreachable", 0.5],
  ["bad-image", 1],
  ["crash-loop", 1],
  ["pod-deleted", 1],
];

function faultOf(random: Random, machines: readonly TrialMachine[], apps: readonly TrialApp[]): Fault {
  const strips = [...new Set(machines.flatMap(({ strip }) => strip ?? []))];
  const servers = machines.filter(({ isServer }) => isServer);
  const possible = FAULT_WEIGHTS.filter(([id]) => (id === "part-off" ? strips.length > 0 : id === "disk-lost" ? machines.length > servers.length : true));
  let point = random.next() * possible.reduce((sum, [, weight]) => sum + weight, 0);
  const id = possible.find(([, weight]) => (point -= weight) < 0)?.[0] ?? "power-off";
  // A server's disk is the cluster's memory: without it nothing converges, and nothing has to.
  if (id === "disk-lost") return { id, target: oneOf(random, machines.filter(({ isServer }) => !isServer)).id };
  switch (FAULTS[id].strikes) {
    case "machine":
    case "machine or site part":
      return { id, target: oneOf(random, machines).id };
    case "server":
      return { id, target: oneOf(random, servers).id };
    case "site part":
      return { id, target: oneOf(random, strips) };
    case "app":
      return { id, target: oneOf(random, apps).id };
    case "pods":
      return { id, target: podsOf(oneOf(random, apps).id) };
    case "registry":
      return { id, target: "docker.io" };
    case "network part":
    case "machines":
      throw new Error(`${id} strikes what is not drawn here: none of those is among the faults here`);
    case "home":
      return { id, target: "" };
  }
}

/** What owns the pods of an app: it has the app's name, in a namespace of that name. */
export const podsOf = (app: string): string => `${app}/${app}`;

function stepsOf(random: Random, machines: readonly TrialMachine[], apps: readonly TrialApp[]): TrialStep[] {
  const steps: Omit<TrialStep, "id">[] = [];
  const at = (): number => Math.floor(random.next() * (EVENTS_MS / 1000)) * 1000;
  const count = 1 + random.below(STEP_COUNT_MAX);
  while (steps.length < count) {
    const kind = random.next();
    if (kind < 0.55) {
      steps.push({ atMs: at(), event: { does: "fault", fault: faultOf(random, machines, apps), forMs: (5 + random.below(EVENTS_MS / 1000)) * 1000 } });
    } else if (kind < 0.7) {
      steps.push({ atMs: at(), event: { does: "roll", app: oneOf(random, apps).id } });
    } else if (kind < 0.78) {
      const scalable = apps.filter(({ kind: of, volume }) => of === "stateful-set" || (of === "deployment" && volume === undefined));
      if (scalable.length > 0) steps.push({ atMs: at(), event: { does: "scale", app: oneOf(random, scalable).id, replicas: random.below(6) } });
    } else if (kind < 0.9) {
      steps.push({ atMs: at(), event: { does: "act", act: { id: "drain", target: oneOf(random, machines).id } } });
    } else {
      const id = oneOf(random, ["cordon", "uncordon", "out-of-service", "in-service", "delete-node", "delete-pod", "force-delete-pod"] as const);
      const target = id === "delete-pod" || id === "force-delete-pod" ? podsOf(oneOf(random, apps).id) : oneOf(random, machines).id;
      steps.push({ atMs: at(), event: { does: "act", act: { id, target } } });
    }
  }
  return steps.sort((a, b) => a.atMs - b.atMs).map((step, index) => ({ id: `e${index + 1}`, ...step }));
}

/** The trial without what has these names. Undefined where nothing would be left to try. */
export function without(trial: Trial, ids: readonly string[]): Trial | undefined {
  const isLeft = ({ id }: { id: string }): boolean => !ids.includes(id);
  const machines = trial.machines.filter(isLeft);
  const apps = trial.apps.filter(isLeft);
  const strips = new Set(machines.map(({ strip }) => strip));
  const isThere = (target: string): boolean => target === "" || target === "docker.io" || machines.some(({ id }) => id === target) || apps.some(({ id }) => id === target || podsOf(id) === target) || strips.has(target);
  const targetOf = (event: Event): string => (event.does === "fault" ? event.fault.target : event.does === "act" ? event.act.target : event.app);
  const steps = trial.steps.filter((step) => isLeft(step) && isThere(targetOf(step.event)));
  const isWhole = machines.some(({ isServer }) => isServer) && machines.some(({ isWorker }) => isWorker) && apps.length > 0;
  return isWhole ? { ...trial, machines, apps, steps } : undefined;
}

/** The homelab file of a trial. */
export function homelabText({ distribution, maxPods, machines, apps }: Trial): string {
  const strips = [...new Set(machines.flatMap(({ strip }) => strip ?? []))].sort();
  return [
    "name: maison",
    "machines:",
    ...machines.map(({ id, isServer, isWorker, cpu, memoryGi, isFast, isReserved }) => {
      const roles = [...(isServer ? ["control-plane"] : []), ...(isWorker ? ["worker"] : [])].join(", ");
      const extras = [...(isFast ? ["labels: { disk: fast }"] : []), ...(isReserved ? ['taints: ["only=batch:NoSchedule"]'] : [])];
      return `  ${id}: { ${[`roles: [${roles}]`, `cpu: ${cpu}`, `memory: ${memoryGi}Gi`, ...extras].join(", ")} }`;
    }),
    "machineDefaults: { hardware: mini-pc, disk: 64G }",
    ...(strips.length > 0 ? ["site:", ...strips.map((strip) => `  ${strip}: { kind: power-strip, powers: [${machines.filter((machine) => machine.strip === strip).map(({ id }) => id).join(", ")}] }`)] : []),
    `kubernetes: { distribution: ${distribution}, version: ${distribution === "k3s" ? "v1.36.1+k3s1" : "v1.36.3"}, kubelet: { maxPods: ${maxPods} }, network: { pods: 10.244.0.0/16, services: 10.96.0.0/12 } }`,
    "platform: { ingress: none, loadBalancer: none, metrics: false, storage: { default: local, classes: { local: local-path, spread: longhorn } } }",
    "apps:",
    ...apps.flatMap(appLines),
    "",
  ].join("\n");
}

function appLines({ id, kind, replicas, cpuMilli, memoryMi, volume, update, budget, needsFast, toleratesReserved, gracePeriodSeconds }: TrialApp): string[] {
  const placement = [...(needsFast ? ["labels: { disk: fast }"] : []), ...(toleratesReserved ? ["tolerations: [{ key: only }]"] : [])];
  return [
    `  ${id}:`,
    "    image: docker.io/library/nginx:1.29",
    "    port: 80",
    `    kind: ${kind}`,
    ...(kind === "daemon-set" ? [] : [`    replicas: ${replicas}`]),
    `    resources: { cpu: ${cpuMilli}m, memory: ${memoryMi}Mi }`,
    `    gracePeriod: ${gracePeriodSeconds}s`,
    ...(volume === undefined ? [] : [`    volumes: { data: { size: 1Gi, path: /data, storageClass: ${volume}${kind === "stateful-set" ? ", perReplica: true" : ""} } }`]),
    ...(update === undefined ? [] : [`    update: { maxSurge: ${update.maxSurge}, maxUnavailable: ${update.maxUnavailable} }`]),
    ...(budget === undefined ? [] : [`    disruptionBudget: { maxUnavailable: ${budget} }`]),
    ...(placement.length === 0 ? [] : [`    placement: { ${placement.join(", ")} }`]),
  ];
}

/** In words, one line for each thing. */
export function trialText(trial: Trial): string {
  const seconds = (ms: number): string => `${Math.round(ms / 1000)} s`;
  const eventText = (event: Event): string => {
    switch (event.does) {
      case "fault":
        return FAULTS[event.fault.id].isMoment ? faultText(event.fault) : `${faultText(event.fault)}, for ${seconds(event.forMs)}`;
      case "act":
        return `somebody: ${event.act.id} ${event.act.target}`;
      case "scale":
        return `somebody: ${event.app} to ${event.replicas} copies`;
      case "roll":
        return `somebody: a new version of ${event.app}`;
    }
  };
  return [homelabText(trial).trimEnd(), "# then", ...trial.steps.map(({ id, atMs, event }) => `# ${id}  +${seconds(atMs)}  ${eventText(event)}`)].join("\n");
}
