/** A trial by its seed: how many of what there are, and what happens, is chance. */
import { seededRandom, type Random } from "../../src/lib/seeded-random.ts";
import { type Fault, FAULTS, type FaultId } from "../../src/scenarios/fault.ts";
import { isServed, podsOf, REGISTRY, type Trial, type TrialApp, type TrialMachine, type TrialStep, UPS, without } from "./trial.ts";

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
  const hasPlatform = isChance(random.fork("platform"), 0.25);
  const isByAddress = hasPlatform && isChance(random.fork("way in"), 0.4);
  const network = hasPlatform ? oneOf(random.fork("network"), ["flannel", "calico", "cilium", "kube-router"] as const) : "flannel";
  return { seed, distribution, isClosed: seed % 2 === 0, maxPods: random.next() < 0.25 ? 4 + random.below(5) : 110, holdsMinutes: 1 + random.below(10), hasPlatform, isByAddress, network, machines, apps, steps: stepsOf(random.fork("steps"), { machines, apps, distribution, network, hasPlatform, isByAddress }) };
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
  const supplies = oneOf(random, [[undefined], [undefined], ["strip1", "strip2"], [UPS, "strip1"], [UPS, UPS, undefined]]);
  const hasReserved = isChance(random, 0.3);
  const hasWorkers = count > servers;
  const links = oneOf(random.fork("links"), [[undefined], [undefined], [undefined], ["switch1", "switch2"], ["switch1", "switch1", undefined]]);
  return Array.from({ length: count }, (_, index) => ({
    id: `m${index + 1}`,
    isServer: index < servers,
    isWorker: index >= servers || !hasWorkers || isChance(random, 0.4),
    cpu: oneOf(random, [1, 2, 4]),
    memoryGi: oneOf(random, [2, 4, 8]),
    isFast: isChance(random, 0.5),
    isReserved: hasReserved && index === count - 1 && index > 0,
    supply: supplies[index % supplies.length],
    link: links[index % links.length],
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
      autoscaledTo: kind === "deployment" && volume === undefined && isChance(random, 0.2) ? replicas + 1 + random.below(3) : undefined,
      cpuMilli: oneOf(random, [50, 50, 100, 300, 600]),
      memoryMi: oneOf(random, [64, 64, 128, 512, 1024, 1536]),
      volume,
      update: kind === "deployment" && volume === undefined && isChance(random, 0.6) ? oneOf(random, [{ maxSurge: 1, maxUnavailable: 0 }, { maxSurge: 0, maxUnavailable: 1 }, { maxSurge: 2, maxUnavailable: 1 }, { maxSurge: 1, maxUnavailable: 2 }]) : undefined,
      budget: kind !== "daemon-set" && replicas > 1 ? 1 + random.below(2) : undefined,
      needsFast: isChance(random, 0.15) && machines.some(({ isFast, isWorker }) => isFast && isWorker),
      toleratesReserved: isChance(random, 0.3),
      // With no grace the object of a pod goes at once, whatever still runs: the documentation of StatefulSets forbids it, as two of one name can run then.
      gracePeriodSeconds: oneOf(random, kind === "stateful-set" ? [2, 5, 30] : [0, 5, 30]),
      isPolicy: isChance(random, 0.3),
    };
  });
}

/** What strikes, and how often among all faults. */
const FAULT_WEIGHTS: readonly (readonly [FaultId, number])[] = [
  ["power-off", 6],
  ["network-cut", 4],
  ["machine-hung", 3],
  ["partition", 4],
  ["machine-slow", 1],
  ["reboot", 2],
  ["disk-lost", 1],
  ["disk-full", 1],
  ["disk-slow", 1.5],
  ["memory-short", 1],
  ["clock-lost", 0.5],
  ["address-changed", 0.5],
  ["part-off", 3],
  ["part-hung", 2],
  ["blackout", 2],
  ["stays-off", 0.5],
  ["dns-away", 0.5],
  ["cni-agent-lost", 3],
  ["cluster-dns-lost", 2],
  ["ingress-lost", 2],
  ["gossip-blocked", 2],
  ["certificate-not-renewed", 1],
  ["webhook-away", 1],
  ["etcd-member-lost", 1.5],
  ["api-stalled", 1],
  ["etcd-full", 1],
  ["leader-lost", 2],
  ["certificates-expired", 0.5],
  ["registry-unreachable", 0.5],
  ["registry-limited", 0.5],
  ["bad-image", 1],
  ["crash-loop", 1],
  ["release-broken", 1.5],
  ["unready", 1.5],
  ["load", 3],
  ["memory-leak", 1],
  ["pod-deleted", 1],
];

const AMOUNTS: Readonly<Partial<Record<FaultId, readonly string[]>>> = { load: ["200%", "600%"], "machine-slow": ["4x", "20x"], "disk-slow": ["0.5s", "2s", "5s"], "memory-leak": ["50Mi", "400Mi"], "registry-limited": ["0", "2"] };

type Home = Pick<Trial, "machines" | "apps" | "distribution" | "network" | "hasPlatform" | "isByAddress">;

