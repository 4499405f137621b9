/** Keeps the older Endpoints object of every service with a selector (`pkg/controller/endpoint`). */
import { semanticEqual } from "../../../lib/deep-equal.ts";
import { stableJson } from "../../../lib/json.ts";
import type { KubeObject } from "../../../objects/kube-object.ts";
import { ApiError } from "../../api/status.ts";
import { isNamespaceTerminating } from "../pod-control.ts";
import { isPodReady } from "../pod-state.ts";
import { splitKey, type Reconciler } from "../reconciler.ts";
import type { Pod, Service } from "../shapes.ts";
import { belongsInEndpoints, hasFixedPorts, HEADLESS, hasServiceIp, hostnameFor, selectedPods, servicesTouched, targetPortOf, TriggerTimes, TRIGGER_TIME } from "./service-pods.ts";

const MANAGED_BY = "endpoints.kubernetes.io/managed-by";
const COALESCE_MS = 10;
/** Addresses that one Endpoints object may hold (`maxCapacity`). */
const ADDRESSES_MAX = 1000;

export interface EndpointAddress {
  ip: string;
  hostname?: string;
  nodeName?: string;
  targetRef?: { kind: string; namespace?: string; name: string; uid?: string };
}

export interface EndpointsPort {
  name?: string;
  port: number;
  protocol: string;
  appProtocol?: string;
}

export interface EndpointSubset {
  addresses?: EndpointAddress[];
  notReadyAddresses?: EndpointAddress[];
  ports?: EndpointsPort[];
}

export interface Endpoints extends KubeObject {
  subsets?: EndpointSubset[];
}

export function endpointsController(): Reconciler {
  const triggerTimes = new TriggerTimes();
  return {
    name: "endpoint-controller",
    coalesceMs: COALESCE_MS,
    watches: [
      { type: "services" },
      { type: "pods", keys: (event, { client }) => servicesTouched(event, client) },
      { type: "endpoints", keys: ({ type, object }) => (type === "DELETED" ? [`${object.metadata.namespace}/${object.metadata.name}`] : []) },
    ],
    sync(key, { client }) {
      const { namespace, name } = splitKey(key);
      const service = client.get<Service>("services", namespace, name);
      const current = client.get<Endpoints>("endpoints", namespace, name);
      if (service === undefined) {
        triggerTimes.forget(key);
        if (current !== undefined) client.delete("endpoints", namespace, name);
        return;
      }
      if (service.spec.type === "ExternalName" || service.spec.selector === undefined) return;
      const pods = selectedPods(client, service);
      const triggerTime = triggerTimes.next(key, service, pods);
      const { subsets, isTruncated } = limited(subsetsFor(service, pods));
      const labels: Record<string, string> = { ...service.metadata.labels, [MANAGED_BY]: "endpoint-controller" };
      if (!hasServiceIp(service)) labels[HEADLESS] = "";
      else delete labels[HEADLESS];
      if (current !== undefined && semanticEqual(current.subsets, subsets) && semanticEqual(current.metadata.labels, labels)) return;
      const { [TRIGGER_TIME]: _time, "endpoints.kubernetes.io/over-capacity": _over, ...annotations } = current?.metadata.annotations ?? {};
      if (triggerTime !== undefined) annotations[TRIGGER_TIME] = triggerTime;
      if (isTruncated) annotations["endpoints.kubernetes.io/over-capacity"] = "truncated";
      try {
        if (current === undefined) {
          const metadata = { name, namespace, labels, annotations };
          client.create<Endpoints>("endpoints", { apiVersion: "v1", kind: "Endpoints", metadata, subsets });
        } else {
          client.update<Endpoints>("endpoints", { ...current, metadata: { ...current.metadata, labels, annotations }, subsets });
        }
      } catch (error) {
        if (isNamespaceTerminating(error)) return;
        if (error instanceof ApiError) {
          const message = `Failed to ${current ? "update" : "create"} endpoint ${namespace}/${name}: ${error.message}`;
          const reason = current ? "FailedToUpdateEndpoint" : "FailedToCreateEndpoint";
          client.event(service, { type: "Warning", reason, message, component: "endpoint-controller" });
        }
        throw error;
      }
    },
  };
}

