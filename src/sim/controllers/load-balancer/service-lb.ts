/** k3s' ServiceLB: a DaemonSet that takes each LoadBalancer Service's ports on every node, and the addresses of the nodes where it runs as the Service's (`klipper`, `pkg/cloudprovider/servicelb.go`). */
import { semanticEqual } from "../../../lib/deep-equal.ts";
import { compareAddresses } from "../../../lib/compare-addresses.ts";
import type { KubeObject } from "../../../objects/kube-object.ts";
import { ApiError } from "../../api/status.ts";
import { isPodReady } from "../pod-state.ts";
import { ensure } from "../platform/operator.ts";
import { keysOf } from "../keys-of.ts";
import { splitKey, type ControllerContext, type Reconciler } from "../reconciler.ts";
import type { DaemonSet, Node, Pod, Service } from "../shapes.ts";
import { hasPools } from "./metallb.ts";

const NAMESPACE = "kube-system";
const COMPONENT = "service-lb-controller";
/** The image that k3s 1.36 packages. */
const IMAGE = "rancher/klipper-lb:v0.4.13";
const SERVICE_ACCOUNT = "svclb";
const SERVICE_NAME = "svccontroller.k3s.cattle.io/svcname";
const SERVICE_NAMESPACE = "svccontroller.k3s.cattle.io/svcnamespace";
const NODE_LABEL = "svccontroller.k3s.cattle.io/enablelb";

const isOurs = ({ spec }: Service): boolean => spec.type === "LoadBalancer" && spec.loadBalancerClass === undefined;
const ourServices = keysOf("services", isOurs);

export const serviceLbController: Reconciler = {
  name: COMPONENT,
  watches: [
    { type: "services" },
    { type: "apps/daemonsets", keys: ({ object }) => serviceKeys(object) },
    { type: "pods", keys: ({ object }) => serviceKeys(object) },
    { type: "nodes", keys: ({ object, previous }, { client }) => (semanticEqual(object["status"]?.addresses, previous?.["status"]?.addresses) ? [] : ourServices(client)) },
  ],
  sync(key, context) {
    const { client } = context;
    const { namespace, name } = splitKey(key);
    const service = client.get<Service>("services", namespace, name);
    const sets = client.list<DaemonSet>("apps/daemonsets", { namespace: NAMESPACE, labels: { [SERVICE_NAME]: name, [SERVICE_NAMESPACE]: namespace ?? "" } });
    if (service === undefined || service.metadata.deletionTimestamp !== undefined || !isOurs(service) || hasPools(client)) {
      for (const set of sets) remove(context, set);
      return;
    }
    keepOneSet(context, service, sets);
    writeAddresses(context, service);
  },
};


function serviceKeys({ metadata }: KubeObject): string[] {
  const name = metadata.labels?.[SERVICE_NAME];
  return name === undefined ? [] : [`${metadata.labels?.[SERVICE_NAMESPACE]}/${name}`];
}

function remove({ client }: ControllerContext, { metadata }: KubeObject): void {
  try {
    client.delete("apps/daemonsets", metadata.namespace, metadata.name, { propagationPolicy: "Background" });
  } catch (error) {
    if (!(error instanceof ApiError && error.reason === "NotFound")) throw error;
  }
}

const setName = ({ metadata }: Service): string => `svclb-${metadata.name}-${(metadata.uid ?? "").slice(0, 8)}`;

/** One that somebody else made for this Service is taken as it is: two would fight for the ports. */
function keepOneSet(context: ControllerContext, service: Service, sets: readonly DaemonSet[]): void {
  const own = sets.find(({ metadata }) => metadata.name === setName(service));
  const foreign = sets.find((set) => set !== own);
  if (foreign !== undefined) {
    if (own !== undefined) remove(context, own);
    return;
  }
  ensure(context.client, "serviceaccounts", { apiVersion: "v1", kind: "ServiceAccount", metadata: { name: SERVICE_ACCOUNT, namespace: NAMESPACE } });
  const wanted = daemonSetFor(context, service);
  if (own === undefined) context.client.create("apps/daemonsets", wanted);
  else if (portsOf(own) !== portsOf(wanted)) context.client.update("apps/daemonsets", { ...own, spec: { ...own.spec, template: wanted.spec.template } });
}

