/** Spreads a service's pods over EndpointSlices of at most 100 endpoints, one set per address family and per set of ports (`k8s.io/endpointslice`). */
import { semanticEqual } from "../../../lib/deep-equal.ts";
import { stableJson } from "../../../lib/json.ts";
import type { KubeObject } from "../../../objects/kube-object.ts";
import type { SimClient } from "../../api/client.ts";
import { ApiError } from "../../api/status.ts";
import { controllerRef } from "../controller-ref.ts";
import { isNamespaceTerminating } from "../pod-control.ts";
import { isPodReady, isTerminating } from "../pod-state.ts";
import { keysOf } from "../keys-of.ts";
import { splitKey, type Reconciler } from "../reconciler.ts";
import { Settled } from "../settled.ts";
import type { Node, Pod, Service } from "../shapes.ts";
import { belongsInEndpoints, hasFixedPorts, HEADLESS, hasServiceIp, hostnameFor, selectedPods, servicesTouched, targetPortOf, TriggerTimes, TRIGGER_TIME } from "./service-pods.ts";

export const SLICES = "discovery.k8s.io/endpointslices";
const SERVICE_NAME = "kubernetes.io/service-name";
const MANAGED_BY = "endpointslice.kubernetes.io/managed-by";
const MANAGER = "endpointslice-controller.k8s.io";
const RESERVED = new Set([SERVICE_NAME, MANAGED_BY, HEADLESS]);
/** `--max-endpoints-per-slice`. */
const ENDPOINTS_PER_SLICE_MAX = 100;
const ZONE = "topology.kubernetes.io/zone";
/** Stands for the informers' latency: the readiness of many pods becomes one write. */
const COALESCE_MS = 10;
const NO_PORTS: readonly SlicePort[] = [];

interface Endpoint {
  addresses: string[];
  conditions: { ready: boolean; serving: boolean; terminating: boolean };
  hostname?: string;
  targetRef?: { kind: string; namespace?: string; name: string; uid?: string };
  nodeName?: string;
  zone?: string;
  hints?: { forZones?: { name: string }[]; forNodes?: { name: string }[] };
}

interface SlicePort {
  name: string;
  port: number;
  protocol: string;
  appProtocol?: string;
}

export interface EndpointSlice extends KubeObject {
  addressType: string;
  endpoints: Endpoint[];
  ports?: SlicePort[];
}

export function endpointSliceController(): Reconciler {
  const triggerTimes = new TriggerTimes();
  const allServices = keysOf("services");
  const settled = new Settled();
  /** Counts the times at which an endpoint's zone may have become another. */
  let zonesTurned = 0;
  return {
    name: "endpointslice-controller",
    coalesceMs: COALESCE_MS,
    watches: [
      { type: "services" },
      { type: "pods", keys: (event, { client }) => servicesTouched(event, client) },
      {
        // Somebody changed or deleted one of ours.
        type: SLICES,
        keys: ({ object }) => {
          const labels = object.metadata.labels;
          return labels?.[MANAGED_BY] === MANAGER && labels[SERVICE_NAME] ? [`${object.metadata.namespace}/${labels[SERVICE_NAME]}`] : [];
        },
      },
      {
        // Zones reach the endpoints through node labels.
        type: "nodes",
        keys({ type, object, previous }, { client }) {
          if (type === "MODIFIED" && previous?.metadata.labels?.[ZONE] === object.metadata.labels?.[ZONE]) return [];
          zonesTurned++;
          return allServices(client);
        },
      },
    ],
    sync(key, { client }) {
      const { namespace, name } = splitKey(key);
      const service = client.get<Service>("services", namespace, name);
      if (service === undefined) return triggerTimes.forget(key);
      if (service.spec.type === "ExternalName" || service.spec.selector === undefined) return;
      const pods = selectedPods(client, service);
      const slices = (): readonly EndpointSlice[] => client.list<EndpointSlice>(SLICES, { namespace, labels: { [SERVICE_NAME]: name, [MANAGED_BY]: MANAGER } });
      const found = slices();
      if (settled.of(service, [zonesTurned, ...pods, ...found]) !== undefined) return;
      const existing = found.map(withLists);
      const triggerTime = triggerTimes.next(key, service, pods);
      const families = familiesOf(service);
      for (const slice of existing) if (!families.includes(slice.addressType)) remove(client, slice);
      for (const family of families) {
        syncFamily(client, service, pods, existing.filter((slice) => slice.addressType === family), family, triggerTime);
      }
      settled.note(service, [zonesTurned, ...pods, ...slices()], undefined);
    },
  };
}