function addressOf(service: Service, pod: Pod): EndpointAddress | undefined {
  const isV6 = (service.spec.ipFamilies?.[0] ?? (service.spec.clusterIP?.includes(":") ? "IPv6" : "IPv4")) === "IPv6";
  const ips = pod.status?.podIPs?.map(({ ip }) => ip) ?? [pod.status?.podIP ?? ""];
  const ip = ips.find((candidate) => candidate.includes(":") === isV6);
  if (ip === undefined) return undefined;
  const { namespace, name, uid } = pod.metadata;
  const hostname = hostnameFor(pod, service);
  return {
    ip,
    ...(hostname ? { hostname } : {}),
    ...(pod.spec.nodeName ? { nodeName: pod.spec.nodeName } : {}),
    targetRef: { kind: "Pod", namespace, name, uid },
  };
}

function portsFor(service: Service, pod: Pod): EndpointsPort[] {
  const ports: EndpointsPort[] = [];
  for (const port of service.spec.ports ?? []) {
    const number = targetPortOf(pod, port);
    if (number === undefined) continue;
    const { name, appProtocol } = port;
    ports.push({ ...(name ? { name } : {}), port: number, protocol: port.protocol ?? "TCP", ...(appProtocol ? { appProtocol } : {}) });
  }
  return ports;
}

/** Grouped as `RepackSubsets` does: one subset per set of ports, addresses in order. */
function subsetsFor(service: Service, pods: readonly Pod[]): EndpointSubset[] {
  const showAll = service.spec.publishNotReadyAddresses === true;
  const byPorts = new Map<string, Required<EndpointSubset>>();
  const isFixed = hasFixedPorts(service);
  let ports: EndpointsPort[] = [];
  let key: string | undefined;
  for (const pod of pods) {
    if (!belongsInEndpoints(pod, showAll)) continue;
    const address = addressOf(service, pod);
    if (address === undefined) continue;
    if (key === undefined || !isFixed) {
      ports = portsFor(service, pod);
      key = stableJson(ports);
    }
    if (ports.length === 0 && ((service.spec.ports ?? []).length > 0 || service.spec.clusterIP !== "None")) continue;
    const subset = byPorts.get(key) ?? { addresses: [], notReadyAddresses: [], ports };
    byPorts.set(key, subset);
    (showAll || isPodReady(pod) ? subset.addresses : subset.notReadyAddresses).push(address);
  }
  const inOrder = (list: EndpointAddress[]): EndpointAddress[] => list.sort((a, b) => (a.ip < b.ip ? -1 : 1));
  return [...byPorts.entries()]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, { addresses, notReadyAddresses, ports }]) => ({
      ...(addresses.length > 0 ? { addresses: inOrder(addresses) } : {}),
      ...(notReadyAddresses.length > 0 ? { notReadyAddresses: inOrder(notReadyAddresses) } : {}),
      ...(ports.length > 0 ? { ports } : {}),
    }));
}

function limited(subsets: EndpointSubset[]): { subsets: EndpointSubset[]; isTruncated: boolean } {
  let left = ADDRESSES_MAX;
  let isTruncated = false;
  const take = (list: EndpointAddress[] | undefined): EndpointAddress[] | undefined => {
    if (list === undefined) return undefined;
    const kept = list.slice(0, Math.max(0, left));
    left -= kept.length;
    isTruncated ||= kept.length < list.length;
    return kept.length > 0 ? kept : undefined;
  };
  // Ready addresses are kept before those that are not.
  const ready = subsets.map((subset) => take(subset.addresses));
  const notReady = subsets.map((subset) => take(subset.notReadyAddresses));
  return {
    isTruncated,
    subsets: subsets.map(({ ports }, index) => ({
      ...(ready[index] ? { addresses: ready[index] } : {}),
      ...(notReady[index] ? { notReadyAddresses: notReady[index] } : {}),
      ...(ports ? { ports } : {}),
    })),
  };
}
