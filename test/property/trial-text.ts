/** A trial for people: its homelab file, and what happens in words. */
import { FAULTS, faultText } from "../../src/scenarios/fault.ts";
import { type Event, isServed, type Trial, type TrialApp, UPS } from "./trial.ts";

/** The homelab file of a trial. */
export function homelabText({ distribution, maxPods, holdsMinutes, hasPlatform, isByAddress, network, machines, apps }: Trial): string {
  const platform = ["storage: { default: local, classes: { local: local-path, spread: longhorn } }", "metrics: false", ...wayIn(hasPlatform, isByAddress)];
  const links = [...new Set(machines.flatMap(({ link }) => link ?? []))].sort();
  const supplies = [...new Set(machines.flatMap(({ supply }) => supply ?? []))].sort();
  const supplyLine = (supply: string): string => `  ${supply}: { kind: ${supply === UPS ? `ups, holds: ${holdsMinutes}m` : "power-strip"}, powers: [${machines.filter((machine) => machine.supply === supply).map(({ id }) => id).join(", ")}] }`;
  return [
    "name: maison",
    ...(hasPlatform ? ["domain: maison.example"] : []),
    ...(isByAddress ? ["lan: 192.168.1.0/24"] : []),
    "machines:",
    ...machines.map(({ id, isServer, isWorker, cpu, memoryGi, isFast, isReserved }) => {
      const roles = [...(isServer ? ["control-plane"] : []), ...(isWorker ? ["worker"] : [])].join(", ");
      const extras = [...(isFast ? ["labels: { disk: fast }"] : []), ...(isReserved ? ['taints: ["only=batch:NoSchedule"]'] : [])];
      return `  ${id}: { ${[`roles: [${roles}]`, `cpu: ${cpu}`, `memory: ${memoryGi}Gi`, ...extras].join(", ")} }`;
    }),
    "machineDefaults: { hardware: mini-pc, disk: 64G }",
    ...(supplies.length + links.length > 0 ? ["site:", ...supplies.map(supplyLine)] : []),
    ...links.map((link) => `  ${link}: { kind: switch, connects: [${machines.filter((machine) => machine.link === link).map(({ id }) => id).join(", ")}] }`),
    `kubernetes: { distribution: ${distribution}, version: ${distribution === "k3s" ? "v1.36.1+k3s1" : "v1.36.3"}, ${isByAddress && distribution === "k3s" ? "disable: [servicelb], " : ""}kubelet: { maxPods: ${maxPods} }, network: { ${hasPlatform ? `cni: ${network}, ` : ""}pods: 10.244.0.0/16, services: 10.96.0.0/12 } }`,
    `platform: { ${platform.join(", ")} }`,
    "apps:",
    ...apps.map((app) => whereStorageRuns(app, machines)).flatMap((app) => appLines(app, hasPlatform && isServed(app))),
    "",
  ].join("\n");
}

/** Longhorn runs on machines that take any pod, and has nowhere to put a copy where none does. */
const whereStorageRuns = (app: TrialApp, machines: Trial["machines"]): TrialApp => (app.volume === "spread" && !machines.some(({ isWorker, isReserved }) => isWorker && !isReserved) ? { ...app, volume: "local" } : app);

function wayIn(hasPlatform: boolean, isByAddress: boolean): string[] {
  if (!hasPlatform) return ["ingress: none", "loadBalancer: none"];
  const certificates = "certificates: { by: cert-manager, issuer: letsencrypt, email: me@maison.example }";
  return isByAddress ? ["ingress: traefik", "loadBalancer: { by: metallb, pools: 192.168.1.240-192.168.1.250 }", certificates] : ["ingress: { by: traefik, exposure: host-ports }", "loadBalancer: none", certificates];
}

function appLines({ id, kind, replicas, autoscaledTo, cpuMilli, memoryMi, volume, update, budget, needsFast, toleratesReserved, gracePeriodSeconds, isPolicy }: TrialApp, hasHost: boolean): string[] {
  const placement = [...(needsFast ? ["labels: { disk: fast }"] : []), ...(toleratesReserved ? ["tolerations: [{ key: only }]"] : [])];
  return [
    `  ${id}:`,
    "    image: docker.io/library/nginx:1.29",
    `    port: ${isPolicy ? 443 : 80}`,
    ...(hasHost ? [`    host: ${id}`] : []),
    `    kind: ${kind}`,
    ...(kind === "daemon-set" ? [] : [autoscaledTo === undefined ? `    replicas: ${replicas}` : `    scale: { min: ${replicas}, max: ${autoscaledTo}, cpu: 70% }`]),
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
      case "shutdown":
        return `the power is gone for ${seconds(event.forMs)}; every ${seconds(event.everyMs)} one of ${event.machines.join(", ")} is drained and switched off`;
    }
  };
  return [homelabText(trial).trimEnd(), "# then", ...trial.steps.map(({ id, atMs, event }) => `# ${id}  +${seconds(atMs)}  ${eventText(event)}`)].join("\n");
}
