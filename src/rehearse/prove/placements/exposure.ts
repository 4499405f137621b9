/** How much of what an app needs stands on machines that are lost together: the more of it, the worse the loss is for the app. An order among placements, no prediction. */
import type { App, Homelab } from "../../../config/homelab.ts";
import { databaseName } from "../../../manifests/names.ts";
import type { SimClient } from "../../../sim/api/client.ts";
import type { Pod } from "../../../sim/kubelet/pod.ts";
import { ownerOf } from "../../fit/owner.ts";
import { type PlacedPod, type Placement, slotOf } from "./placement.ts";

export interface AppNeeds {
  app: string;
  /** Each loses more when all of its pods are lost than when one is left. */
  groups: readonly PodGroup[];
  /** Pods of the app itself and of its databases, by `slotOf`; and those that it shares with others. */
  own: ReadonlySet<string>;
  shared: ReadonlySet<string>;
}

export interface PodGroup {
  slots: readonly string[];
  weight: number;
  /** That it is lost is felt by itself, whatever else is lost with it. */
  isFelt: boolean;
}

/** Of two copies one may be lost: all of them is another thing than most of them. */
const SOME = 0.3;
/** What has no volume is soon elsewhere. */
const SHARED_WEIGHT = 0.5;
const PRIMARY_LABELS = ["cnpg.io/instanceRole", "k8s.mariadb.com/role"];
/** A database whose primary is lost is promoted by its operator: when both are lost it waits for the operator first. */
const OPERATORS = ["cloudnative-pg", "mariadb-operator"];

/** `client`: of the cluster that came up, and is at rest now. */
export function needsOf(homelab: Homelab, client: SimClient, placement: Placement): AppNeeds[] {
  const running = placement.filter(({ pod }) => !isJob(pod)).map((placed) => ({ placed, owner: ownerOf(homelab, client, placed.pod) }));
  const isPrimary = ({ pod: { metadata } }: PlacedPod): boolean => {
    const { labels } = client.get<Pod>("pods", metadata.namespace, metadata.name)?.metadata ?? {};
    return PRIMARY_LABELS.some((label) => labels?.[label] === "primary");
  };
  return Object.values(homelab.apps).map((app) => {
    const own = running.filter(({ owner }) => owner.app === app.name).map(({ placed }) => placed);
    const shared = running.filter(({ placed, owner }) => owner.app === undefined && isNeeded(app, placed.pod)).map(({ placed }) => placed);
    const databases = new Set(Object.keys(app.databases).map((name) => databaseName(app, name)));
    const copies = (pods: readonly PlacedPod[], groupOf: (pod: PlacedPod) => string, weight: number, isFelt = true): PodGroup[] =>
      [...new Set(pods.map(groupOf))].map((group) => ({ slots: pods.filter((pod) => groupOf(pod) === group).map(slotOf), weight, isFelt }));
    const databaseOf = ({ pod }: PlacedPod): string => Object.values(pod.metadata.labels ?? {}).find((value) => databases.has(value)) ?? "";
    return {
      app: app.name,
      groups: [
        ...copies(own, (pod) => databaseOf(pod) || pod.workload, 1),
        ...own.filter(isPrimary).map((pod) => ({ slots: [slotOf(pod)], weight: 1, isFelt: true })),
        ...copies(shared.filter(({ pod }) => !isOperator(pod)), ({ workload }) => workload, SHARED_WEIGHT),
        ...copies(shared.filter(({ pod }) => isOperator(pod)), ({ workload }) => workload, SHARED_WEIGHT, false),
      ],
      own: new Set(own.map(slotOf)),
      shared: new Set(shared.map(slotOf)),
    };
  });
}

const isJob = ({ metadata }: Pod): boolean => metadata.ownerReferences?.some(({ kind }) => kind === "Job") === true;

/** The ingress, the cluster's DNS, operators: of those that an app needs. */
function isNeeded({ services, databases }: App, { metadata: { labels = {} } }: Pod): boolean {
  const name = labels["app.kubernetes.io/name"] ?? "";
  const hasDatabases = Object.keys(databases).length > 0;
  if (name === "traefik") return Object.values(services).some(({ routes }) => routes.length > 0);
  if (labels["k8s-app"] === "kube-dns") return hasDatabases || Object.values(services).some(({ after }) => after.length > 0);
  return hasDatabases && OPERATORS.includes(name);
}

const isOperator = ({ metadata }: Pod): boolean => OPERATORS.includes(metadata.labels?.["app.kubernetes.io/name"] ?? "");

/** Zero where nothing that the app needs is lost. `nodes`: by `slotOf`. */
export function exposureOf(groups: readonly PodGroup[], nodes: ReadonlyMap<string, string>, lost: ReadonlySet<string>): number {
  return groups.reduce((sum, { slots, weight }) => {
    const count = slots.filter((slot) => lost.has(nodes.get(slot) ?? "")).length;
    return sum + weight * (count === slots.length ? 1 : (SOME * count) / slots.length);
  }, 0);
}

export const nodesBySlot = (placement: Placement): Map<string, string> => new Map(placement.map((one) => [slotOf(one), one.node]));