function familiesOf({ spec }: Service): string[] {
  if (spec.ipFamilies?.length) return spec.ipFamilies;
  if (spec.clusterIP && spec.clusterIP !== "None") return [spec.clusterIP.includes(":") ? "IPv6" : "IPv4"];
  return ["IPv4", "IPv6"];
}

function portsFor(service: Service, pod: Pod): { ports: SlicePort[]; key: string } {
  const known = derivedOf(service);
  let found = known.fixedPorts ?? known.ports.get(pod.spec);
  if (found === undefined) {
    const ports = newPorts(service, pod);
    found = { ports, key: portKey(ports) };
    known.ports.set(pod.spec, found);
    if (hasFixedPorts(service)) known.fixedPorts = found;
  }
  return found;
}

function newPorts(service: Service, pod: Pod): SlicePort[] {
  const ports: SlicePort[] = [];
  for (const port of service.spec.ports ?? []) {
    const number = targetPortOf(pod, port);
    if (number === undefined) continue;
    const { appProtocol } = port;
    ports.push({ name: port.name ?? "", port: number, protocol: port.protocol ?? "TCP", ...(appProtocol ? { appProtocol } : {}) });
  }
  return ports;
}

/** What follows from a Service alone, and what its pods were as endpoints: objects never change, so neither does what is made of them. */
interface Derived {
  labels: Record<string, string>;
  /** By the pods' specs; all the same where no port is looked up by its name. */
  ports: WeakMap<Pod["spec"], { ports: SlicePort[]; key: string }>;
  fixedPorts: { ports: SlicePort[]; key: string } | undefined;
  endpoints: WeakMap<Pod, { zone: string | undefined; family: string; endpoint: Endpoint | undefined }>;
}

const derived = new WeakMap<Service, Derived>();

function derivedOf(service: Service): Derived {
  let known = derived.get(service);
  if (known === undefined) derived.set(service, (known = { labels: labelsFor(service), ports: new WeakMap(), fixedPorts: undefined, endpoints: new WeakMap() }));
  return known;
}

function endpointFor(service: Service, pod: Pod, node: Node | undefined, family: string): Endpoint | undefined {
  const { endpoints } = derivedOf(service);
  const zone = node?.metadata.labels?.[ZONE];
  const known = endpoints.get(pod);
  if (known !== undefined && known.zone === zone && known.family === family) return known.endpoint;
  const endpoint = newEndpoint(service, pod, zone, family);
  endpoints.set(pod, { zone, family, endpoint });
  return endpoint;
}

function newEndpoint(service: Service, pod: Pod, zone: string | undefined, family: string): Endpoint | undefined {
  const ips = pod.status?.podIPs?.map(({ ip }) => ip) ?? (pod.status?.podIP ? [pod.status.podIP] : []);
  const addresses = ips.filter((ip) => ip.includes(":") === (family === "IPv6"));
  if (addresses.length === 0) return undefined;
  const serving = isPodReady(pod);
  const terminating = isTerminating(pod);
  const { namespace, name, uid } = pod.metadata;
  const hostname = hostnameFor(pod, service);
  const endpoint: Endpoint = {
    addresses,
    conditions: { ready: service.spec.publishNotReadyAddresses === true || (serving && !terminating), serving, terminating },
    ...(hostname ? { hostname } : {}),
    targetRef: { kind: "Pod", namespace, name, uid },
    ...(pod.spec.nodeName ? { nodeName: pod.spec.nodeName } : {}),
    ...(zone ? { zone } : {}),
  };
  return withHints(endpoint, service.spec.trafficDistribution);
}

/** `spec.trafficDistribution`: every ready endpoint is for its own zone, or its own node first (`trafficdist.go`). */
function withHints(endpoint: Endpoint, distribution: string | undefined): Endpoint {
  if (distribution === undefined || !endpoint.conditions.ready) return endpoint;
  const hints = {
    ...(endpoint.zone ? { forZones: [{ name: endpoint.zone }] } : {}),
    ...(distribution === "PreferSameNode" && endpoint.nodeName ? { forNodes: [{ name: endpoint.nodeName }] } : {}),
  };
  return Object.keys(hints).length > 0 ? { ...endpoint, hints } : endpoint;
}

