/** What Endpoints and EndpointSlices share: which pods a service selects, which events matter, ports, families, the trigger time. */
import { labelsInclude } from "../../../lib/label-selector.ts";
import { parseRfc3339, rfc3339 } from "../../../lib/rfc3339.ts";
import type { ObjectEvent, SimClient } from "../../api/client.ts";
import { findCondition } from "../conditions.ts";
import { isPodFinished, isPodReady, isTerminating } from "../pod-state.ts";
import { keyOf } from "../reconciler.ts";
import type { Pod, Service, ServicePort } from "../shapes.ts";

export const TRIGGER_TIME = "endpoints.kubernetes.io/last-change-trigger-time";
export const HEADLESS = "service.kubernetes.io/headless";

export const hasServiceIp = (service: Service): boolean => !!service.spec.clusterIP && service.spec.clusterIP !== "None";

export function selectedPods(client: SimClient, service: Service): readonly Pod[] {
  return client.list<Pod>("pods", { namespace: service.metadata.namespace, labels: service.spec.selector });
}

function servicesOf(client: SimClient, pod: Pod): string[] {
  const found: string[] = [];
  for (const service of client.list<Service>("services", { namespace: pod.metadata.namespace })) {
    const { selector } = service.spec;
    if (selector !== undefined && labelsInclude(pod.metadata.labels, selector) && Object.keys(selector).length > 0) found.push(keyOf(service));
  }
  return found;
}

function isSameEndpoint(a: Pod, b: Pod): boolean {
  return (
    isPodReady(a) === isPodReady(b) &&
    isTerminating(a) === isTerminating(b) &&
    isPodFinished(a) === isPodFinished(b) &&
    a.status?.podIP === b.status?.podIP &&
    a.spec.nodeName === b.spec.nodeName &&
    sameLabels(a, b)
  );
}

const sameLabels = (a: Pod, b: Pod): boolean =>
  a.metadata.labels === b.metadata.labels || (labelsInclude(a.metadata.labels, b.metadata.labels) && labelsInclude(b.metadata.labels, a.metadata.labels));

/** The services that a pod's change may touch. */
export function servicesTouched(event: ObjectEvent, client: SimClient): string[] {
  const pod = event.object as Pod;
  const before = event.previous as Pod | undefined;
  const now = servicesOf(client, pod);
  if (event.type !== "MODIFIED" || before === undefined) return now;
  const touched = sameLabels(pod, before) ? now : [...new Set([...now, ...servicesOf(client, before)])];
  return touched.length === 0 || isSameEndpoint(pod, before) ? [] : touched;
}

/** `ShouldPodBeInEndpoints`. */
export function belongsInEndpoints(pod: Pod, includeTerminating: boolean): boolean {
  return !isPodFinished(pod) && !!pod.status?.podIP && (includeTerminating || !isTerminating(pod));
}

/** The number behind a target port; named ports are looked up in the pod's containers. */
export function targetPortOf(pod: Pod, port: ServicePort): number | undefined {
  const target = port.targetPort ?? port.port;
  if (typeof target === "number") return target;
  const sidecars = (pod.spec.initContainers ?? []).filter((container) => container.restartPolicy === "Always");
  for (const container of [...pod.spec.containers, ...sidecars]) {
    const found = container.ports?.find(({ name, protocol }) => name === target && (protocol ?? "TCP") === (port.protocol ?? "TCP"));
    if (found !== undefined) return found.containerPort;
  }
  return undefined;
}

/** Whether the ports are the same for every pod: none of them is looked up by its name. */
export const hasFixedPorts = ({ spec }: Service): boolean => (spec.ports ?? []).every(({ targetPort }) => targetPort === undefined || typeof targetPort === "number");

export const hostnameFor = (pod: Pod, service: Service): string | undefined =>
  pod.spec.hostname && pod.spec.subdomain === service.metadata.name ? pod.spec.hostname : undefined;

const readyTimes = new WeakMap<Pod, { timeMs: number | undefined }>();

function readyTimeOf(pod: Pod): number | undefined {
  let known = readyTimes.get(pod);
  if (known === undefined) readyTimes.set(pod, (known = { timeMs: parseRfc3339(findCondition(pod.status?.conditions, "Ready")?.lastTransitionTime) }));
  return known.timeMs;
}

/** Since when the endpoints are due to change: `TriggerTimeTracker` in `k8s.io/endpointslice/util`. */
export class TriggerTimes {
  readonly #seen = new Map<string, { serviceTime: number; podTimes: Map<string, number> }>();

  forget(key: string): void {
    this.#seen.delete(key);
  }

  /** The earliest time that was not seen before, as text. */
  next(key: string, service: Service, pods: readonly Pod[]): string | undefined {
    const seen = this.#seen.get(key) ?? { serviceTime: 0, podTimes: new Map<string, number>() };
    let earliest = Number.POSITIVE_INFINITY;
    const podTimes = new Map<string, number>();
    for (const pod of pods) {
      const timeMs = readyTimeOf(pod);
      if (timeMs === undefined) continue;
      if (timeMs > (seen.podTimes.get(pod.metadata.name) ?? 0)) earliest = Math.min(earliest, timeMs);
      podTimes.set(pod.metadata.name, timeMs);
    }
    const serviceTime = parseRfc3339(service.metadata.creationTimestamp) ?? 0;
    if (serviceTime > seen.serviceTime) earliest = Math.min(earliest, serviceTime);
    this.#seen.set(key, { serviceTime, podTimes });
    return Number.isFinite(earliest) ? rfc3339(earliest) : undefined;
  }
}
