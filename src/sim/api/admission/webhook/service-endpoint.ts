/**
 * A webhook behind a Service. No process runs behind a simulated pod, so none is called: what can be known is whether the call would reach
 * one (upstream `util/proxy`), and a reached one lets the request pass as it is.
 */
import type { KubeObject } from "../../../../objects/kube-object.ts";
import { items } from "../../defaults/absent.ts";
import type { Loose } from "../../defaults/loose.ts";
import type { AdmissionRequest } from "../admission.ts";

const PORT_DEFAULT = 443;

interface Reference {
  namespace: string;
  name: string;
  path?: string;
  port?: number;
}

export function serviceUrl({ namespace, name, path, port = PORT_DEFAULT }: Reference): string {
  return `https://${name}.${namespace}.svc:${port}${path?.startsWith("/") ? path : `/${path ?? ""}`}`;
}

/** Why a call would not reach a pod, in the words of Go's client; undefined when it would. */
export function serviceProblem({ client, webhooks }: AdmissionRequest, { namespace, name, port = PORT_DEFAULT }: Reference): string | undefined {
  const service = client.get("services", namespace, name);
  if (service === undefined) return `service "${name}" not found`;
  const { type, clusterIP, externalName } = service.spec as { type?: string; clusterIP?: string; externalName?: string };
  if (type === "ExternalName") return webhooks.routesToEndpoints ? `unsupported service type "ExternalName"` : `dial tcp: lookup ${externalName}: no such host`;
  if (!webhooks.routesToEndpoints && clusterIP === "None") return `cannot route to service with ClusterIP "None"`;
  const servicePort = items(service.spec?.ports).find((each) => each.port === port);
  if (servicePort === undefined) return `no service port ${port} found for service "${name}"`;
  const ready = readyEndpoints(client.list("discovery.k8s.io/endpointslices", { namespace, labels: { "kubernetes.io/service-name": name } }), servicePort);
  if (ready.length === 0) {
    // An address without endpoints is refused by kube-proxy.
    return webhooks.routesToEndpoints ? `no endpoints available for service "${name}"` : `dial tcp ${clusterIP}:${port}: connect: connection refused`;
  }
  const endpoint = ready[webhooks.random.below(ready.length)]!;
  return endpoint.nodeName && !webhooks.isReachable(endpoint.nodeName) ? "context deadline exceeded" : undefined;
}

function readyEndpoints(slices: readonly KubeObject[], servicePort: Loose): Loose[] {
  return slices
    .filter((slice) => items(slice["ports"]).some((port) => (port.name ?? "") === (servicePort.name ?? "") && port.port !== undefined))
    .flatMap((slice) => items(slice["endpoints"]).filter((endpoint) => endpoint.conditions?.ready !== false));
}