const identities = new WeakMap<Endpoint, string>();

function identityOf(endpoint: Endpoint): string {
  let identity = identities.get(endpoint);
  if (identity === undefined) {
    const { targetRef, hostname, addresses } = endpoint;
    identities.set(endpoint, (identity = `${targetRef?.uid ?? ""} ${hostname ?? ""} ${addresses.length === 1 ? addresses[0] : addresses.join(" ")}`));
  }
  return identity;
}

const portKeys = new WeakMap<readonly SlicePort[], string>();

function portKey(ports: readonly SlicePort[]): string {
  let key = portKeys.get(ports);
  if (key === undefined) portKeys.set(ports, (key = stableJson([...ports].sort((a, b) => a.port - b.port || (a.name < b.name ? -1 : 1)))));
  return key;
}

/** What was found equal last stays equal: neither of the two changes. */
const equals = new WeakMap<object, object>();

function isEqual(wanted: object, stored: object | undefined): boolean {
  if (stored === undefined) return semanticEqual(wanted, stored);
  if (equals.get(wanted) === stored) return true;
  if (!semanticEqual(wanted, stored)) return false;
  equals.set(wanted, stored);
  return true;
}

interface Group {
  ports: SlicePort[];
  wanted: Map<string, Endpoint>;
}

function syncFamily(client: SimClient, service: Service, pods: readonly Pod[], existing: readonly EndpointSlice[], family: string, triggerTime: string | undefined): void {
  const groups = new Map<string, Group>();
  const { labels } = derivedOf(service);
  for (const pod of pods) {
    if (!belongsInEndpoints(pod, true)) continue;
    const { ports, key } = portsFor(service, pod);
    const node = pod.spec.nodeName ? client.get<Node>("nodes", undefined, pod.spec.nodeName) : undefined;
    if (node === undefined && service.spec.publishNotReadyAddresses !== true) continue;
    const endpoint = endpointFor(service, pod, node, family);
    const group: Group = groups.get(key) ?? { ports, wanted: new Map() };
    groups.set(key, group);
    if (endpoint !== undefined) group.wanted.set(identityOf(endpoint), endpoint);
  }
  const toWrite: EndpointSlice[] = [];
  const toDelete: EndpointSlice[] = [];
  const toCreate: EndpointSlice[] = [];
  const keyOfPorts = (slice: EndpointSlice): string => portKey(slice.ports ?? NO_PORTS);
  for (const [key, group] of groups) {
    const slices = existing.filter((slice) => keyOfPorts(slice) === key);
    packGroup(service, family, group, slices, labels, { toWrite, toDelete, toCreate });
  }
  for (const slice of existing) if (!groups.has(keyOfPorts(slice))) toDelete.push(slice);
  if (toCreate.length === 0 && existing.length === toDelete.length) {
    // Never without a slice: readers tell "no endpoints" from "no answer yet" by it.
    const placeholder = newSlice(service, family, [], [], labels);
    const only = toDelete.length === 1 ? toDelete[0] : undefined;
    if (only !== undefined && only.endpoints.length === 0 && (only.ports ?? []).length === 0 && isEqual(labels, only.metadata.labels)) toDelete.length = 0;
    else toCreate.push(placeholder);
  }
  finish(client, service, { toWrite, toDelete, toCreate }, triggerTime);
}

interface Writes {
  toWrite: EndpointSlice[];
  toDelete: EndpointSlice[];
  toCreate: EndpointSlice[];
}

