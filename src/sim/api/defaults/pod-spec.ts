/** Defaults of pods and of every pod template (upstream `pkg/apis/core/v1/defaults.go`). */
import { addQuantities, compareQuantities } from "../../../lib/quantity.ts";
import { ifAbsent, items } from "./absent.ts";
import { isLatestImage } from "./image-name.ts";
import type { Loose } from "./loose.ts";
import { defaultVolume } from "./volumes.ts";

/** What templates and pods share. */
export function defaultPodSpec(spec: Loose | undefined): void {
  if (!spec) return;
  ifAbsent(spec, "dnsPolicy", "ClusterFirst");
  ifAbsent(spec, "restartPolicy", "Always");
  ifAbsent(spec, "securityContext", {});
  ifAbsent(spec, "terminationGracePeriodSeconds", 30);
  if (spec.terminationGracePeriodSeconds < 0) spec.terminationGracePeriodSeconds = 1;
  ifAbsent(spec, "schedulerName", "default-scheduler");
  // The deprecated field follows the current one in both directions.
  if (spec.serviceAccountName) {
    if (spec.serviceAccount !== spec.serviceAccountName) spec.serviceAccount = spec.serviceAccountName;
  } else if (spec.serviceAccount) spec.serviceAccountName = spec.serviceAccount;
  for (const volume of items(spec.volumes)) defaultVolume(volume);
  for (const container of items(spec.initContainers)) defaultContainer(container);
  for (const container of items(spec.containers)) defaultContainer(container);
  for (const container of items(spec.ephemeralContainers)) defaultContainer(container);
}

/** What only a pod itself gets: requests from limits, service links, host ports on the host network. */
export function defaultPod(pod: Loose): void {
  const spec: Loose | undefined = pod.spec;
  if (!spec) return;
  for (const list of [spec.containers, spec.initContainers]) {
    for (const container of items(list)) {
      const resources: Loose | undefined = container.resources;
      if (resources?.limits) resources.requests = { ...resources.limits, ...resources.requests };
      if (spec.hostNetwork) for (const port of items(container.ports)) if (!port.hostPort) port.hostPort = port.containerPort;
    }
  }
  defaultPodLevelResources(spec);
  ifAbsent(spec, "enableServiceLinks", true);
  defaultPodSpec(spec);
}

export function defaultContainer(container: Loose): void {
  ifAbsent(container, "imagePullPolicy", isLatestImage(container.image) ? "Always" : "IfNotPresent");
  ifAbsent(container, "terminationMessagePath", "/dev/termination-log");
  ifAbsent(container, "terminationMessagePolicy", "File");
  for (const port of items(container.ports)) ifAbsent(port, "protocol", "TCP");
  for (const variable of items(container.env)) {
    const from: Loose | undefined = variable.valueFrom;
    if (from?.fieldRef) ifAbsent(from.fieldRef, "apiVersion", "v1");
    if (from?.fileKeyRef) ifAbsent(from.fileKeyRef, "optional", false);
  }
  if (container.livenessProbe) defaultProbe(container.livenessProbe);
  if (container.readinessProbe) defaultProbe(container.readinessProbe);
  if (container.startupProbe) defaultProbe(container.startupProbe);
  const lifecycle: Loose | undefined = container.lifecycle;
  // Its gate (ContainerStopSignals) is off in 1.36, so the API drops the field.
  if (lifecycle) delete lifecycle.stopSignal;
  if (lifecycle?.postStart?.httpGet) defaultHttpGet(lifecycle.postStart.httpGet);
  if (lifecycle?.preStop?.httpGet) defaultHttpGet(lifecycle.preStop.httpGet);
}

function defaultProbe(probe: Loose): void {
  if (!probe.timeoutSeconds) probe.timeoutSeconds = 1;
  if (!probe.periodSeconds) probe.periodSeconds = 10;
  if (!probe.successThreshold) probe.successThreshold = 1;
  if (!probe.failureThreshold) probe.failureThreshold = 3;
  if (probe.httpGet) defaultHttpGet(probe.httpGet);
  if (probe.grpc && probe.grpc.service === undefined) probe.grpc.service = "";
}

function defaultHttpGet(action: Loose): void {
  ifAbsent(action, "path", "/");
  ifAbsent(action, "scheme", "HTTP");
}

/** Pod-level requests from the containers' sums, else from the pod-level limits (KEP-2837). */
function defaultPodLevelResources(spec: Loose): void {
  const resources: Loose | undefined = spec.resources;
  if (!resources) return;
  const limits: Record<string, string> = { ...resources.limits };
  if (Object.keys(limits).length > 0 || Object.keys(resources.requests ?? {}).length > 0) {
    for (const [name, value] of Object.entries(aggregate(spec, "limits"))) {
      if (name.startsWith("hugepages-") && resources.requests?.[name] === undefined && limits[name] === undefined) limits[name] = value;
    }
    if (Object.keys(limits).length > 0) resources.limits = limits;
  }
  if (Object.keys(limits).length === 0) return;
  const requests: Record<string, string> = { ...resources.requests };
  for (const [name, value] of Object.entries(aggregate(spec, "requests"))) {
    if (requests[name] === undefined && (name === "cpu" || name === "memory")) requests[name] = value;
  }
  for (const [name, value] of Object.entries(limits)) {
    if (requests[name] === undefined && (name === "cpu" || name === "memory" || name.startsWith("hugepages-"))) requests[name] = value;
  }
  if (Object.keys(requests).length > 0) resources.requests = requests;
}

/**
 * What the pod's containers need together: the sum of containers and sidecars, or the largest init step where that is more
 * (upstream `component-helpers/resource`).
 */
export function aggregate(spec: Loose, side: "requests" | "limits"): Record<string, string> {
  const total: Record<string, string> = {};
  const add = (into: Record<string, string>, list: Record<string, string> | undefined): void => {
    for (const name in list) into[name] = into[name] === undefined ? list[name]! : addQuantities(into[name], list[name]!);
  };
  for (const container of items(spec.containers)) add(total, container.resources?.[side]);
  const sidecars: Record<string, string> = {};
  const largest: Record<string, string> = {};
  for (const container of items(spec.initContainers)) {
    const step: Record<string, string> = {};
    if (container.restartPolicy === "Always") {
      add(total, container.resources?.[side]);
      add(sidecars, container.resources?.[side]);
      add(step, sidecars);
    } else {
      add(step, container.resources?.[side]);
      add(step, sidecars);
    }
    for (const name in step) if (largest[name] === undefined || compareQuantities(step[name]!, largest[name]) > 0) largest[name] = step[name]!;
  }
  for (const name in largest) if (total[name] === undefined || compareQuantities(largest[name]!, total[name]) > 0) total[name] = largest[name]!;
  return total;
}
