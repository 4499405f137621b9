/** What a rehearsal came to, as data: what `-o json` prints and the table shows. */
import type { Homelab } from "../config/homelab.ts";
import type { KubeObject } from "../objects/kube-object.ts";
import type { Outcome, Rehearsal } from "../rehearse/rehearsal.ts";

export interface RehearsalResult {
  homelab: string;
  kubernetes: string;
  ready: boolean;
  /** Why it is not ready, and what is waited for. */
  why?: string;
  waiting: readonly { what: string; why: string }[];
  /** Until ready; absent when it is not. */
  simulatedSeconds?: number;
  realSeconds: number;
  nodes: readonly { name: string; ready: boolean; roles: readonly string[]; version: string; architecture: string; pods: number }[];
  apps: readonly { app: string; service: string; ready: number; replicas: number; url?: string }[];
  /** Only while it serves. */
  serves?: Served;
}

export interface Served {
  api: string;
  http: number;
  https: number;
  kubeconfig: string;
  authority: string;
}

const ROLE_PREFIX = "node-role.kubernetes.io/";
const WORKLOADS = ["apps/deployments", "apps/statefulsets", "apps/daemonsets"];

export function rehearsalResult(rehearsal: Rehearsal, outcome: Outcome, realMs: number, serves: Served | undefined): RehearsalResult {
  const { homelab } = rehearsal;
  return {
    homelab: homelab.name,
    kubernetes: homelab.kubernetes.version,
    ready: outcome.isReady,
    ...(outcome.isReady ? { waiting: [], simulatedSeconds: seconds(outcome.simulatedMs) } : { why: outcome.why, waiting: outcome.waiting }),
    realSeconds: seconds(realMs),
    nodes: rehearsal.cluster.client.list("nodes").map((node) => nodeResult(rehearsal, node)),
    apps: appResults(homelab, rehearsal),
    ...(serves === undefined ? {} : { serves }),
  };
}

function nodeResult(rehearsal: Rehearsal, node: KubeObject): RehearsalResult["nodes"][number] {
  const info = node["status"]?.nodeInfo as { kubeletVersion?: string; architecture?: string } | undefined;
  const conditions = (node["status"]?.conditions ?? []) as { type: string; status: string }[];
  return {
    name: node.metadata.name,
    ready: conditions.some((condition) => condition.type === "Ready" && condition.status === "True"),
    roles: Object.keys(node.metadata.labels ?? {})
      .filter((label) => label.startsWith(ROLE_PREFIX))
      .map((label) => label.slice(ROLE_PREFIX.length)),
    version: info?.kubeletVersion ?? "",
    architecture: info?.architecture ?? "",
    pods: rehearsal.cluster.client.podsOnNode(node.metadata.name).length,
  };
}

function appResults(homelab: Homelab, rehearsal: Rehearsal): RehearsalResult["apps"] {
  const { client } = rehearsal.cluster;
  return Object.values(homelab.apps).flatMap((app) =>
    Object.values(app.services).map((service) => {
      const workload = WORKLOADS.flatMap((type) => client.list(type, { namespace: app.namespace })).find((object) => object.metadata.labels?.["app.kubernetes.io/component"] === service.name || object.metadata.name === service.name);
      const status = (workload?.["status"] ?? {}) as { readyReplicas?: number; replicas?: number; numberReady?: number; desiredNumberScheduled?: number };
      const url = rehearsal.addresses.find((address) => address.app === app.name && address.service === service.name)?.url;
      return { app: app.name, service: service.name, ready: status.readyReplicas ?? status.numberReady ?? 0, replicas: status.replicas ?? status.desiredNumberScheduled ?? 0, ...(url === undefined ? {} : { url }) };
    }),
  );
}

const seconds = (ms: number): number => Math.round(ms / 100) / 10;