function faultOf(random: Random, { machines, apps, distribution, network, hasPlatform, isByAddress }: Home): Fault {
  const links = [...new Set(machines.flatMap(({ link }) => link ?? []))];
  const parts = [...new Set(machines.flatMap(({ supply }) => supply ?? [])), ...links];
  const servers = machines.filter(({ isServer }) => isServer);
  const scaled = apps.filter(({ autoscaledTo }) => autoscaledTo !== undefined);
  const served = hasPlatform ? apps.filter(isServed) : [];
  const canStrike: Partial<Record<FaultId, boolean>> = { "part-off": parts.length > 0, "part-hung": links.length > 0, "cni-agent-lost": hasPlatform && (distribution !== "k3s" || network !== "flannel"), "cluster-dns-lost": hasPlatform, "ingress-lost": hasPlatform, "gossip-blocked": isByAddress, "certificate-not-renewed": served.length > 0, "disk-lost": machines.length > servers.length, partition: machines.length > 1, "webhook-away": apps.some(({ isPolicy }) => isPolicy), load: scaled.length > 0 };
  const possible = FAULT_WEIGHTS.filter(([id]) => canStrike[id] ?? true);
  let point = random.next() * possible.reduce((sum, [, weight]) => sum + weight, 0);
  const id = possible.find(([, weight]) => (point -= weight) < 0)?.[0] ?? "power-off";
  const amounts = AMOUNTS[id];
  const target = targetOf(id, random, { machines, servers, parts, links, apps: id === "load" ? scaled : id === "certificate-not-renewed" ? served : apps });
  return { id, target, ...(amounts === undefined ? {} : { amount: oneOf(random, amounts) }) };
}

interface Targets {
  machines: readonly TrialMachine[];
  servers: readonly TrialMachine[];
  parts: readonly string[];
  links: readonly string[];
  apps: readonly TrialApp[];
}

function targetOf(id: FaultId, random: Random, { machines, servers, parts, links, apps }: Targets): string {
  // A server's disk is the cluster's memory: without it nothing converges, and nothing has to.
  if (id === "disk-lost") return oneOf(random, machines.filter(({ isServer }) => !isServer)).id;
  switch (FAULTS[id].strikes) {
    case "machine":
    case "machine or site part":
      return oneOf(random, machines).id;
    case "machines":
      return someOf(random, machines.map((machine) => machine.id)).slice(0, machines.length - 1).join();
    case "server":
      return oneOf(random, servers).id;
    case "site part":
      return oneOf(random, parts);
    case "network part":
      return oneOf(random, links);
    case "app":
      return oneOf(random, apps).id;
    case "pods":
      return podsOf(oneOf(random, apps).id);
    case "registry":
      return REGISTRY;
    case "home":
      return "";
  }
}

/** One of them at least, in their order. */
function someOf(random: Random, values: readonly string[]): string[] {
  const some = values.filter(() => isChance(random, 0.5));
  return some.length > 0 ? some : [oneOf(random, values)];
}

function stepsOf(random: Random, home: Home): TrialStep[] {
  const { machines, apps } = home;
  const steps: Omit<TrialStep, "id">[] = [];
  const at = (): number => Math.floor(random.next() * (EVENTS_MS / 1000)) * 1000;
  const lasting = (): number => (5 + random.below(EVENTS_MS / 1000)) * 1000;
  const fed = machines.filter(({ supply }) => supply === UPS).map(({ id }) => id);
  const policies = apps.filter(({ isPolicy }) => isPolicy);
  const count = 1 + random.below(STEP_COUNT_MAX);
  while (steps.length < count) {
    const kind = random.next();
    if (kind < 0.55) {
      steps.push({ atMs: at(), event: { does: "fault", fault: faultOf(random, home), forMs: lasting() } });
    } else if (kind < 0.7) {
      steps.push({ atMs: at(), event: { does: "roll", app: oneOf(random, apps).id } });
    } else if (kind < 0.78) {
      const scalable = apps.filter(({ kind: of, volume }) => of === "stateful-set" || (of === "deployment" && volume === undefined));
      if (scalable.length > 0) steps.push({ atMs: at(), event: { does: "scale", app: oneOf(random, scalable).id, replicas: random.below(6) } });
    } else if (kind < 0.88) {
      steps.push({ atMs: at(), event: { does: "act", act: { id: "drain", target: oneOf(random, machines).id } } });
    } else if (kind < 0.91) {
      // The last of the machines goes first: servers are named first.
      if (fed.length > 0) steps.push({ atMs: at(), event: { does: "shutdown", machines: fed.toReversed(), everyMs: (20 + random.below(100)) * 1000, forMs: lasting() } });
    } else if (kind < 0.95) {
      if (policies.length > 0) steps.push({ atMs: at(), event: { does: "act", act: { id: oneOf(random, ["add-webhook", "add-webhook", "remove-webhook"] as const), target: podsOf(oneOf(random, policies).id) } } });
    } else {
      const id = oneOf(random, ["cordon", "uncordon", "out-of-service", "in-service", "delete-node", "delete-pod", "force-delete-pod"] as const);
      const target = id === "delete-pod" || id === "force-delete-pod" ? podsOf(oneOf(random, apps).id) : oneOf(random, machines).id;
      steps.push({ atMs: at(), event: { does: "act", act: { id, target } } });
    }
  }
  return steps.sort((a, b) => a.atMs - b.atMs).map((step, index) => ({ id: `e${index + 1}`, ...step }));
}
