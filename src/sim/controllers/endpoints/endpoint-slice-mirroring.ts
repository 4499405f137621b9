/** Mirrors Endpoints that a person wrote, for a Service without a selector, to EndpointSlices (`pkg/controller/endpointslicemirroring`). */
import { semanticEqual } from "../../../lib/deep-equal.ts";
import type { KubeObject } from "../../../objects/kube-object.ts";
import { controllerRef } from "../controller-ref.ts";
import { keyOf, splitKey, type Reconciler } from "../reconciler.ts";
import type { Service } from "../shapes.ts";
import { SLICES } from "./endpoint-slice.ts";
import type { Endpoints, EndpointAddress, EndpointSubset } from "./endpoints.ts";
import { TRIGGER_TIME } from "./service-pods.ts";

const MANAGER = "endpointslicemirroring-controller.k8s.io";
const SERVICE_NAME = "kubernetes.io/service-name";
const MANAGED_BY = "endpointslice.kubernetes.io/managed-by";
const SKIP = "endpointslice.kubernetes.io/skip-mirror";
const NOT_MIRRORED = new Set([TRIGGER_TIME, "kubectl.kubernetes.io/last-applied-configuration"]);
/** `--mirroring-max-endpoints-per-subset`. */
const ENDPOINTS_PER_SUBSET_MAX = 1000;

export const endpointSliceMirroringController: Reconciler = {
  name: "endpointslice-mirroring-controller",
  watches: [{ type: "endpoints" }, { type: "services", keys: ({ object }) => [keyOf(object)] }],
  sync(key, { client }) {
    const { namespace, name } = splitKey(key);
    const endpoints = client.get<Endpoints>("endpoints", namespace, name);
    const service = client.get<Service>("services", namespace, name);
    const existing = client.list(SLICES, { namespace, labels: { [SERVICE_NAME]: name, [MANAGED_BY]: MANAGER } });
    const isMirrored =
      endpoints !== undefined && endpoints.metadata.labels?.[SKIP] !== "true" && endpoints.metadata.annotations?.["control-plane.alpha.kubernetes.io/leader"] === undefined && service !== undefined && service.spec.selector === undefined;
    const wanted = isMirrored ? slicesFor(endpoints) : [];
    for (const [index, slice] of wanted.entries()) {
      const found = existing[index];
      if (found === undefined) client.create(SLICES, slice);
      else if (found["addressType"] !== slice["addressType"]) {
        client.delete(SLICES, namespace, found.metadata.name);
        client.create(SLICES, slice);
      } else if (!semanticEqual([found["endpoints"], found["ports"], found.metadata.labels], [slice["endpoints"], slice["ports"], slice.metadata.labels])) {
        client.update(SLICES, { ...found, metadata: { ...found.metadata, labels: slice.metadata.labels! }, endpoints: slice["endpoints"], ports: slice["ports"] });
      }
    }
    for (const slice of existing.slice(wanted.length)) client.delete(SLICES, namespace, slice.metadata.name);
  },
};

function slicesFor(endpoints: Endpoints): KubeObject[] {
  return (endpoints.subsets ?? []).flatMap((subset) => ["IPv4", "IPv6"].flatMap((family) => sliceFor(endpoints, subset, family)));
}

function sliceFor(endpoints: Endpoints, subset: EndpointSubset, family: string): KubeObject[] {
  const entry = (ready: boolean) => ({ ip, hostname, nodeName, targetRef }: EndpointAddress): object => ({
    addresses: [ip],
    conditions: { ready },
    ...(hostname ? { hostname } : {}),
    ...(nodeName ? { nodeName } : {}),
    ...(targetRef ? { targetRef } : {}),
  });
  const fits = ({ ip }: EndpointAddress): boolean => ip.includes(":") === (family === "IPv6");
  const entries = [...(subset.addresses ?? []).filter(fits).map(entry(true)), ...(subset.notReadyAddresses ?? []).filter(fits).map(entry(false))].slice(0, ENDPOINTS_PER_SUBSET_MAX);
  if (entries.length === 0) return [];
  const { name, namespace, labels, annotations = {} } = endpoints.metadata;
  const kept = Object.fromEntries(Object.entries(annotations).filter(([key]) => !NOT_MIRRORED.has(key)));
  return [
    {
      apiVersion: "discovery.k8s.io/v1",
      kind: "EndpointSlice",
      metadata: { name: "", generateName: `${name}-`, namespace, labels: { ...labels, [SERVICE_NAME]: name, [MANAGED_BY]: MANAGER }, ...(Object.keys(kept).length > 0 ? { annotations: kept } : {}), ownerReferences: [controllerRef(endpoints)] },
      addressType: family,
      endpoints: entries,
      ports: (subset.ports ?? []).map(({ name: portName = "", port, protocol, appProtocol }) => ({ name: portName, port, protocol, ...(appProtocol ? { appProtocol } : {}) })),
    },
  ];
}
