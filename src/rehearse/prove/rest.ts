/** Whether a cluster is at rest: when something last changed that matters to anyone, and whether all is well. Heartbeats and events do not matter. */
import { equalJson } from "../../lib/json.ts";
import type { KubeObject } from "../../objects/kube-object.ts";
import type { Cluster } from "../../sim/cluster.ts";
import type { Site } from "../../sim/site/site.ts";

export interface Restlessness {
  /** When something that matters last changed: the cluster's clock, milliseconds. */
  readonly lastMs: number;
  /** Called at each such change. */
  onChange: () => void;
  /** As if something had changed now. */
  touch(): void;
  /** Nodes that are not Ready, and pods that should run and are not: `Node pi2`, `Pod shop/web-…`. Empty when all is well. */
  unwell(): string[];
  stop(): void;
}

const IGNORED = new Set(["events", "coordination.k8s.io/leases", "events.k8s.io/events"]);

/** Of the control plane, one after the other, with nothing else in between. */
const TURNS_COUNT_MAX = 60;

interface Condition {
  type: string;
  status: string;
}

export function watchRest(cluster: Cluster, site: Site): Restlessness {
  const { registry, loop, client, agents, controlPlane, volumes } = cluster;
  let turnCount = 0;
  const changed = (): void => {
    turnCount = 0;
    rest.lastMs = loop.now();
    rest.onChange();
  };
  // A server that ends and starts again without end is at rest where nothing else comes of it.
  const turned = (): void => {
    if (++turnCount <= TURNS_COUNT_MAX) rest.lastMs = loop.now();
    rest.onChange();
  };
  const stops = [
    registry.store.listen(undefined, ({ type, object, previous, kind }) => {
      if (!IGNORED.has(type) && (kind === "delete" || previous === undefined || matters(type, previous, object))) changed();
    }),
    agents.onReachChange(changed),
    agents.onNetworkChange(changed),
    controlPlane?.onTurn(turned) ?? (() => undefined),
    site.onChange(changed),
    volumes.onTurn(changed),
  ];
  const rest: Restlessness & { lastMs: number } = {
    lastMs: loop.now(),
    onChange: () => undefined,
    touch: () => {
      rest.lastMs = loop.now();
    },
    unwell: () => [
      ...client.list("nodes").filter((node) => !isReady(node)).map(({ metadata }) => `Node ${metadata.name}`),
      ...client.list("pods").filter((pod) => !["Succeeded", "Failed"].includes(pod["status"]?.phase as string) && !isReady(pod)).map(({ metadata }) => `Pod ${metadata.namespace}/${metadata.name}`),
    ],
    stop: () => stops.forEach((stop) => stop()),
  };
  return rest;
}

const conditionsOf = (object: KubeObject): Condition[] => (object["status"]?.conditions ?? []) as Condition[];

export const isReady = (object: KubeObject): boolean => conditionsOf(object).some(({ type, status }) => type === "Ready" && status === "True");

/** What is left of an object when what only tells that somebody is still there is taken away. */
function matters(type: string, before: KubeObject, after: KubeObject): boolean {
  if (before["spec"] !== after["spec"] && !equalJson(before["spec"], after["spec"])) return true;
  if (before.metadata.deletionTimestamp !== after.metadata.deletionTimestamp) return true;
  if (type === "pods") return before["status"]?.phase !== after["status"]?.phase || isReady(before) !== isReady(after);
  if (type === "nodes") return isReady(before) !== isReady(after);
  if (type === "discovery.k8s.io/endpointslices") return !equalJson(before["endpoints"], after["endpoints"]);
  return before["status"]?.phase !== after["status"]?.phase || before["status"]?.currentPrimary !== after["status"]?.currentPrimary;
}