const portsOf = (set: DaemonSet): string => set.spec.template.spec.containers.map(({ name }) => name).join();

function daemonSetFor({ client }: ControllerContext, service: Service): DaemonSet {
  const name = setName(service);
  const labels = { app: name, [SERVICE_NAME]: service.metadata.name, [SERVICE_NAMESPACE]: service.metadata.namespace ?? "" };
  const isChosen = client.list<Node>("nodes").some(({ metadata }) => metadata.labels?.[NODE_LABEL] !== undefined);
  return {
    apiVersion: "apps/v1",
    kind: "DaemonSet",
    metadata: { name, namespace: NAMESPACE, labels: { ...labels, [NODE_LABEL]: "false" } },
    spec: {
      selector: { matchLabels: { app: name } },
      template: {
        metadata: { labels },
        spec: {
          priorityClassName: "system-node-critical",
          serviceAccountName: SERVICE_ACCOUNT,
          automountServiceAccountToken: false,
          ...(isChosen ? { nodeSelector: { [NODE_LABEL]: "true" } } : {}),
          containers: (service.spec.ports ?? []).map(({ port, protocol = "TCP" }) => {
            const portName = `lb-${protocol.toLowerCase()}-${port}`;
            return {
              name: portName,
              image: IMAGE,
              ports: [{ name: portName, containerPort: port, hostPort: port, protocol }],
              env: [
                { name: "SRC_PORT", value: String(port) },
                { name: "DEST_PROTO", value: protocol },
                { name: "DEST_PORT", value: String(port) },
                { name: "DEST_IPS", value: (service.spec["clusterIPs"] as string[] | undefined)?.join(" ") ?? "" },
              ],
              securityContext: { capabilities: { add: ["NET_ADMIN"] } },
            };
          }),
          tolerations: [
            { key: "node-role.kubernetes.io/master", operator: "Exists", effect: "NoSchedule" },
            { key: "node-role.kubernetes.io/control-plane", operator: "Exists", effect: "NoSchedule" },
            { key: "CriticalAddonsOnly", operator: "Exists" },
          ],
        },
      },
      updateStrategy: { type: "RollingUpdate" },
    },
  };
}

function writeAddresses({ client }: ControllerContext, service: Service): void {
  const { name, namespace = "" } = service.metadata;
  const pods = client.list<Pod>("pods", { namespace: NAMESPACE, labels: { [SERVICE_NAME]: name, [SERVICE_NAMESPACE]: namespace } });
  const families = service.spec.ipFamilies ?? ["IPv4"];
  const ips = new Set<string>();
  for (const pod of pods) {
    // A node that has fallen silent keeps its place until its pod is no longer ready.
    if (!isPodReady(pod) || pod.metadata.deletionTimestamp !== undefined || !pod.spec.nodeName) continue;
    const addresses = client.get<Node>("nodes", undefined, pod.spec.nodeName)?.status?.addresses ?? [];
    for (const family of families) {
      const fits = ({ address }: { address: string }): boolean => address.includes(":") === (family === "IPv6");
      const external = addresses.filter(({ type }) => type === "ExternalIP").find(fits);
      const internal = addresses.filter(({ type }) => type === "InternalIP").find(fits);
      const chosen = external ?? internal;
      if (chosen !== undefined) ips.add(chosen.address);
    }
  }
  const ingress = [...ips].sort(compareAddresses).map((ip) => ({ ip, ipMode: "VIP" }));
  if (semanticEqual(service.status?.loadBalancer?.ingress, ingress)) return;
  client.updateStatus<Service>("services", { ...service, status: { ...service.status, loadBalancer: ingress.length > 0 ? { ingress } : {} } });
  if (ingress.length > 0) client.event(service, { type: "Normal", reason: "UpdatedLoadBalancer", message: `Updated LoadBalancer with new IPs: [${ingress.map(({ ip }) => ip).join(" ")}]`, component: COMPONENT });
}