/** Keeps endpoints where they are (`wanted` is used up for it), fills slices that change anyway, then the fullest that has room, then new ones. */
function packGroup(service: Service, family: string, { ports, wanted }: Group, slices: readonly EndpointSlice[], labels: Record<string, string>, writes: Writes): void {
  const left = wanted;
  const changed: EndpointSlice[] = [];
  const unchanged: EndpointSlice[] = [];
  for (const slice of slices) {
    const kept: Endpoint[] = [];
    let isChanged = false;
    for (const endpoint of slice.endpoints) {
      const identity = identityOf(endpoint);
      const now = left.get(identity);
      if (now === undefined) isChanged = true;
      else {
        const isSame = isEqual(now, endpoint);
        // The stored one where it says the same: what is shared with what is stored is neither copied nor checked again.
        kept.push(isSame ? endpoint : now);
        isChanged ||= !isSame;
        left.delete(identity);
      }
    }
    const isRelabelled = !isEqual(labels, slice.metadata.labels);
    if (isChanged && kept.length === 0) writes.toDelete.push(slice);
    else if (isChanged || isRelabelled) changed.push({ ...slice, endpoints: kept, metadata: { ...slice.metadata, labels } });
    else unchanged.push(slice);
  }
  changed.sort((a, b) => b.endpoints.length - a.endpoints.length);
  const waiting = [...left.values()];
  for (const slice of changed) slice.endpoints.push(...waiting.splice(0, ENDPOINTS_PER_SLICE_MAX - slice.endpoints.length));
  while (waiting.length > 0) {
    const room = (slice: EndpointSlice): number => ENDPOINTS_PER_SLICE_MAX - slice.endpoints.length - waiting.length;
    const best = unchanged.filter((slice) => room(slice) >= 0 && waiting.length < ENDPOINTS_PER_SLICE_MAX).sort((a, b) => room(a) - room(b))[0];
    if (best !== undefined) {
      unchanged.splice(unchanged.indexOf(best), 1);
      changed.push({ ...best, endpoints: [...best.endpoints, ...waiting.splice(0)] });
    } else {
      writes.toCreate.push(newSlice(service, family, ports, waiting.splice(0, ENDPOINTS_PER_SLICE_MAX), labels));
    }
  }
  writes.toWrite.push(...changed);
}

function labelsFor(service: Service): Record<string, string> {
  const labels: Record<string, string> = {};
  for (const [key, value] of Object.entries(service.metadata.labels ?? {})) if (!RESERVED.has(key)) labels[key] = value;
  if (!hasServiceIp(service)) labels[HEADLESS] = "";
  return { ...labels, [SERVICE_NAME]: service.metadata.name, [MANAGED_BY]: MANAGER };
}

function newSlice(service: Service, addressType: string, ports: SlicePort[], endpoints: Endpoint[], labels: Record<string, string>): EndpointSlice {
  return {
    apiVersion: "discovery.k8s.io/v1",
    kind: "EndpointSlice",
    metadata: {
      name: "",
      generateName: `${service.metadata.name}-`,
      namespace: service.metadata.namespace,
      labels,
      ownerReferences: [controllerRef(service)],
    },
    addressType,
    endpoints,
    ports,
  };
}

/** Go writes an empty list that is required as null: readers see `endpoints: null` on a slice without endpoints. */
function withoutEmptyLists(slice: EndpointSlice): KubeObject {
  return { ...slice, endpoints: slice.endpoints.length > 0 ? slice.endpoints : null, ports: (slice.ports ?? []).length > 0 ? slice.ports : null };
}

function withLists(slice: EndpointSlice): EndpointSlice {
  return { ...slice, endpoints: slice.endpoints ?? [], ports: slice.ports ?? [] };
}

function withTriggerTime(slice: EndpointSlice, triggerTime: string | undefined): EndpointSlice {
  const { [TRIGGER_TIME]: _before, ...annotations } = slice.metadata.annotations ?? {};
  if (triggerTime !== undefined) annotations[TRIGGER_TIME] = triggerTime;
  return { ...slice, metadata: { ...slice.metadata, annotations } };
}

function finish(client: SimClient, service: Service, { toWrite, toDelete, toCreate }: Writes, triggerTime: string | undefined): void {
  // One that would go lends its name to one that would come: one write instead of two.
  while (toCreate.length > 0 && toDelete.length > 0) {
    const old = toDelete.shift()!;
    const wanted = toCreate.pop()!;
    toWrite.push({ ...wanted, metadata: { ...old.metadata, labels: wanted.metadata.labels } });
  }
  if (service.metadata.deletionTimestamp === undefined) {
    for (const slice of toCreate) {
      try {
        client.create(SLICES, withoutEmptyLists(withTriggerTime(slice, triggerTime)));
      } catch (error) {
        if (isNamespaceTerminating(error)) return;
        throw error;
      }
    }
  }
  for (const slice of toWrite) client.update(SLICES, withoutEmptyLists(withTriggerTime(slice, triggerTime)));
  for (const slice of toDelete) remove(client, slice);
}

function remove(client: SimClient, slice: EndpointSlice): void {
  try {
    client.delete(SLICES, slice.metadata.namespace, slice.metadata.name);
  } catch (error) {
    if (!(error instanceof ApiError && error.reason === "NotFound")) throw error;
  }
}
