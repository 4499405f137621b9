/** The Services of an app: one for each service with ports, and a headless one beside a StatefulSet. */
import type { IService } from "kubernetes-models/v1/Service";
import type { App, AppService, Homelab } from "../../config/homelab.ts";
import { objectLabels, objectName, selectorLabels, servicePath } from "../names.ts";
import { rendered, type RenderedObject } from "../rendered.ts";
import { headlessName } from "./workload.ts";

/** How each load balancer is asked for one address or pool (MetalLB: "Usage"; kube-vip: "Kubernetes services"). */
export function loadBalancerAnnotations(homelab: Homelab, address: string | undefined, pool: string | undefined): Record<string, string> | undefined {
  const annotations: Record<string, string> = {};
  switch (homelab.platform.loadBalancer.by) {
    case "metallb":
      if (address !== undefined) annotations["metallb.io/loadBalancerIPs"] = address;
      else if (pool !== undefined) annotations["metallb.io/address-pool"] = pool;
      break;
    case "kube-vip":
      if (address !== undefined) annotations["kube-vip.io/loadbalancerIPs"] = address;
      break;
    case "servicelb":
    case "none":
      break;
  }
  return Object.keys(annotations).length === 0 ? undefined : annotations;
}

/** Dual stack where the cluster has both families. */
export function ipFamilyPolicy(homelab: Homelab): "PreferDualStack" | undefined {
  return homelab.kubernetes.network.services.length > 1 ? "PreferDualStack" : undefined;
}

export function renderServices(homelab: Homelab, app: App, service: AppService): RenderedObject[] {
  if (service.ports.length === 0) return [];
  const name = objectName(app, service.name);
  const at = [...servicePath(app, service.name), service.ports.length === 1 ? "port" : "ports"];
  const selector = selectorLabels(app, name);
  const { exposure } = service;
  const type = { cluster: "ClusterIP", "node-port": "NodePort", "load-balancer": "LoadBalancer" }[exposure.kind] as "ClusterIP" | "NodePort" | "LoadBalancer";
  const ports = service.ports.map((port, index) => ({
    name: port.name,
    port: port.port,
    targetPort: port.name,
    protocol: port.protocol,
    ...(index === 0 && exposure.nodePort !== undefined && exposure.kind !== "cluster" ? { nodePort: exposure.nodePort } : {}),
  }));
  const objects = [rendered<IService>(at, {
    apiVersion: "v1",
    kind: "Service",
    metadata: {
      name, namespace: app.namespace, labels: objectLabels(app, name),
      annotations: exposure.kind === "load-balancer" ? loadBalancerAnnotations(homelab, exposure.address, exposure.pool) : undefined,
    },
    spec: { type, ipFamilyPolicy: ipFamilyPolicy(homelab), selector, ports },
  })];
  if (service.kind === "stateful-set") {
    objects.push(rendered<IService>(at, {
      apiVersion: "v1",
      kind: "Service",
      metadata: { name: headlessName(app, service), namespace: app.namespace, labels: objectLabels(app, name) },
      // Members of a StatefulSet find each other before they are ready.
      spec: { clusterIP: "None", publishNotReadyAddresses: true, ipFamilyPolicy: ipFamilyPolicy(homelab), selector, ports: service.ports.map((port) => ({ name: port.name, port: port.port, targetPort: port.name, protocol: port.protocol })) },
    }));
  }
  return objects;
}
